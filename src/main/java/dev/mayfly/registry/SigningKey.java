package dev.mayfly.registry;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmJwsSigner;
import dev.mayfly.keys.SigningAlgorithm;
import io.smallrye.mutiny.Uni;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// A signing key in the HSM, with its public half. Makes compact JWTs, RFC 7515 §7.1; each
/// signature has been verified before it is answered.
public final class SigningKey {
  private final String kid;
  private final ECKey jwk;
  private final HsmJwsSigner signer;

  private SigningKey(String kid, ECKey jwk, HsmJwsSigner signer) {
    this.kid = kid;
    this.jwk = jwk;
    this.signer = signer;
  }

  static SigningKey of(String kid, String label, ECKey jwk, Hsm hsm) {
    try {
      return new SigningKey(
          kid, jwk, new HsmJwsSigner(hsm, label, SigningAlgorithm.ES256, jwk.toECPublicKey()));
    } catch (JOSEException e) {
      throw new IllegalStateException("the registry holds a key that is not an EC key", e);
    }
  }

  public String kid() {
    return kid;
  }

  /// The public key.
  public ECKey jwk() {
    return jwk;
  }

  /// `type` is the JOSE `typ`; `claims` a JSON object. The algorithm is the key's: ES256.
  /// Errors: [dev.mayfly.keys.HsmUnavailableException],
  /// [dev.mayfly.keys.HsmKeyMissingException].
  public Uni<String> sign(String type, String claims) {
    String header = "{\"typ\":\"" + type + "\",\"alg\":\"ES256\",\"kid\":\"" + kid + "\"}";
    String input = encode(header) + '.' + encode(claims);
    return signer
        .sign(input.getBytes(StandardCharsets.US_ASCII))
        .map(
            signature ->
                input + '.' + Base64.getUrlEncoder().withoutPadding().encodeToString(signature));
  }

  private static String encode(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
