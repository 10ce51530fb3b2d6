package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.AskedAccess;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;

/// The test's own view of the database, by JDBC, and entries of well-behaved requests. The realm
/// `ledger-test` has rows of clients and no document: requests do not know it.
@ApplicationScoped
class Rows {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final RealmName REALM = new RealmName("ledger-test");
  static final ScopeSet SCOPE = ScopeSet.parse("read write");
  static final Grant.Attestation ATTESTED =
      new Grant.Attestation(
          "join_secret",
          "attested",
          Optional.of("mayfly"),
          Optional.of("join_secret"),
          Optional.of("an-attestation"));
  static final List<String> AUDIENCE = List.of("https://a.example/", "https://b.example/");
  static final AuthorizationDetails DETAILS =
      AuthorizationDetails.of(
          List.of(
              Map.of(
                  "type",
                  "exchange_order",
                  "actions",
                  List.of("create", "read"),
                  "max_notional",
                  Map.of("amount", "1000.5", "currency", "EUR"))));
  static final Duration LIFETIME = Duration.ofMinutes(15);
  static final JwkThumbprint KEY = new JwkThumbprint("k".repeat(43));
  static final JwkThumbprint OTHER_KEY = new JwkThumbprint("o".repeat(43));

  @Inject DataSource database;
  @Inject Clock clock;

  static <T> T done(Uni<T> uni) {
    return uni.await().atMost(PATIENCE);
  }

  /// Begins at once; many begun one after the other are under way together.
  static <T> CompletableFuture<T> begun(Uni<T> uni) {
    return uni.subscribeAsCompletionStage();
  }

  JwkThumbprint newKey() {
    return new JwkThumbprint((UUID.randomUUID() + "" + UUID.randomUUID()).substring(0, 43));
  }

  ClientId newClient() {
    ClientId client = new ClientId("c-" + UUID.randomUUID());
    execute(
        "insert into clients values (?, ?, ?, 'client', 'active', 'registered', now())",
        REALM + "/" + client,
        REALM.value(),
        client.value());
    return client;
  }

  AuditContext context(ClientId client) {
    return context(client, UUID.randomUUID().toString());
  }

  AuditContext context(ClientId client, String requestId) {
    return new AuditContext(clock.instant(), REALM, Optional.of(client), requestId, "192.0.2.7");
  }

  ReplayMark mark(Instant end) {
    return ReplayMark.of(
        "attestation_pop", REALM.value(), "presenter", UUID.randomUUID().toString(), end);
  }

  ReplayMark freshMark() {
    return mark(clock.instant().plusSeconds(60));
  }

  Entry.OpenGrant open(ClientId client, List<ReplayMark> marks) {
    Instant now = clock.instant();
    Grant grant =
        new Grant(
            GrantId.at(Instant.now()),
            REALM,
            client,
            SCOPE,
            AUDIENCE,
            DETAILS,
            ATTESTED,
            Optional.of(KEY),
            Optional.empty(),
            "192.0.2.7",
            Optional.of("GB"),
            now,
            now.plus(Duration.ofHours(8)),
            Optional.of(new Grant.Refresh(0, now, now.plus(LIFETIME))),
            new Grant.Status.Live());
    return new Entry.OpenGrant(context(client), marks, grant, 0, Jti.random(), now.plus(LIFETIME));
  }

  Entry.OpenGrant open(ClientId client) {
    return open(client, List.of());
  }

  /// The same grant with another refresh token.
  Grant with(Grant grant, Grant.Refresh refresh) {
    return new Grant(
        grant.id(),
        grant.realm(),
        grant.client(),
        grant.scope(),
        grant.audience(),
        grant.details(),
        grant.attestation(),
        grant.instance(),
        grant.confirmation(),
        grant.address(),
        grant.country(),
        grant.createdAt(),
        grant.endsAt(),
        Optional.of(refresh),
        grant.status());
  }

  Entry.SpendRefreshToken spend(ClientId client, GrantId grant, int generation) {
    return spend(client, grant, generation, KEY, List.of(freshMark()));
  }

  Entry.SpendRefreshToken spend(
      ClientId client, GrantId grant, int generation, JwkThumbprint by, List<ReplayMark> marks) {
    Instant now = clock.instant();
    return new Entry.SpendRefreshToken(
        context(client),
        marks,
        grant,
        client,
        Optional.of(by),
        ATTESTED,
        0,
        Optional.empty(),
        now,
        generation,
        new AskedAccess(Optional.empty(), List.of(), Optional.empty()),
        new Access(SCOPE, AUDIENCE, DETAILS),
        LIFETIME,
        Jti.random(),
        now.plus(LIFETIME));
  }

  Entry.ExchangeToken exchange(ClientId client, GrantId grant, JwkThumbprint by) {
    return new Entry.ExchangeToken(
        context(client),
        List.of(freshMark()),
        grant,
        client,
        Optional.of(by),
        ATTESTED,
        0,
        Optional.empty(),
        Jti.random(),
        new Access(ScopeSet.parse("read"), AUDIENCE, DETAILS),
        Jti.random());
  }

  Entry.RevokeGrant revoke(ClientId client, GrantId grant) {
    return new Entry.RevokeGrant(
        context(client), List.of(), grant, Optional.of(client), "client", "a test");
  }

  /// PostgreSQL takes no NUL in a text: data error 22021.
  Entry.Note poisoned(ClientId client) {
    return new Entry.Note(
        new AuditEvent.TokenRefused(context(client, "a\0b"), OAuthError.INVALID_SCOPE, "poisoned"),
        List.of());
  }

  Entry.Note note(ClientId client) {
    return new Entry.Note(
        new AuditEvent.TokenRefused(context(client), OAuthError.INVALID_SCOPE, "harmless"),
        List.of());
  }

  long audited(ClientId client, String event) {
    return count(
        "select count(*) from audit_events where client_id = ? and event = ?",
        client.value(),
        event);
  }

  long liveGrants(ClientId client) {
    return count(
        "select count(*) from grants where client_key = ? and revoked_at is null",
        REALM + "/" + client);
  }

  long count(String sql, Object... parameters) {
    return Long.parseLong(text(sql, parameters));
  }

  String text(String sql, Object... parameters) {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = prepared(connection, sql, parameters);
        ResultSet result = statement.executeQuery()) {
      result.next();
      return result.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void execute(String sql, Object... parameters) {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = prepared(connection, sql, parameters)) {
      statement.execute();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PreparedStatement prepared(Connection connection, String sql, Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(
          i + 1, parameters[i] instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : parameters[i]);
    }
    return statement;
  }
}
