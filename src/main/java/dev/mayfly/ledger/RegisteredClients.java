package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.Digests;
import dev.mayfly.ledger.Registration.KeyChange;
import dev.mayfly.ledger.Registration.KeyObjection;
import dev.mayfly.ledger.Registration.Secret;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/// Clients that are in no realm file: made and changed one at a time, each in a transaction with
/// its audit row. They end like all others, by [Registry#changeStanding] and [MassRevocations].
/// Failures are [LedgerUnavailableException].
@ApplicationScoped
public class RegisteredClients {
  private final Registry registry;

  @Inject
  RegisteredClients(Registry registry) {
    this.registry = registry;
  }

  /// What is written of one. `keys`: which public keys come and go with the document.
  public record Written(
      ClientId client,
      String vendor,
      String description,
      Registration.Document document,
      KeyChange keys) {}

  /// Over the registration endpoint: `initial` is the token that is used up by it, `registration`
  /// the keyed hash of the one by which the client is managed.
  public record Access(Optional<UUID> initial, Optional<Digests> registration) {
    public static final Access OF_ADMIN = new Access(Optional.empty(), Optional.empty());
  }

  /// What became of it, committed.
  public sealed interface Result {
    record Done(long revision) implements Result {}

    /// Somebody in the realm has this name, or had it.
    record NameTaken() implements Result {}

    record Unknown() implements Result {}

    /// The last use of the initial access token went to somebody else, or its time came.
    record TokenSpent() implements Result {}

    /// Revoked clients are not changed.
    record Ended() implements Result {}

    /// The document is of another revision than the caller has seen.
    record Stale(long revision) implements Result {}

    record KeyRetired(KeyObjection objection) implements Result {}
  }

  public Uni<Result> add(
      RealmName realm,
      Written client,
      Standing standing,
      Optional<Secret> secret,
      Access access,
      String by,
      AuditEvent event) {
    String key = ClientRow.key(realm, client.client());
    Instant at = event.context().at();
    Map<String, Object> row = new HashMap<>();
    row.put("key", key);
    row.put("realm", realm.value());
    row.put("client", client.client().value());
    row.put("vendor", client.vendor());
    row.put("description", client.description());
    row.put("state", standing.name().toLowerCase(Locale.ROOT));
    row.put("at", at);
    return registry.transaction(
        session ->
            unlessRetired(
                session,
                client.keys(),
                () ->
                    spend(session, access, at)
                        .chain(
                            spent ->
                                spent
                                    ? insert(session, row, client, secret, access, by, event)
                                    : Uni.createFrom().item(new Result.TokenSpent()))));
  }

  private static Uni<Boolean> spend(Mutiny.StatelessSession session, Access access, Instant at) {
    return access.initial().isEmpty()
        ? Uni.createFrom().item(true)
        : InitialAccessTokens.spend(session, access.initial().get(), at);
  }

  private Uni<Result> insert(
      Mutiny.StatelessSession session,
      Map<String, Object> row,
      Written client,
      Optional<Secret> secret,
      Access access,
      String by,
      AuditEvent event) {
    String key = (String) row.get("key");
    return Registry.execute(
            session,
            "insert into clients (client_key, realm, client_id, kind, origin, vendor, description,"
                + " state, state_reason, state_at) values (:key, :realm, :client, 'client',"
                + " 'registered', :vendor, :description, :state, 'registered', :at) on conflict"
                + " (client_key) do nothing",
            row)
        .chain(
            added ->
                added == 0
                    ? Uni.createFrom().item(new Result.NameTaken())
                    : document(session, key, client, by, event.context().at())
                        .chain(() -> token(session, key, access.registration()))
                        .chain(() -> secret(session, key, secret))
                        .chain(() -> registry.finish(session, event))
                        .replaceWith(new Result.Done(1)));
  }

  private static Uni<Void> document(
      Mutiny.StatelessSession session, String key, Written client, String by, Instant at) {
    return Registry.execute(
            session,
            "insert into registered_clients (client_key, document, key_thumbprints, registered_by,"
                + " registered_at) values (:key, :document, :thumbprints, :by, :at)",
            Map.of(
                "key", key,
                "document", client.document().json(),
                "thumbprints", String.join(" ", client.document().keyThumbprints()),
                "by", by,
                "at", at))
        .replaceWithVoid();
  }

