package dev.mayfly.registry;

import dev.mayfly.ledger.Registration;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The keys of one chain on the line of time: which signs, which verify, what comes next. Pure;
/// every replica that reads the same rows at the same moment answers the same.
public final class KeyTimeline {
  /// No replica is later than this with what another has written: a key never takes over sooner
  /// after the act that says so.
  static final Duration NOTICE = Duration.ofSeconds(2);

  private static final Comparator<Registration.Key> ORDER =
      Comparator.comparing(Registration.Key::signsFrom)
          .thenComparing(Registration.Key::createdAt)
          .thenComparing(Registration.Key::kid);

  private final List<Registration.Key> keys;

  /// Those that have signed or may sign, in their order. One that was distrusted or destroyed
  /// before its turn has never taken over from anybody.
  private final List<Registration.Key> line;

  public KeyTimeline(List<Registration.Key> keys) {
    this.keys = keys.stream().sorted(ORDER).toList();
    this.line = this.keys.stream().filter(KeyTimeline::hasTurn).toList();
  }

  private static boolean hasTurn(Registration.Key key) {
    return end(key).map(end -> end.isAfter(key.signsFrom())).orElse(true);
  }

  private static Optional<Instant> end(Registration.Key key) {
    return key.distrust().map(Registration.Distrust::at).or(key::destroyedAt);
  }

  private static boolean isSound(Registration.Key key) {
    return key.distrust().isEmpty() && key.destroyedAt().isEmpty();
  }

  public List<Registration.Key> keys() {
    return keys;
  }

  /// The key whose turn it is at `now`, a key's first moment included; empty when that is not
  /// to be trusted. The one before it does not sign again.
  public Optional<Registration.Key> signing(Instant now) {
    return line.stream()
        .filter(key -> !now.isBefore(key.signsFrom()))
        .reduce((_, later) -> later)
        .filter(KeyTimeline::isSound);
  }

  /// The next to sign.
  public Optional<Registration.Key> announced(Instant now) {
    return line.stream().filter(key -> now.isBefore(key.signsFrom()) && isSound(key)).findFirst();
  }

  /// From then on nothing that this key signed can live; empty while nobody is to follow it.
  public Optional<Instant> verifiesUntil(Registration.Key key, KeyPlan plan) {
    int index = line.indexOf(key);
    return index < 0 || index + 1 == line.size()
        ? Optional.empty()
        : Optional.of(line.get(index + 1).signsFrom().plus(plan.verify()));
  }

  public KeyState state(Registration.Key key, KeyPlan plan, Instant now) {
    if (key.destroyedAt().isPresent()) {
      return KeyState.DESTROYED;
    }
    if (key.distrust().isPresent()) {
      return KeyState.DISTRUSTED;
    }
    if (now.isBefore(key.signsFrom())) {
      return KeyState.ANNOUNCED;
    }
    if (signing(now).equals(Optional.of(key))) {
      return KeyState.SIGNING;
    }
    return verifiesUntil(key, plan).filter(now::isBefore).isPresent()
        ? KeyState.VERIFY_ONLY
        : KeyState.EXPIRED;
  }

  /// The most urgent step. `elsewhere`: whether a chain on another token signs for the same
  /// purpose, so that there is time to announce this one's first key.
  public KeyStep next(KeyPlan plan, boolean elsewhere, Instant now) {
    KeyStep step = plan.open() ? follow(plan, elsewhere, now) : new KeyStep.Nothing();
    return step instanceof KeyStep.Nothing ? tidy(plan, now) : step;
  }

  private KeyStep follow(KeyPlan plan, boolean elsewhere, Instant now) {
    Optional<Registration.Key> announced = announced(now);
    if (announced.isEmpty()) {
      Optional<Registration.Key> signing = signing(now);
      return signing.isEmpty()
          ? new KeyStep.Make(Instant.MIN, elsewhere ? plan.announce() : Duration.ZERO)
          : new KeyStep.Make(turn(signing.get(), plan), plan.announce());
    }
    Registration.Key next = announced.get();
    if (!next.algorithm().equals(plan.algorithm())) {
      return new KeyStep.Destroy(next.kid(), "the realm asks for another algorithm");
    }
    Instant due = due(next, plan, elsewhere, now);
    return due.isBefore(next.signsFrom())
        ? new KeyStep.BringForward(next.kid(), due)
        : new KeyStep.Nothing();
  }

  /// When the announced key is to take over, were it decided now.
  private Instant due(Registration.Key next, KeyPlan plan, boolean elsewhere, Instant now) {
    Optional<Registration.Key> signing = signing(now);
    if (signing.isEmpty() && !elsewhere) {
      return now;
    }
    Instant turn = signing.map(key -> turn(key, plan)).orElse(Instant.MIN);
    return latest(turn, latest(next.createdAt().plus(plan.announce()), now.plus(NOTICE)));
  }

  /// When the key has signed for long enough; at once when it is not of the kind asked for.
  private static Instant turn(Registration.Key signing, KeyPlan plan) {
    return signing.algorithm().equals(plan.algorithm())
        ? signing.signsFrom().plus(plan.sign())
        : Instant.MIN;
  }

  /// When the announced key takes over if an admin asks for it now; never later than planned.
  Instant soonest(Registration.Key announced, KeyPlan plan, Instant now) {
    Instant known = latest(announced.createdAt().plus(plan.announce()), now.plus(NOTICE));
    return known.isBefore(announced.signsFrom()) ? known : announced.signsFrom();
  }

  private KeyStep tidy(KeyPlan plan, Instant now) {
    for (Registration.Key key : keys) {
      switch (state(key, plan, now)) {
        case EXPIRED -> {
          return new KeyStep.Destroy(key.kid(), "nothing that it signed can live any more");
        }
        case DISTRUSTED -> {
          return new KeyStep.Destroy(key.kid(), "distrusted");
        }
        case ANNOUNCED, SIGNING, VERIFY_ONLY, DESTROYED -> {}
      }
    }
    return new KeyStep.Nothing();
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
