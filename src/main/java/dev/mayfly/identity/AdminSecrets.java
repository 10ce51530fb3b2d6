package dev.mayfly.identity;

import dev.mayfly.ledger.Account.Hash;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.registry.BrokerKeys;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// What admins are told once, and the keyed hashes under which it is kept.
/// Why no stretching: these are random bits of ours, nobody's password. Recovery codes have 80.
@ApplicationScoped
class AdminSecrets {
  private static final SecureRandom RANDOM = new SecureRandom();

  /// No letter that looks like another, none that makes words.
  private static final String LETTERS = "23456789bcdfghjkmnpqrstvwxyz";

  private final BrokerKeys keys;

  @Inject
  AdminSecrets(BrokerKeys keys) {
    this.keys = keys;
  }

  /// What a secret is for: none counts as another.
  enum Use {
    SESSION,
    INVITATION,
    TERMINAL,
    LOGIN,
    RECOVERY
  }

  static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /// 256 random bits, base64url.
  static String secret(String prefix) {
    return prefix + encode(random(32));
  }

  /// 17 letters or digits in three groups: 28 to the 17th power, 81 bits.
  static String recoveryCode() {
    StringBuilder code = new StringBuilder();
    for (int i = 0; i < 17; i++) {
      code.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return code.insert(11, '-').insert(5, '-').toString();
  }

  static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Under the current key. `owner`: whose it is, so that no hash can be moved.
  Uni<Hash> hash(Use use, UUID owner, String secret) {
    return keys.current(Purpose.MAC)
        .chain(key -> mac(key, use, owner, secret).map(digest -> new Hash(key.kid(), digest)));
  }

  Uni<List<Hash>> hashes(Use use, UUID owner, List<String> secrets) {
    return Multi.createFrom()
        .iterable(secrets)
        .onItem()
        .transformToUniAndConcatenate(secret -> hash(use, owner, secret))
        .collect()
        .asList();
  }

  /// False also when the key that made the hash is not trusted any more.
  Uni<Boolean> matches(Hash kept, Use use, UUID owner, String secret) {
    Optional<Registration.Key> key = keys.find(Purpose.MAC, kept.macKid());
    if (key.isEmpty()) {
      return Uni.createFrom().item(false);
    }
    return mac(key.get(), use, owner, secret).map(digest -> same(digest, kept.digest()));
  }

  /// Under every key that may have made one.
  Uni<List<String>> digests(Use use, UUID owner, String secret) {
    return Multi.createFrom()
        .iterable(keys.trusted(Purpose.MAC))
        .onItem()
        .transformToUniAndConcatenate(key -> mac(key, use, owner, secret))
        .collect()
        .asList();
  }

  private Uni<String> mac(Registration.Key key, Use use, UUID owner, String secret) {
    return keys.mac(key, bytes("mayfly/admin/" + use + "/v1\n" + owner + "\n" + secret))
        .map(AdminSecrets::encode);
  }

  static boolean same(String one, String other) {
    return MessageDigest.isEqual(bytes(one), bytes(other));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
