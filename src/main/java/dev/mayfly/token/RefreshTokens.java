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

  @Inject
  RefreshTokens(BrokerKeys macs, Clock clock) {
    this.macs = macs;
    this.clock = clock;
  }

  /// The key from which a grant's next refresh token is made.
  Uni<byte[]> key(GrantId grant) {
    return macs.current(Purpose.MAC).chain(mac -> macs.mac(mac, RefreshToken.keyInput(grant)));
  }

  /// For a genuine token the key of its grant's next one; empty for a forged one.
  Uni<Optional<byte[]>> successorKey(RefreshToken token) {
    return key(token.grant())
        .chain(
            key ->
                token.isGenuine(key)
                    ? Uni.createFrom().item(Optional.of(key))
                    : isOlder(token, candidates(macs.trusted(Purpose.MAC), clock.instant()))
                        .map(older -> older ? Optional.of(key) : Optional.empty()));
  }

  /// `candidates` begins with the current key, which was tried.
  private Uni<Boolean> isOlder(RefreshToken token, List<Registration.Key> candidates) {
    return isGenuine(token, candidates.stream().skip(1).iterator());
  }

  private Uni<Boolean> isGenuine(RefreshToken token, Iterator<Registration.Key> candidates) {
    return !candidates.hasNext()
        ? Uni.createFrom().item(false)
        : macs.mac(candidates.next(), RefreshToken.keyInput(token.grant()))
            .chain(
                key ->
                    token.isGenuine(key)
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
