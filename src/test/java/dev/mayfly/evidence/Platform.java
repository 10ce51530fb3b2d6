package dev.mayfly.evidence;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import dev.mayfly.jose.JwtMaker;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.EvidenceRule;
import dev.mayfly.realm.RealmConfigLoader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A platform that signs tokens as the real ones do: RS256, with a `kid`.
final class Platform {
  static final Instant NOW = Instant.ofEpochSecond(1_790_000_000);
  static final String ISSUER = "https://broker.example/realms/test";
  static final Circumstances HERE =
      new Circumstances(ISSUER, new ClientId("bot"), new JwkThumbprint("k".repeat(43)), NOW);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final KeyPair PAIR = pair();
  static final JWK KEY =
      new RSAKey.Builder((RSAPublicKey) PAIR.getPublic()).keyID("platform-1").build();

  private Platform() {}

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// These claims with some of them changed; a `null` leaves a claim out.
  static Map<String, Object> with(Map<String, Object> claims, String name, Object value) {
    Map<String, Object> changed = new TreeMap<>(claims);
    if (value == null) {
      changed.remove(name);
    } else {
      changed.put(name, value);
    }
    return changed;
  }

  static String signed(Map<String, Object> claims) {
    return signed("{\"alg\":\"RS256\",\"kid\":\"platform-1\",\"typ\":\"JWT\"}", claims);
  }

  static String signed(String header, Map<String, Object> claims) {
    try {
      String input = encoded(header) + '.' + encoded(JSON.writeValueAsString(claims));
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(PAIR.getPrivate());
      signature.update(input.getBytes(StandardCharsets.US_ASCII));
      return input + '.' + JwtMaker.base64url(signature.sign());
    } catch (GeneralSecurityException | com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(String text) {
    return Base64URL.encode(text).toString();
  }

  /// The one rule of a realm whose attester has it.
  static EvidenceRule rule(String type, String members) {
    String file =
        """
        realm: test
        audiences: ["https://api.example/"]
        attestation_levels: [joined, workload]
        scopes: {read: {}}
        attesters:
          - name: mayfly
            type: builtin
            evidence:
              - {name: rule, type: %s, level: workload, %s, jwks: {keys: [%s]}}
        """
            .formatted(type, members, KEY.toJSONString());
    return ((Attester.Builtin) RealmConfigLoader.parse("test.yaml", file).attesters().get("mayfly"))
        .evidence()
        .getFirst();
  }

  static final List<JWK> KEYS = List.of(KEY);
}
