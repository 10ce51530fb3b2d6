package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.Digests;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// What lets somebody register clients, RFC 7591 §3: made by an admin, good for some uses until
/// some moment, known by its keyed hash. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class InitialAccessTokens {
  private final Registry registry;

  @Inject
  InitialAccessTokens(Registry registry) {
    this.registry = registry;
  }

  /// `policy`: JSON, to what it narrows its realm's policy.
  public record Token(
      UUID id,
      RealmName realm,
      String policy,
      int usesLeft,
      String createdBy,
      String reason,
      Instant createdAt,
      Instant expiresAt) {
    public boolean isGoodAt(Instant now) {
      return usesLeft > 0 && now.isBefore(expiresAt);
    }
  }

  public Uni<Void> add(Token token, Digests kept, AuditEvent event) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "insert into initial_access_tokens (token_id, realm, digest, mac_kid, policy,"
                        + " uses_left, created_by, reason, created_at, expires_at) values (:id,"
                        + " :realm, :digest, :kid, :policy, :uses, :by, :reason, :at, :end)",
                    Map.of(
                        "id", token.id(),
                        "realm", token.realm().value(),
                        "digest", kept.digest(),
                        "kid", kept.macKid(),
                        "policy", token.policy(),
                        "uses", token.usesLeft(),
                        "by", token.createdBy(),
                        "reason", token.reason(),
                        "at", token.createdAt(),
                        "end", token.expiresAt()))
                .chain(() -> registry.trail().write(session, event)));
  }

  /// `digests`: what may stand in the table for a presented one. Whether it is still good is for
  /// the caller to say, and for [#spend].
  public Uni<Optional<Token>> find(RealmName realm, List<String> digests) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    COLUMNS
                        + " where realm = :realm and digest = any(string_to_array(:digests, ' '))",
                    Object[].class)
                .setParameter("realm", realm.value())
                .setParameter("digests", String.join(" ", digests))
                .getSingleResultOrNull()
                .map(row -> Optional.ofNullable(row).map(InitialAccessTokens::token)));
  }

  private static final String COLUMNS =
      "select token_id, realm, policy, uses_left, created_by, reason, created_at, expires_at from"
          + " initial_access_tokens";

  /// Those of a realm, newest first.
  public Uni<List<Token>> all(RealmName realm) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    COLUMNS + " where realm = :realm order by created_at desc limit 500",
                    Object[].class)
                .setParameter("realm", realm.value())
                .getResultList()
                .map(rows -> rows.stream().map(InitialAccessTokens::token).toList()));
  }

  private static Token token(Object[] row) {
    return new Token(
        (UUID) row[0],
        new RealmName((String) row[1]),
        (String) row[2],
        ((Number) row[3]).intValue(),
        (String) row[4],
        (String) row[5],
        Moments.of(row[6]),
        Moments.of(row[7]));
  }

  /// Within the transaction of a registration: whether there was a use left.
  static Uni<Boolean> spend(Mutiny.StatelessSession session, UUID token, Instant now) {
    return Registry.execute(
            session,
            "update initial_access_tokens set uses_left = uses_left - 1 where token_id = :id and"
                + " uses_left > 0 and expires_at > :now",
            Map.of("id", token, "now", now))
        .map(spent -> spent == 1);
  }

  /// Answers whether it could still have been used. Errors: [StaleException].
  public Uni<Boolean> revoke(RealmName realm, UUID token, IfMatch seen, AuditEvent event) {
    return registry.transaction(
        session ->
            Versions.require(session, Versioned.initialToken(realm, token), seen)
                .chain(
                    () ->
                        Registry.execute(
                            session,
                            "update initial_access_tokens set uses_left = 0 where token_id = :id"
                                + " and realm = :realm and uses_left > 0",
                            Map.of("id", token, "realm", realm.value())))
                .chain(
                    ended ->
                        ended == 0
                            ? Uni.createFrom().item(false)
                            : registry.trail().write(session, event).replaceWith(true)));
  }
}
