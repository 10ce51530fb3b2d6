package dev.mayfly.registry;

import dev.mayfly.ledger.Registration;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.Optional;

/// What one token holds for one realm and one purpose, key after key. `realm` empty: the keys of
/// the broker itself. `present`: the token is one of this broker's.
public record KeyChain(
    Optional<RealmName> realm,
    Registration.Purpose purpose,
    String token,
    boolean present,
    KeyPlan plan,
    KeyTimeline timeline) {

  /// A key and where it is in its life.
  public record Standing(
      Registration.Key key,
      KeyState state,
      Optional<Instant> verifiesUntil,
      Optional<Instant> nextRollover) {}

  public Standing standing(Registration.Key key, Instant now) {
    KeyState state = timeline.state(key, plan, now);
    return new Standing(
        key,
        state,
        state.isTrusted() && realm.isPresent()
            ? timeline.verifiesUntil(key, plan)
            : Optional.empty(),
        state == KeyState.SIGNING ? nextRollover(now) : Optional.empty());
  }

  public Optional<Instant> nextRollover(Instant now) {
    return timeline.announced(now).map(Registration.Key::signsFrom);
  }

  @Override
  public String toString() {
    return "%s %s on token %s"
        .formatted(realm.map(RealmName::value).orElse("*"), purpose.text(), token);
  }
}
