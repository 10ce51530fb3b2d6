package dev.mayfly.bench;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.UUID;

/// The JWTs that a tool signs, each for one use.
record Proofs(Clock clock, String issuer) {
  /// RFC 7523 §3.
  String assertion(ECKey key, String client) {
    return signed(
        "client-authentication+jwt",
        key,
        false,
        claims().issuer(client).subject(client).audience(issuer).claim("exp", now() + 60));
  }

  String attestationPop(ECKey key, String challenge) {
    return signed(
        "oauth-client-attestation-pop+jwt",
        key,
        false,
        claims().audience(issuer).claim("challenge", challenge));
  }

  /// RFC 9449 §4.2; `token` empty: none goes with it.
  String dpop(ECKey key, String method, String uri, String nonce, String token) {
    JWTClaimsSet.Builder claims =
        claims().claim("htm", method).claim("htu", uri).claim("nonce", nonce);
    if (!token.isEmpty()) {
      claims.claim("ath", hash(token));
    }
    return signed("dpop+jwt", key, true, claims);
  }

  /// For one request to the admin API, by the home's key.
  String admin(ECKey key, String kid) {
    return signed(
        "admin+jwt",
        new ECKey.Builder(key).keyID(kid).build(),
        false,
        claims()
            .issuer("mayfly-admin-cli")
            .subject("mayfly-admin-cli")
            .audience("mayfly-admin")
            .claim("exp", now() + 30));
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  private JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder().jwtID(UUID.randomUUID().toString()).claim("iat", now());
  }

  private static String signed(
      String type, ECKey key, boolean withKey, JWTClaimsSet.Builder claims) {
    JWSHeader.Builder header =
        new JWSHeader.Builder(JWSAlgorithm.ES256).type(new JOSEObjectType(type));
    if (withKey) {
      header.jwk(key.toPublicJWK());
    } else if (key.getKeyID() != null) {
      header.keyID(key.getKeyID());
    }
    SignedJWT jwt = new SignedJWT(header.build(), claims.build());
    try {
      jwt.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return jwt.serialize();
  }

  private static String hash(String token) {
    try {
      return Base64URL.encode(
              MessageDigest.getInstance("SHA-256")
                  .digest(token.getBytes(StandardCharsets.US_ASCII)))
          .toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
