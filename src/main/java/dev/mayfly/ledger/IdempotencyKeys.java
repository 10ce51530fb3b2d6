package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.hibernate.reactive.mutiny.Mutiny;

/// Requests that are done once, however often they come: a key is claimed before the act, in a
/// transaction of its own, and what became of it is written afterwards. If we crash in between,
/// nobody knows whether the act was done, and it is not done again under that key.
/// Failures are [LedgerUnavailableException].
@ApplicationScoped
public class IdempotencyKeys {
  /// How long a key is remembered.
  public static final Duration LIFE = Duration.ofHours(24);

  /// How many keys an owner may have at a time.
  public static final int MOST = 1_000;

  /// How long an act may take at most: each transaction has 3 s, each call of a token 1 s, and 30 s
  /// if it makes keys. Whatever has not come to its end by then never will.
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Registry registry;

  @Inject
  IdempotencyKeys(Registry registry) {
    this.registry = registry;
  }

  /// `owner`: who chose the key. `fingerprint`: of the whole request.
  public record Asked(String owner, String key, String fingerprint) {}

  /// How an act ended. `answer`: JSON without secrets; empty where there is none, or where it is
  /// not kept. `withheld`: a part of it was shown only once.
  public record End(int status, Optional<String> answer, Optional<String> tag, boolean withheld) {}

  /// What is to be done about a request with a key.
  public sealed interface Claim {
    /// The act: nobody has used the key.
    record Ours() implements Claim {}

    /// The key was used for another request.
    record OfAnother() implements Claim {}

    /// The same request is being served at this moment.
    record UnderWay() implements Claim {}

    /// It was begun, and how it ended is not known.
    record Unknown(Instant begunAt) implements Claim {}

    record Ended(Instant begunAt, End end) implements Claim {}

    /// The owner has as many keys as an owner may have.
    record TooMany() implements Claim {}
  }

  /// Two claims of one key at once: one of them waits for the other's commit, and sees its row.
  public Uni<Claim> claim(Asked asked, Instant now) {
    return registry.transaction(
        session ->
            number(session, asked.owner())
                .chain(
                    held ->
                        held >= MOST
                            ? find(session, asked, now)
                                .map(found -> found.orElseGet(Claim.TooMany::new))
                            : insert(session, asked, now)
                                .chain(
                                    added ->
                                        added == 1
                                            ? Uni.createFrom().item(new Claim.Ours())
                                            : find(session, asked, now)
                                                .map(Optional::orElseThrow))));
  }

  private static Uni<Long> number(Mutiny.StatelessSession session, String owner) {
    return session
        .createNativeQuery("select count(*) from idempotency_keys where owner = :owner", Long.class)
        .setParameter("owner", owner)
        .getSingleResult();
  }

  /// A row that has expired and was not purged yet is as good as none.
  private static Uni<Integer> insert(Mutiny.StatelessSession session, Asked asked, Instant now) {
    return Registry.execute(
        session,
        "insert into idempotency_keys as held (owner, key, fingerprint, begun_at, expires_at)"
            + " values (:owner, :key, :fingerprint, :now, :until) on conflict (owner, key) do"
            + " update set fingerprint = excluded.fingerprint, begun_at = excluded.begun_at,"
            + " expires_at = excluded.expires_at, status = null, answer = null, tag = null,"
            + " withheld = false where held.expires_at <= excluded.begun_at",
        Map.of(
            "owner", asked.owner(),
            "key", asked.key(),
            "fingerprint", asked.fingerprint(),
            "now", now,
            "until", now.plus(LIFE)));
  }

  private static Uni<Optional<Claim>> find(
      Mutiny.StatelessSession session, Asked asked, Instant now) {
    return session
        .createNativeQuery(
            "select fingerprint, begun_at, status, answer, tag, withheld from idempotency_keys"
                + " where owner = :owner and key = :key",
            Object[].class)
        .setParameter("owner", asked.owner())
        .setParameter("key", asked.key())
        .getSingleResultOrNull()
        .map(
            row ->
                Optional.ofNullable(row)
                    .map(
                        held ->
                            decide(
                                asked,
                                (String) held[0],
                                Moments.of(held[1]),
                                Optional.ofNullable((Number) held[2])
                                    .map(
                                        status ->
                                            new End(
                                                status.intValue(),
                                                Optional.ofNullable((String) held[3]),
                                                Optional.ofNullable((String) held[4]),
                                                (Boolean) held[5])),
                                now)));
  }

  /// Pure. `end`: empty while it has none.
  static Claim decide(
      Asked asked, String fingerprint, Instant begunAt, Optional<End> end, Instant now) {
    if (!fingerprint.equals(asked.fingerprint())) {
      return new Claim.OfAnother();
    }
    return end.<Claim>map(ended -> new Claim.Ended(begunAt, ended))
        .orElseGet(
            () ->
                now.isBefore(begunAt.plus(PATIENCE))
                    ? new Claim.UnderWay()
                    : new Claim.Unknown(begunAt));
  }

  /// The act is done.
  public Uni<Void> end(Asked asked, End end) {
    Map<String, Object> values = new HashMap<>(which(asked));
    values.put("status", end.status());
    values.put("answer", end.answer().orElse(""));
    values.put("tag", end.tag().orElse(""));
    values.put("withheld", end.withheld());
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "update idempotency_keys set status = :status, answer = nullif(:answer, ''),"
                        + " tag = nullif(:tag, ''), withheld = :withheld where owner = :owner and"
                        + " key = :key and fingerprint = :fingerprint",
                    values)
                .replaceWithVoid());
  }

  /// The act was refused, and nothing happened: the key is as if it had not been used.
  public Uni<Void> release(Asked asked) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "delete from idempotency_keys where owner = :owner and key = :key and"
                        + " fingerprint = :fingerprint and status is null",
                    which(asked))
                .replaceWithVoid());
  }

  private static Map<String, Object> which(Asked asked) {
    return Map.of("owner", asked.owner(), "key", asked.key(), "fingerprint", asked.fingerprint());
  }
}
