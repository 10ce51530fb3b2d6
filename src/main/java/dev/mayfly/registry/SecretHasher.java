package dev.mayfly.registry;

import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.keys.Hsms;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;

/// Makes secrets, and the keyed hashes under which they are stored.
/// Why no stretching: the secrets are 256 random bits of ours, not somebody's password.
@ApplicationScoped
public class SecretHasher {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Hsms hsms;
  private final Realms realms;

  @Inject
  SecretHasher(Hsms hsms, Realms realms) {
    this.hsms = hsms;
    this.realms = realms;
  }

  public enum Kind {
    CLIENT_SECRET("ms_"),
    JOIN_SECRET("mj_");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  /// 256 random bits, base64url, with a prefix by which secret scanners can know it.
  public static String generate(Kind kind) {
    byte[] random = new byte[32];
    RANDOM.nextBytes(random);
    return kind.prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /// HMAC-SHA256 in the HSM over kind, realm, client and secret, so that no digest can be moved
  /// to another client. Shape: base64url, 43 characters. Errors: [HsmUnavailableException].
  public Uni<String> digest(Kind kind, RealmName realm, ClientId client, String secret) {
    String text = kind + "\n" + realm + "\n" + client + "\n" + secret;
    return mac(text.getBytes(StandardCharsets.UTF_8))
        .map(mac -> Base64.getUrlEncoder().withoutPadding().encodeToString(mac));
  }

  /// A MAC under the HSM's key of all realms; callers separate their uses by what they put
  /// first.
  public Uni<byte[]> mac(byte[] data) {
    return realms
        .macLabel()
        .map(label -> hsms.mac(label, data))
        .orElseGet(
            () ->
                Uni.createFrom()
                    .failure(new HsmUnavailableException("the MAC key is not known yet")));
  }
}
