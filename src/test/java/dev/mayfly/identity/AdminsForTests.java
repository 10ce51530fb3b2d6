package dev.mayfly.identity;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.ledger.AdminSession;
import dev.mayfly.oauth.RealmName;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;

/// Admins and sessions written straight into the tables, with times of our choice.
@ApplicationScoped
public class AdminsForTests {
  @Inject Sessions sessions;
  @Inject DataSource database;
  @Inject Clock clock;

  /// `cookie` and `csrf` as its browser has them.
  public record Made(UUID session, UUID admin, String name, String cookie, String csrf) {}

  /// How old things are; the defaults are those of a sign-in just now.
  public record Ages(Duration sinceProof, Duration sinceUse, Duration untilEnd) {
    public static final Ages FRESH = new Ages(Duration.ZERO, Duration.ZERO, SessionLife.WHOLE);

    public Ages proved(Duration ago) {
      return new Ages(ago, sinceUse, untilEnd);
    }

    public Ages used(Duration ago) {
      return new Ages(sinceProof, ago, untilEnd);
    }

    public Ages ending(Duration in) {
      return new Ages(sinceProof, sinceUse, in);
    }
  }

  public Made signedIn(String roles, String state, String method, Ages ages) {
    UUID admin = UUID.randomUUID();
    String name = "a-" + admin;
    Instant now = clock.instant();
    AuditContext context =
        new AuditContext(now, new RealmName("mayfly"), Optional.empty(), "1", "192.0.2.1");
    Sessions.Fresh fresh =
        sessions.prepare(admin, method, context).await().atMost(Duration.ofSeconds(20));
    AdminSession session = fresh.session();
    sql(
        "insert into admins (admin_id, name, state, roles, created_at, created_by) values"
            + " (?, ?, ?, ?, ?, 'a test')",
        admin,
        name,
        state,
        roles,
        Timestamp.from(now));
    sql(
        "insert into admin_sessions (session_id, admin_id, digest, mac_kid, method, address,"
            + " created_at, last_used_at, proved_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?,"
            + " ?, ?)",
        session.id(),
        admin,
        session.kept().digest(),
        session.kept().macKid(),
        method,
        session.address(),
        Timestamp.from(now),
        Timestamp.from(now.minus(ages.sinceUse())),
        Timestamp.from(now.minus(ages.sinceProof())),
        Timestamp.from(now.plus(ages.untilEnd())));
    return new Made(session.id(), admin, name, fresh.cookie(), Sessions.csrf(fresh.cookie()));
  }

  /// A machine with a session; `may` as the table has it. Its token is the cookie.
  public Made machine(String roles, String state, List<String> may, Ages ages) {
    Made made = signedIn(roles, state, "machine_key", ages);
    sql(
        "update admins set machine_may = ?, machine_jwks = '{\"keys\":[]}' where admin_id = ?",
        String.join("\n", may),
        made.admin());
    return made;
  }

  /// What an authenticator app shows; `secret` as the app was told it.
  public static String code(String secret, Instant now) {
    return Totp.code(bytes(secret), Math.floorDiv(now.getEpochSecond(), 30));
  }

  private static byte[] bytes(String base32) {
    BigInteger number = BigInteger.ZERO;
    for (char letter : base32.toCharArray()) {
      int value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter);
      number = number.shiftLeft(5).or(BigInteger.valueOf(value));
    }
    byte[] bytes = new byte[20];
    byte[] some = number.toByteArray();
    int length = Math.min(20, some.length);
    System.arraycopy(some, some.length - length, bytes, 20 - length, length);
    return bytes;
  }

  public List<String> texts(String query, Object... parameters) {
    List<String> found = new ArrayList<>();
    try (Connection connection = database.getConnection();
        var statement = connection.prepareStatement(query)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      ResultSet rows = statement.executeQuery();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
    return found;
  }

  public void sql(String text, Object... parameters) {
    try (Connection connection = database.getConnection();
        var statement = connection.prepareStatement(text)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.executeUpdate();
    } catch (SQLException e) {
      throw new AssertionError(text, e);
    }
  }
}
