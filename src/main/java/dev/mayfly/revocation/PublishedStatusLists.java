package dev.mayfly.revocation;

import dev.mayfly.ledger.StatusLists;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.StatusIndex;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Kept;
import dev.mayfly.registry.Realms;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Signed status lists. However many verifiers ask: one reading and one signature a second for
/// each list, and four looks a second at which lists there are.
@ApplicationScoped
class PublishedStatusLists {
  private static final Duration SIGNED_EVERY = Duration.ofSeconds(1);
  private static final Duration LOOKED_EVERY = Duration.ofMillis(250);

  private final StatusLists lists;
  private final Realms realms;
  private final Clock clock;
  private final Kept<Map<String, RealmName>> known;
  private final Map<String, Kept<String>> signed = new ConcurrentHashMap<>();

  @Inject
  PublishedStatusLists(StatusLists lists, Realms realms, Clock clock) {
    this.lists = lists;
    this.realms = realms;
    this.clock = clock;
    this.known =
        new Kept<>(
            LOOKED_EVERY,
            () ->
                lists
                    .live(clock.instant())
                    .invoke(live -> signed.keySet().retainAll(live.keySet())));
  }

  /// Empty when the realm has no such list. Another replica may have opened it a moment ago:
  /// before that is said it is looked at once more.
  Uni<Optional<String>> find(AppliedRealm realm, String list) {
    if (!StatusIndex.isName(list)) {
      return Uni.createFrom().item(Optional.empty());
    }
    return known
        .get()
        .chain(
            live ->
                live.containsKey(list)
                    ? token(live, realm, list)
                    : Uni.createFrom()
                        .voidItem()
                        .onItem()
                        .delayIt()
                        .by(LOOKED_EVERY)
                        .chain(known::get)
                        .chain(later -> token(later, realm, list)));
  }

  private Uni<Optional<String>> token(
      Map<String, RealmName> live, AppliedRealm realm, String list) {
    return realm.name().equals(live.get(list))
        ? signed
            .computeIfAbsent(list, _ -> new Kept<>(SIGNED_EVERY, () -> sign(realm.name(), list)))
            .get()
            .map(Optional::of)
        : Uni.createFrom().item(Optional.empty());
  }

  private Uni<String> sign(RealmName name, String list) {
    AppliedRealm realm = realms.find(name.value()).orElseThrow();
    Instant at = clock.instant(); // before the reading: nothing later is claimed to be known
    return lists
        .invalid(list, name)
        .chain(
            invalid ->
                realm
                    .accessTokenKeys()
                    .sign(
                        StatusListToken.TYPE,
                        new StatusListToken(address(realm, list), aggregation(realm), invalid, at)
                            .toJson()));
  }

  /// Where all of the realm's lists are.
  Uni<List<String>> addresses(AppliedRealm realm) {
    return known
        .get()
        .map(
            live ->
                live.entrySet().stream()
                    .filter(list -> list.getValue().equals(realm.name()))
                    .map(list -> address(realm, list.getKey()))
                    .sorted()
                    .toList());
  }

  private static String address(AppliedRealm realm, String list) {
    return aggregation(realm) + "/" + list;
  }

  private static String aggregation(AppliedRealm realm) {
    return realm.issuer() + "/statuslists";
  }
}
