package dev.mayfly.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The public keys that checkpoints are verified with. `distrusted`: those of them that are
/// compromised: a later checkpoint by another key has to vouch for what they signed.
public final class TrailKeys {
  private static final JsonMapper JSON = new JsonMapper();

  private final Map<String, PublicKey> keys;
  private final Set<String> distrusted;

  private TrailKeys(Map<String, PublicKey> keys, Set<String> distrusted) {
    this.keys = Map.copyOf(keys);
    this.distrusted = Set.copyOf(distrusted);
  }

  /// Reads a JWK set (RFC 7517 §5) of keys on P-256, each with its `kid`; a member `distrusted` of
  /// a key that is true says so.
  /// Errors: `IllegalArgumentException` for anything else.
  public static TrailKeys parse(String jwks) {
    try {
      return of(JSON.readTree(jwks));
    } catch (JsonProcessingException malformed) {
      throw new IllegalArgumentException("not JSON", malformed);
    }
  }

  static TrailKeys of(JsonNode jwks) {
    Map<String, PublicKey> keys = new HashMap<>();
    Set<String> distrusted = new HashSet<>();
    for (JsonNode jwk : jwks.path("keys")) {
      String kid = jwk.path("kid").asText("");
      if (kid.isEmpty()) {
        throw new IllegalArgumentException("a key without a kid");
      }
      keys.put(kid, publicKey(jwk));
      if (jwk.path("distrusted").asBoolean(false)) {
        distrusted.add(kid);
      }
    }
    return new TrailKeys(keys, distrusted);
  }

  private static PublicKey publicKey(JsonNode jwk) {
    if (!jwk.path("kty").asText().equals("EC") || !jwk.path("crv").asText().equals("P-256")) {
      throw new IllegalArgumentException("not a key on P-256");
    }
    try {
      AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
      curve.init(new ECGenParameterSpec("secp256r1"));
      ECPoint point = new ECPoint(number(jwk, "x"), number(jwk, "y"));
      return KeyFactory.getInstance("EC")
          .generatePublic(
              new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class)));
    } catch (GeneralSecurityException wrong) {
      throw new IllegalArgumentException("not a public key", wrong);
    }
  }

  private static BigInteger number(JsonNode jwk, String name) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(jwk.path(name).asText()));
  }

  boolean isDistrusted(String kid) {
    return distrusted.contains(kid);
  }

  /// The `kid` of the key that signed; empty for everything but a checkpoint in its one spelling,
  /// signed with ES256 by one of these keys.
  Optional<String> signer(String jws) {
    String[] parts = jws.split("\\.", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    try {
      JsonNode header = JSON.readTree(new String(decode(parts[0]), StandardCharsets.UTF_8));
      String kid = header.path("kid").asText("");
      PublicKey key = keys.get(kid);
      if (key == null
          || header.size() != 3
          || !header.path("alg").asText().equals("ES256")
          || !header.path("typ").asText().equals(Checkpoint.TYPE)) {
        return Optional.empty();
      }
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initVerify(key);
      signature.update((parts[0] + '.' + parts[1]).getBytes(StandardCharsets.US_ASCII));
      return signature.verify(decode(parts[2])) ? Optional.of(kid) : Optional.empty();
    } catch (GeneralSecurityException | JsonProcessingException | IllegalArgumentException wrong) {
      return Optional.empty();
    }
  }

  /// Errors: `IllegalArgumentException` for base64url that could be written in another way.
  private static byte[] decode(String part) {
    byte[] bytes = Base64.getUrlDecoder().decode(part);
    if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
      throw new IllegalArgumentException("not canonical");
    }
    return bytes;
  }
}
