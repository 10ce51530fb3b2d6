package dev.mayfly.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A JWT before it is signed. Each kind starts out correct, and a test spoils exactly one thing.
/// Header and claims are written as they are: nothing here refuses to make a bad token.
final class JwtDraft {
  private final Map<String, Object> header = new LinkedHashMap<>();
  private final Map<String, Object> claims = new LinkedHashMap<>();

  private JwtDraft(String typ) {
    header.put("typ", typ);
    claims.put("iat", now());
  }

  /// A JWT of any type, with nothing but `iat`.
  static JwtDraft of(String typ) {
    return new JwtDraft(typ);
  }

  /// Proof of possession for a client attestation, with the newest challenge.
  static JwtDraft pop(Realm realm) {
    return pop(realm, realm.challenge());
  }

  static JwtDraft pop(Realm realm, String challenge) {
    return new JwtDraft("oauth-client-attestation-pop+jwt")
        .claim("aud", realm.issuer())
        .claim("jti", UUID.randomUUID().toString())
        .claim("challenge", challenge);
  }

  /// Client attestation as an attester would sign it.
  static JwtDraft attestation(String clientId, JWK instanceKey) {
    return new JwtDraft("oauth-client-attestation+jwt")
        .claim("sub", clientId)
        .claim("exp", now() + 3600)
        .claim("cnf", Map.of("jwk", instanceKey.toPublicJWK().toJSONObject()));
  }

  /// DPoP proof for a POST to `htu`.
  static JwtDraft dpop(String htu, String nonce, JWK key) {
    return new JwtDraft("dpop+jwt")
        .header("jwk", key.toPublicJWK().toJSONObject())
        .claim("htm", "POST")
        .claim("htu", htu)
        .claim("jti", UUID.randomUUID().toString())
        .claim("nonce", nonce);
  }

  /// Client assertion for `private_key_jwt`.
  static JwtDraft clientAssertion(Realm realm, String clientId) {
    return new JwtDraft("client-authentication+jwt")
        .claim("iss", clientId)
        .claim("sub", clientId)
        .claim("aud", realm.issuer())
        .claim("exp", now() + 60)
        .claim("jti", UUID.randomUUID().toString());
  }

  /// A machine's word to the admin API.
  static JwtDraft machine(String audience, String name) {
    return new JwtDraft("client-authentication+jwt")
        .claim("iss", name)
        .claim("sub", name)
        .claim("aud", audience)
        .claim("iat", now())
        .claim("exp", now() + 60)
        .claim("jti", UUID.randomUUID().toString());
  }

  /// A platform's token about a workload; everything else of it is the platform's to say.
  static JwtDraft ofPlatform() {
    return new JwtDraft("JWT");
  }

  /// Bearer token for the admin endpoint.
  static JwtDraft admin(String kid) {
    return new JwtDraft("admin+jwt")
        .header("kid", kid)
        .claim("iss", "mayfly-admin-cli")
        .claim("sub", "mayfly-admin-cli")
        .claim("aud", "mayfly-admin")
        .claim("exp", now() + 30)
        .claim("jti", UUID.randomUUID().toString());
  }

  static long now() {
    return Instant.now().getEpochSecond();
  }

  static ECKey newKey() {
    try {
      return new ECKeyGenerator(Curve.P_256).keyIDFromThumbprint(true).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  JwtDraft header(String name, Object value) {
    header.put(name, value);
    return this;
  }

  JwtDraft claim(String name, Object value) {
    claims.put(name, value);
    return this;
  }

  JwtDraft without(String name) {
    header.remove(name);
    claims.remove(name);
    return this;
  }

  /// Moves `iat`: negative is the past.
  JwtDraft issuedAt(int secondsFromNow) {
    return claim("iat", now() + secondsFromNow);
  }

  String signedBy(ECKey key) {
    try {
      return signed(JWSAlgorithm.ES256, new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  String signedBy(RSAKey key, JWSAlgorithm algorithm) {
    try {
      return signed(algorithm, new RSASSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private String signed(JWSAlgorithm algorithm, JWSSigner signer) throws JOSEException {
    header.putIfAbsent("alg", algorithm.getName());
    String input = signingInput();
    byte[] bytes = input.getBytes(StandardCharsets.US_ASCII);
    return input + "." + signer.sign(new JWSHeader(algorithm), bytes);
  }

  /// `alg` as given (`none`, `noNE`) and an empty signature.
  String unsigned(String alg) {
    header.put("alg", alg);
    return signingInput() + ".";
  }

  /// HS256 keyed with whatever bytes a careless verifier might take for the key.
  String hmac(byte[] key) {
    header.put("alg", "HS256");
    String input = signingInput();
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return input + "." + Base64URL.encode(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String signingInput() {
    try {
      return Base64URL.encode(Broker.JSON.writeValueAsString(header))
          + "."
          + Base64URL.encode(Broker.JSON.writeValueAsString(claims));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
