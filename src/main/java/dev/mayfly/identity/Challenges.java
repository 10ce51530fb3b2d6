package dev.mayfly.identity;

import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.registry.BrokerKeys;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// Questions to a browser that any replica can know again: a MAC under the HSM's key over what
/// it is for and which browser was asked. Nothing is kept until the answer comes; the answer
/// leaves a replay mark, so that it counts once.
/// Shape: 8 bytes, the second in which it ends; 16 random; 32 of MAC. Base64url, 75 characters.
@ApplicationScoped
class Challenges {
  private static final int HEAD = Long.BYTES + 16;
  private static final int WHOLE = HEAD + 32;

  private final BrokerKeys keys;

  @Inject
  Challenges(BrokerKeys keys) {
    this.keys = keys;
  }

  /// What is asked, and whom. `subject`: the invitation or the account, empty where nobody is
  /// known yet. `browser`: the session, or the cookie of one without.
  record Asked(Use use, String subject, String browser) {
    enum Use {
      SIGN_IN,
      STEP_UP,
      /// The subject is the terminal's login: an answer confirms this terminal and no other.
      TERMINAL,
      NEW_PASSKEY,
      NEW_TOTP
    }

    private byte[] bound(byte[] head) {
      String text =
          String.join(
              "\n",
              "mayfly/admin-challenge/v1",
              use.name(),
              subject,
              browser,
              AdminSecrets.encode(head));
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }

  Uni<String> ask(Asked asked, Instant now) {
    long end = now.plus(SessionLife.CHALLENGE).getEpochSecond();
    byte[] head = ByteBuffer.allocate(HEAD).putLong(end).put(AdminSecrets.random(16)).array();
    return keys.current(Purpose.MAC)
        .chain(key -> keys.mac(key, asked.bound(head)))
        .map(mac -> AdminSecrets.encode(ByteBuffer.allocate(WHOLE).put(head).put(mac).array()));
  }

  /// The mark that its answer leaves; empty when it is not ours, for something or somebody else,
  /// or over.
  Uni<Optional<ReplayMark>> known(String challenge, Asked asked, Instant now) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(challenge);
    } catch (IllegalArgumentException notOurs) {
      return Uni.createFrom().item(Optional.empty());
    }
    // A second text for the same bytes would be a second use.
    if (bytes.length != WHOLE || !AdminSecrets.encode(bytes).equals(challenge)) {
      return Uni.createFrom().item(Optional.empty());
    }
    Instant end = Instant.ofEpochSecond(clamped(ByteBuffer.wrap(bytes).getLong()));
    if (!now.isBefore(end)) {
      return Uni.createFrom().item(Optional.empty());
    }
    byte[] head = Arrays.copyOf(bytes, HEAD);
    byte[] mac = Arrays.copyOfRange(bytes, HEAD, WHOLE);
    return Multi.createFrom()
        .iterable(keys.trusted(Purpose.MAC))
        .onItem()
        .transformToUniAndConcatenate(key -> isBy(key, asked.bound(head), mac))
        .filter(Boolean::booleanValue)
        .toUni()
        .map(
            ours ->
                Optional.ofNullable(ours)
                    .map(_ -> ReplayMark.of("admin_challenge", "mayfly", "", challenge, end)));
  }

  /// A number that is not ours may be no time at all.
  private static long clamped(long seconds) {
    return Math.clamp(seconds, 0, Instant.MAX.getEpochSecond());
  }

  private Uni<Boolean> isBy(Registration.Key key, byte[] bound, byte[] mac) {
    return keys.mac(key, bound).map(expected -> MessageDigest.isEqual(expected, mac));
  }
}
