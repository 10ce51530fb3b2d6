package dev.mayfly.fetch;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.mayfly.realm.IssuerKeys;
import dev.mayfly.realm.KeySource;
import dev.mayfly.realm.KeySource.RemoteDocument;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/// The keys of others, as the realm files say: inline, or fetched and kept for a while. A set that
/// cannot be fetched again is used until [#STALE]; after that whoever needs it is refused.
@ApplicationScoped
public class KeySets {
  private static final Logger LOG = Logger.getLogger(KeySets.class);

  /// For so long a set is not asked for again, unless a key is looked for that it lacks.
  static final Duration FRESH = Duration.ofMinutes(5);

  /// After this it is not believed any more.
  static final Duration STALE = Duration.ofHours(1);

  /// The pause between two fetches of one set, whatever is asked for.
  static final Duration PAUSE = Duration.ofSeconds(10);

  private static final int MOST_KEYS = 100;

  private final Fetcher fetcher;
  private final Clock clock;
  private final ConcurrentMap<RemoteDocument, Held> sets = new ConcurrentHashMap<>();

  @Inject
  KeySets(Fetcher fetcher, Clock clock) {
    this.fetcher = fetcher;
    this.clock = clock;
  }

  /// `fetchedAt`: of `keys`; `triedAt`: of the last attempt. `under way`: the attempt that runs.
  private record Held(
      List<JWK> keys, Instant fetchedAt, Instant triedAt, Optional<Uni<List<JWK>>> underWay) {
    private static final Held NOTHING =
        new Held(List.of(), Instant.MIN, Instant.MIN, Optional.empty());

    private boolean has(Predicate<JWK> wanted) {
      return keys.stream().anyMatch(wanted);
    }
  }

  /// `keyId`: the key that is looked for; another set may be fetched where it is not known.
  /// Fails with [FetchFailedException] when there are no keys to believe.
  public Uni<List<JWK>> of(KeySource source, Optional<String> keyId) {
    return switch (source) {
      case KeySource.Inline inline -> Uni.createFrom().item(inline.keys().keys());
      case KeySource.Remote(RemoteDocument document) -> of(document, keyId);
    };
  }

  public Uni<List<JWK>> of(RemoteDocument document, Optional<String> keyId) {
    return of(document, key -> keyId.isEmpty() || keyId.get().equals(key.getKeyID()));
  }

  /// `wanted`: the key that is looked for; as above, where none of the known ones is it.
  public Uni<List<JWK>> of(RemoteDocument document, Predicate<JWK> wanted) {
    Instant now = clock.instant();
    Held held = sets.getOrDefault(document, Held.NOTHING);
    boolean believable = now.isBefore(plus(held.fetchedAt(), STALE));
    if (believable && now.isBefore(plus(held.fetchedAt(), FRESH)) && held.has(wanted)) {
      return Uni.createFrom().item(held.keys());
    }
    Context context = Vertx.currentContext();
    Uni<List<JWK>> fetched = fetch(document, now);
    Uni<List<JWK>> answer = believable ? fetched.onFailure().recoverWithItem(held.keys()) : fetched;
    return context == null ? answer : answer.emitOn(task -> context.runOnContext(_ -> task.run()));
  }

  /// One attempt at a time, and none too soon after the last.
  private Uni<List<JWK>> fetch(RemoteDocument document, Instant now) {
    Held held =
        sets.compute(
            document,
            (_, known) -> {
              Held before = known == null ? Held.NOTHING : known;
              boolean soon = now.isBefore(plus(before.triedAt(), PAUSE));
              return before.underWay().isPresent() || soon
                  ? before
                  : new Held(
                      before.keys(),
                      before.fetchedAt(),
                      now,
                      Optional.of(attempt(document, now).memoize().indefinitely()));
            });
    return held.underWay()
        .orElseGet(
            () ->
                now.isBefore(plus(held.fetchedAt(), STALE))
                    ? Uni.createFrom().item(held.keys())
                    : Uni.createFrom()
                        .failure(
                            new FetchFailedException(
                                document.uri() + ": could not be fetched a moment ago")));
  }

  private Uni<List<JWK>> attempt(RemoteDocument document, Instant now) {
    return fetcher
        .get(document)
        .map(body -> parse(document, body))
        .invoke(keys -> sets.put(document, new Held(keys, now, now, Optional.empty())))
        .onFailure()
        .invoke(
            failure -> {
              LOG.warnf("keys cannot be fetched: %s", failure.getMessage());
              sets.computeIfPresent(
                  document,
                  (_, held) ->
                      new Held(held.keys(), held.fetchedAt(), held.triedAt(), Optional.empty()));
            });
  }

  /// Keys of kinds that we do not verify with are left out; a private key makes the set worthless,
  /// since everybody can sign with it.
  private static List<JWK> parse(RemoteDocument document, byte[] body) {
    List<JWK> keys = new ArrayList<>();
    try {
      Map<String, Object> set =
          JSONObjectUtils.parse(new String(body, StandardCharsets.UTF_8), Fetcher.LARGEST);
      if (!(set.get("keys") instanceof List<?> members) || members.size() > MOST_KEYS) {
        throw new FetchFailedException(document.uri() + ": not a JWK set of at most 100 keys");
      }
      for (Object member : members) {
        if (member instanceof Map<?, ?> jwk) {
          key(jwk).ifPresent(keys::add);
        }
      }
    } catch (ParseException e) {
      throw new FetchFailedException(document.uri() + ": not a JWK set");
    }
    if (keys.stream().anyMatch(JWK::isPrivate)) {
      throw new FetchFailedException(document.uri() + ": it shows a private key");
    }
    keys.removeIf(key -> !IssuerKeys.isUsable(key));
    if (keys.isEmpty()) {
      throw new FetchFailedException(document.uri() + ": it has no key that is usable here");
    }
    return List.copyOf(keys);
  }

  private static Optional<JWK> key(Map<?, ?> members) {
    Map<String, Object> json = new HashMap<>();
    members.forEach((name, value) -> json.put(String.valueOf(name), value));
    try {
      return Optional.of(JWK.parse(json));
    } catch (ParseException | IllegalArgumentException | IllegalStateException unknownKind) {
      return Optional.empty();
    }
  }

  private static Instant plus(Instant at, Duration time) {
    return at.equals(Instant.MIN) ? at : at.plus(time);
  }
}
