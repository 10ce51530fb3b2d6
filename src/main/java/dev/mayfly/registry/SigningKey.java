package dev.mayfly.registry;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.SigningJwk;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmJwsSigner;
import dev.mayfly.keys.SigningAlgorithm;
import io.smallrye.mutiny.Uni;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// A signing key in the HSM, with its public half. Makes compact JWTs, RFC 7515 §7.1; each
/// signature has been verified before it is answered.
final class SigningKey {
  private final String kid;
  private final HsmJwsSigner signer;

  private SigningKey(String kid, HsmJwsSigner signer) {
    this.kid = kid;
    this.signer = signer;
  }

  /// Errors: `IllegalArgumentException` for a key that is not of the algorithm's kind.
  static SigningKey of(String kid, String label, SigningAlgorithm algorithm, JWK jwk, Hsm hsm) {
    return new SigningKey(kid, new HsmJwsSigner(hsm, label, algorithm, SigningJwk.publicKey(jwk)));
  }

  Hsm token() {
    return signer.hsm();
  }

  /// `type` is the JOSE `typ`; `claims` a JSON object. The algorithm is the key's.
  /// Errors: [dev.mayfly.keys.HsmUnavailableException],
  /// [dev.mayfly.keys.HsmKeyMissingException].
  Uni<String> sign(String type, String claims) {
    String header =
        "{\"typ\":\"%s\",\"alg\":\"%s\",\"kid\":\"%s\"}"
            .formatted(type, signer.algorithm().jws(), kid);
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
