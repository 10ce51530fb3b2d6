package dev.mayfly.faults;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// The invariants as the database shows them. Each gives what breaks it: an empty answer is
/// what a run wants to see.
final class Trail implements AutoCloseable {
  private static final int PORTION = 2_000;

  private final Connection connection;

  Trail(Postgres postgres) throws SQLException {
    connection = postgres.connect();
  }

  Connection connection() {
    return connection;
  }

  /// Received access tokens without an audit row of their own that names their grant.
  Set<AccessToken> withoutAuditRow(Collection<AccessToken> received) throws SQLException {
    var missing = new HashSet<>(received);
    var all = new ArrayList<>(received);
    for (int from = 0; from < all.size(); from += PORTION) {
      var portion = all.subList(from, Math.min(all.size(), from + PORTION));
      var query =
          "select jti, grant_id from audit_events where jti = any(?)"
              + " and event in ('token_issued', 'token_refreshed', 'refresh_retried')";
      try (var statement = connection.prepareStatement(query)) {
        var ids = portion.stream().map(AccessToken::jti).toArray();
        statement.setArray(1, connection.createArrayOf("text", ids));
        try (var rows = statement.executeQuery()) {
          while (rows.next()) {
            missing.remove(new AccessToken(rows.getString(1), rows.getObject(2, UUID.class)));
          }
        }
      }
    }
    return missing;
  }

  /// Generations of a grant that were entered twice: a refresh token spent twice.
  List<String> spentTwice() throws SQLException {
    return lines(
        "select grant_id || ' generation ' || (detail::json ->> 'generation') || ': '"
            + " || count(*) || ' times' from audit_events where event = 'token_refreshed'"
            + " group by grant_id, detail::json ->> 'generation' having count(*) > 1");
  }

  /// Grants whose generation is not the number of refreshes that the audit trail knows.
  List<String> generationsWithoutRow() throws SQLException {
    return lines(
        "select g.grant_id || ' generation ' || g.generation || ', ' || count(a.event_id)"
            + " || ' refreshes' from grants g left join audit_events a"
            + " on a.grant_id = g.grant_id and a.event = 'token_refreshed'"
            + " group by g.grant_id, g.generation having g.generation <> count(a.event_id)");
  }

  /// Of these grants, those that still live.
  List<String> notRevoked(Collection<UUID> grants) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "select grant_id::text from grants where revoked_at is null and grant_id = any(?)")) {
      statement.setArray(1, connection.createArrayOf("uuid", grants.toArray()));
      return lines(statement);
    }
  }

  int generation(UUID grant) throws SQLException {
    try (var statement =
        connection.prepareStatement("select generation from grants where grant_id = ?")) {
      statement.setObject(1, grant);
      return number(statement);
    }
  }

  int events(UUID grant, String event) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "select count(*) from audit_events where grant_id = ? and event = ?")) {
      statement.setObject(1, grant);
      statement.setString(2, event);
      return number(statement);
    }
  }

  int eventsOf(String clientId, String event) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "select count(*) from audit_events where client_id = ? and event = ?")) {
      statement.setString(1, clientId);
      statement.setString(2, event);
      return number(statement);
    }
  }

  /// Grants that a client opened since then, by row and audit row.
  int grantsSince(String clientId, Instant begin) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "select count(g.grant_id) from audit_events a left join grants g using (grant_id)"
                + " where a.event = 'token_issued' and a.client_id = ? and a.at >= ?")) {
      statement.setString(1, clientId);
      statement.setTimestamp(2, Timestamp.from(begin));
      return number(statement);
    }
  }

  /// Grants whose opening the audit trail does not know, or knows more than once.
  List<String> grantsWithoutRow() throws SQLException {
    return lines(
        "select g.grant_id || ': ' || count(a.event_id) || ' openings' from grants g"
            + " left join audit_events a on a.grant_id = g.grant_id and a.event = 'token_issued'"
            + " group by g.grant_id having count(a.event_id) <> 1");
  }

  /// Chains in which two keys sign from the same moment, or more than one was the first.
  List<String> keysMadeTwice() throws SQLException {
    return lines(
        "select realm || ' ' || purpose || ' on ' || token || ' from ' || signs_from from hsm_keys"
            + " group by realm, purpose, token, signs_from having count(*) > 1 union select realm"
            + " || ' ' || purpose || ' on ' || token || ' has several first keys' from hsm_keys"
            + " where signs_from = created_at and realm <> '*' group by realm, purpose, token"
            + " having count(*) > 1");
  }

  void execute(String statement) throws SQLException {
    try (var prepared = connection.createStatement()) {
      prepared.execute(statement);
    }
  }

  private List<String> lines(String query) throws SQLException {
    try (var statement = connection.prepareStatement(query)) {
      return lines(statement);
    }
  }

  private static List<String> lines(PreparedStatement statement) throws SQLException {
    var found = new ArrayList<String>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(rows.getString(1));
      }
    }
    return found;
  }

  private static int number(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery()) {
      if (!rows.next()) {
        throw new AssertionError("no such row");
      }
      return rows.getInt(1);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
