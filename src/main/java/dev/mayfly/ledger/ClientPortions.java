package dev.mayfly.ledger;

import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.sqlclient.Cursor;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Reads who is registered, with their secrets, by portions: there may be a million of them, and
/// whoever shares the event loop is not to wait for all.
///
/// From where an earlier reading began: every row that was written by a transaction which was open
/// then or came later.
final class ClientPortions {
  private static final int PORTION = 500;

  private static final String CLIENTS =
      "select c.client_key, c.realm, c.client_id, c.state, c.state_reason, c.state_at,"
          + " c.revocations, r.document, r.revision, r.key_thumbprints from clients as c left join"
          + " registered_clients as r on r.client_key = c.client_key";

  private static final String MOVED =
      " where c.client_key in (select client_key from clients where changed >= cast($1::text as"
          + " xid8) union select client_key from client_secrets where changed >= cast($1::text as"
          + " xid8) union select realm || '/' || owner from sealed_secrets where changed >="
          + " cast($1::text as xid8))";

  /// By the sealed ones' key, whose parts are the client's.
  private static final String SECRETS =
      "select s.client_key, s.secret_id, s.mac_kid, s.digest, s.fingerprint, s.created_at,"
          + " s.expires_at, z.realm, z.owner, z.name, z.wrap_kid, z.ciphertext from client_secrets"
          + " as s join clients as c on c.client_key = s.client_key left join sealed_secrets as z"
          + " on z.realm = c.realm and z.owner = c.client_id and z.name = 'client_secret/' ||"
          + " s.secret_id where s.client_key = any($1) and s.expires_at > $2 order by s.created_at"
          + " desc";

  private final SqlConnection connection;
  private final Instant now;
  private final Map<RealmName, ClientStates> held;
  private final Map<RealmName, ClientStates.Change> changes = new HashMap<>();

  /// Of texts that many have the one that was met first: they come out of the database as many.
  private final Map<String, String> texts = new HashMap<>();

  private ClientPortions(SqlConnection connection, Instant now, Map<RealmName, ClientStates> held) {
    this.connection = connection;
    this.now = now;
    this.held = held;
  }

  /// What `held` says with what was read in its place; all of it where nothing is held. A realm of
  /// which nothing moved keeps what it has.
  static Uni<Map<RealmName, ClientStates>> read(
      Pool pool, Instant now, Optional<Registration.Snapshot> held) {
    return UniHelper.toUni(
        pool.withTransaction(
            connection -> {
              ClientPortions portions =
                  new ClientPortions(
                      connection, now, held.map(Registration.Snapshot::clients).orElse(Map.of()));
              return UniHelper.toFuture(portions.read(held.map(Registration.Snapshot::horizon)));
            }));
  }

  private Uni<Map<RealmName, ClientStates>> read(Optional<String> horizon) {
    return Driver.rows(connection, Registry.OWN_PLANS, Tuple.tuple())
        .chain(
            () -> UniHelper.toUni(connection.prepare(CLIENTS + horizon.map(_ -> MOVED).orElse(""))))
        .map(clients -> clients.cursor(Tuple.wrap(horizon.stream().toArray())))
        .chain(this::portions)
        .map(_ -> whole());
  }

  /// One after the other, however many: not one within the other.
  private Uni<Void> portions(Cursor cursor) {
    return Uni.createFrom()
        .deferred(() -> UniHelper.toUni(cursor.read(PORTION)).chain(this::take))
        .repeat()
        .whilst(_ -> cursor.hasMore())
        .collect()
        .last()
        .replaceWithVoid();
  }

  /// The secrets after the clients: who has seen a client's count of revocations has seen the end
  /// of the secrets that it counts.
  private Uni<Boolean> take(RowSet<Row> clients) {
    if (clients.size() == 0) {
      return Uni.createFrom().item(true);
    }
    List<String> keys = new ArrayList<>(clients.size());
    clients.forEach(row -> keys.add(row.getString(0)));
    return Driver.rows(
            connection, SECRETS, Tuple.of(keys.toArray(String[]::new), Moments.value(now)))
        .map(
            rows -> {
              Map<String, List<Registration.Secret>> secrets = secrets(rows);
              clients.forEach(row -> take(row, secrets.getOrDefault(row.getString(0), List.of())));
              return true;
            });
  }

  private Map<String, List<Registration.Secret>> secrets(RowSet<Row> rows) {
    Map<String, List<Registration.Secret>> secrets = new HashMap<>();
    rows.forEach(
        row -> secrets.computeIfAbsent(row.getString(0), _ -> new ArrayList<>(2)).add(secret(row)));
    return secrets;
  }

  private void take(Row row, List<Registration.Secret> secrets) {
    RealmName realm = new RealmName(row.getString(1));
    changes
        .computeIfAbsent(realm, _ -> held.getOrDefault(realm, ClientStates.NONE).change())
        .put(new ClientId(row.getString(2)), state(row, secrets));
  }

  private Map<RealmName, ClientStates> whole() {
    Map<RealmName, ClientStates> all = new HashMap<>(held);
    changes.forEach((realm, change) -> all.put(realm, change.done()));
    return all;
  }

  private Registration.State state(Row row, List<Registration.Secret> secrets) {
    return new Registration.State(
        Standing.valueOf(row.getString(3).toUpperCase(Locale.ROOT)),
        common(row.getString(4)),
        Moments.read(row.getOffsetDateTime(5)),
        secrets,
        row.getLong(6),
        row.getString(7) == null
            ? Optional.empty()
            : Optional.of(
                new Registration.Document(
                    row.getString(7), row.getLong(8), thumbprints(row.getString(9)))));
  }

  private Registration.Secret secret(Row row) {
    return new Registration.Secret(
        row.getUUID(1),
        new Registration.Digests(
            common(row.getString(2)), row.getString(3), Optional.ofNullable(row.getString(4))),
        Moments.read(row.getOffsetDateTime(5)),
        Moments.read(row.getOffsetDateTime(6)),
        row.getString(9) == null
            ? Optional.empty()
            : Optional.of(
                new Registration.Sealed(
                    new RealmName(row.getString(7)),
                    row.getString(8),
                    row.getString(9),
                    common(row.getString(10)),
                    row.getString(11))));
  }

  private String common(String text) {
    return texts.computeIfAbsent(text, same -> same);
  }

  private static List<String> thumbprints(String blankSeparated) {
    return blankSeparated.isEmpty() ? List.of() : List.of(blankSeparated.split(" "));
  }
}