  private static Uni<Void> secret(
      Mutiny.StatelessSession session, String key, Optional<Secret> secret) {
    return secret.isEmpty()
        ? Uni.createFrom().voidItem()
        : Secrets.insert(session, key, secret.get());
  }

  private static Uni<Void> token(
      Mutiny.StatelessSession session, String key, Optional<Digests> token) {
    return token.isEmpty()
        ? Uni.createFrom().voidItem()
        : Registry.execute(
                session,
                "update registered_clients set token_digest = :digest, token_mac_kid = :kid where"
                    + " client_key = :key",
                Map.of("key", key, "digest", token.get().digest(), "kid", token.get().macKid()))
            .replaceWithVoid();
  }

  /// Replaces the document, if it is still of revision `seen`. The client's row moves with it, so
  /// that replicas read it again.
  public Uni<Result> change(
      RealmName realm, Written client, long seen, Optional<Digests> token, AuditEvent event) {
    String key = ClientRow.key(realm, client.client());
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select c.state, r.revision from clients as c join registered_clients as r on"
                        + " r.client_key = c.client_key where c.client_key = :key for update",
                    Object[].class)
                .setParameter("key", key)
                .getSingleResultOrNull()
                .chain(
                    row -> {
                      if (row == null) {
                        return Uni.createFrom().<Result>item(new Result.Unknown());
                      }
                      long revision = ((Number) row[1]).longValue();
                      if (row[0].equals("revoked")) {
                        return Uni.createFrom().<Result>item(new Result.Ended());
                      }
                      if (revision != seen) {
                        return Uni.createFrom().<Result>item(new Result.Stale(revision));
                      }
                      return unlessRetired(
                          session,
                          client.keys(),
                          () ->
                              replace(session, key, client)
                                  .chain(() -> token(session, key, token))
                                  .chain(() -> registry.finish(session, event))
                                  .replaceWith(new Result.Done(revision + 1)));
                    }));
  }

  private static Uni<Void> replace(Mutiny.StatelessSession session, String key, Written client) {
    return Registry.execute(
            session,
            "update clients set vendor = :vendor, description = :description where client_key ="
                + " :key",
            Map.of("key", key, "vendor", client.vendor(), "description", client.description()))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "update registered_clients set document = :document, key_thumbprints ="
                        + " :thumbprints, revision = revision + 1 where client_key = :key",
                    Map.of(
                        "key", key,
                        "document", client.document().json(),
                        "thumbprints", String.join(" ", client.document().keyThumbprints()))))
        .replaceWithVoid();
  }

  /// What goes is retired, in the same transaction as what comes is looked up.
  private static Uni<Result> unlessRetired(
      Mutiny.StatelessSession session, KeyChange keys, Supplier<Uni<? extends Result>> act) {
    return Fingerprints.objections(session, keys.added(), keys.retired())
        .chain(
            (List<KeyObjection> objections) ->
                objections.isEmpty()
                    ? Fingerprints.retire(session, keys.retired())
                        .chain(() -> act.get().map(Result.class::cast))
                    : Uni.createFrom().item(new Result.KeyRetired(objections.getFirst())));
  }

  /// The keyed hash of a client's registration access token; empty for one that has none, that is
  /// unknown or revoked.
  public Uni<Optional<Digests>> token(RealmName realm, ClientId client) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select r.token_mac_kid, r.token_digest from registered_clients as r join"
                        + " clients as c on c.client_key = r.client_key where r.client_key = :key"
                        + " and c.state <> 'revoked' and r.token_digest is not null",
                    Object[].class)
                .setParameter("key", ClientRow.key(realm, client))
                .getSingleResultOrNull()
                .map(
                    row ->
                        row == null
                            ? Optional.empty()
                            : Optional.of(
                                new Digests((String) row[0], (String) row[1], Optional.empty()))));
  }
}
