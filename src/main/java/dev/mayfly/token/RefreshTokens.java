package dev.mayfly.token;

import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.RefreshPolicy;
import dev.mayfly.registry.BrokerKeys;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// Knows our refresh tokens again. They are made under the current MAC key; one that was made
/// under the key before is as good while that one is trusted.
@Singleton
public class RefreshTokens {
  /// No grant lasts longer, so no older key made a refresh token that could still count.
  private static final Duration LONGEST_GRANT = RefreshPolicy.Rotating.LONGEST_GRANT.plusMinutes(1);

  private final BrokerKeys macs;
  private final Clock clock;
  private final RefreshRoots roots;

  @Inject
  RefreshTokens(BrokerKeys macs, Clock clock) {
    this.macs = macs;
    this.clock = clock;
    this.roots = new RefreshRoots(macs);
  }

  /// The key from which a grant's next refresh token is made.
  Uni<byte[]> key(GrantId grant) {
    return macs.current(Purpose.MAC)
        .chain(mac -> roots.of(mac, RefreshRoots.day(clock.instant())))
        .map(root -> RefreshToken.key(root, grant));
  }

  /// For a genuine token the key of its grant's next one; empty for a forged one.
  Uni<Optional<byte[]>> successorKey(RefreshToken token) {
    return key(token.grant())
        .chain(
            key ->
                token.isGenuine(key)
                    ? Uni.createFrom().item(Optional.of(key))
                    : isOlder(token).map(older -> older ? Optional.of(key) : Optional.empty()));
  }

  /// Of another day, or under another MAC key. An old one was spent long ago: what is asked here is
  /// whether somebody has stolen a token of ours, or has made one up.
  private Uni<Boolean> isOlder(RefreshToken token) {
    Instant now = clock.instant();
    long today = RefreshRoots.day(now);
    List<Made> made = new ArrayList<>();
    for (Registration.Key mac : candidates(macs.trusted(Purpose.MAC), now)) {
      // Tomorrow as well: another replica's clock may be a little ahead.
      for (long day = today + 1; day >= today - LONGEST_GRANT.toDays(); day--) {
        made.add(new Made(mac, day));
      }
    }
    return isGenuine(token, made.iterator());
  }

  private record Made(Registration.Key mac, long day) {}

  private Uni<Boolean> isGenuine(RefreshToken token, Iterator<Made> candidates) {
    if (!candidates.hasNext()) {
      return Uni.createFrom().item(false);
    }
    Made made = candidates.next();
    return roots
        .of(made.mac(), made.day())
        .chain(
            root ->
                token.isGenuine(RefreshToken.key(root, token.grant()))
                    ? Uni.createFrom().item(true)
                    : isGenuine(token, candidates));
  }

  /// Those which made something while a grant that may live was open. `trusted` in the order of
  /// [BrokerKeys#trusted]: a key ends when the one before it in the list begins.
  static List<Registration.Key> candidates(List<Registration.Key> trusted, Instant now) {
    List<Registration.Key> candidates = new ArrayList<>();
    for (int i = 0; i < trusted.size(); i++) {
      boolean madeNothingLately =
          i > 0
              && !trusted.get(i).signsFrom().isAfter(trusted.get(i - 1).signsFrom())
              && trusted.get(i - 1).signsFrom().plus(LONGEST_GRANT).isBefore(now);
      if (!madeNothingLately) {
        candidates.add(trusted.get(i));
      }
    }
    return candidates;
  }

  /// A genuine refresh token; whether it is spent is the ledger's to say.
  public record Genuine(GrantId grant, int generation) {}

  public Uni<Optional<Genuine>> verify(String text) {
    Optional<RefreshToken> token = RefreshToken.parse(text);
    return token.isEmpty()
        ? Uni.createFrom().item(Optional.empty())
        : successorKey(token.get())
            .map(
                key ->
                    token
                        .filter(_ -> key.isPresent())
                        .map(known -> new Genuine(known.grant(), known.generation())));
  }
}
