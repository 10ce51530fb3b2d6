package dev.mayfly.registry;

import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmJwsSigner;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Makes compact JWTs with keys of the HSM, RFC 7515 §7.1. Each signature has been verified before
/// it is answered. Errors: [dev.mayfly.keys.HsmUnavailableException],
/// [dev.mayfly.keys.HsmKeyMissingException].
@ApplicationScoped
public class TokenSigner {
  private final HsmJwsSigner signer;

  @Inject
  TokenSigner(Hsm hsm) {
    this.signer = new HsmJwsSigner(hsm);
  }

  /// `type` is the JOSE `typ`; `claims` a JSON object. The algorithm is the key's: ES256.
  public Uni<String> sign(SigningKey key, String type, String claims) {
    String header =
        "{\"typ\":\"" + type + "\",\"alg\":\"ES256\",\"kid\":\"" + key.kid() + "\"}";
    String input = encode(header) + '.' + encode(claims);
    return signer
        .sign(key.label(), key.publicKey(), input.getBytes(StandardCharsets.US_ASCII))
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
