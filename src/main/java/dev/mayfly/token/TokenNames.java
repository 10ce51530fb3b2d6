package dev.mayfly.token;

import dev.mayfly.ledger.StatusLists;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.StatusIndex;
import dev.mayfly.registry.AppliedRealm;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The `jti` of the next token. In a realm with status lists it is the token's place in a list
/// that this replica has opened for itself: its name is random, so that replicas need not agree
/// on anything, and a restart begins another.
@Singleton
class TokenNames {
  /// How long a list is filled. It is dead a token's life later.
  static final Duration FILLED = Duration.ofMinutes(15);

  /// For requests that are under way when it ends, and for clocks that differ.
  private static final Duration SLACK = Duration.ofMinutes(2);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final StatusLists lists;
  private final Clock clock;
  private final Map<RealmName, Uni<Filling>> filling = new ConcurrentHashMap<>();

  @Inject
  TokenNames(StatusLists lists, Clock clock) {
    this.lists = lists;
    this.clock = clock;
  }

  /// Errors: those of [StatusLists], when a list has to be opened.
  Uni<Jti> next(AppliedRealm realm) {
    if (!realm.config().statusList()) {
      return Uni.createFrom().item(Jti.random());
    }
    Uni<Filling> current = filling.computeIfAbsent(realm.name(), this::open);
    return current
        .onFailure()
        .invoke(() -> filling.remove(realm.name(), current))
        .chain(
            list -> {
              Optional<StatusIndex> place = list.next(clock.instant());
              if (place.isPresent()) {
                return Uni.createFrom().item(Jti.at(place.get()));
              }
              // Only the first to notice: the others find the one that follows.
              var _ = filling.remove(realm.name(), current);
              return next(realm);
            });
  }

  private Uni<Filling> open(RealmName realm) {
    return Uni.createFrom()
        .deferred(
            () -> {
              Filling list = Filling.begun(clock.instant());
              return lists
                  .open(list.name, realm, list.until.plus(FILLED).plus(SLACK))
                  .replaceWith(list);
            })
        .memoize()
        .indefinitely();
  }

  /// A list that is being filled, in an order that cannot be guessed from one place: neighbours
  /// would say who got tokens one after the other.
  static final class Filling {
    private final String name;
    private final Instant until;
    private final int factor;
    private final int offset;
    private final AtomicInteger given = new AtomicInteger();

    private Filling(String name, Instant until, int factor, int offset) {
      this.name = name;
      this.until = until;
      this.factor = factor;
      this.offset = offset;
    }

    static Filling begun(Instant now) {
      byte[] name = new byte[16];
      RANDOM.nextBytes(name);
      return new Filling(
          Base64.getUrlEncoder().withoutPadding().encodeToString(name),
          now.plus(FILLED),
          RANDOM.nextInt(StatusIndex.SIZE) | 1, // odd: each place once
          RANDOM.nextInt(StatusIndex.SIZE));
    }

    /// Empty when it is full, or has been filled for long enough.
    Optional<StatusIndex> next(Instant now) {
      int turn = given.getAndUpdate(before -> Math.min(before + 1, StatusIndex.SIZE));
      return turn < StatusIndex.SIZE && now.isBefore(until)
          ? Optional.of(new StatusIndex(name, (turn * factor + offset) & (StatusIndex.SIZE - 1)))
          : Optional.empty();
    }
  }
}
