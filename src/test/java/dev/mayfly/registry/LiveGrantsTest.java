package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.RevokedGrants;
import dev.mayfly.oauth.GrantId;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One client that opens and revokes grants as fast as it can must not lock the others out: what
/// is revoked may be much more than can be read within the bound of staleness.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class LiveGrantsTest {
  private static final int MANY = 100_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Inject DataSource database;
  @Inject RevokedGrants revokedGrants;
  @Inject Realms realms;
  @Inject Ledger ledger;
  @Inject Vertx vertx;
  @Inject Clock clock;

  /// Rows of this test begin with it.
  private final String mark = UUID.randomUUID().toString().substring(0, 24);

  @BeforeEach
  void revokeMany() throws SQLException {
    execute(
        "insert into revocations (grant_id, dead_after) select cast('"
            + mark
            + "' || lpad(to_hex(n), 12, '0') as uuid), now() + interval '15 minutes'"
            + " from generate_series(1, "
            + MANY
            + ") n");
  }

  @AfterEach
  void forget() throws SQLException {
    execute("delete from revocations where cast(grant_id as text) like '" + mark + "%'");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      int _ = statement.executeUpdate();
    }
  }

  private GrantId grant(int n) {
    return new GrantId(UUID.fromString(mark + String.format("%012x", n)));
  }

  @Test
  void aReplicaThatStartsTrustsItselfOnceItKnowsAllThatIsRevoked() {
    LiveGrants starting = new LiveGrants(revokedGrants, realms, ledger, vertx, clock);
    assertFalse(starting.isFresh());
    starting.start(new StartupEvent());
    try {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!starting.isFresh()) {
        assertTrue(System.nanoTime() < end, "it never trusts itself");
        LockSupport.parkNanos(1_000_000);
      }
      Stream.of(1, 2, 1_999, 2_000, 2_001, MANY / 2, MANY - 1, MANY)
          .forEach(n -> assertTrue(starting.isRevoked(grant(n)), () -> "the " + n + "th"));
      assertFalse(starting.isRevoked(grant(MANY + 1)));
    } finally {
      starting.stop(new ShutdownEvent());
    }
  }

  @Test
  void noPortionIsLargerThanAskedForAndNoGrantIsMissed() {
    Set<GrantId> seen = new HashSet<>();
    GrantId after = RevokedGrants.FIRST;
    while (true) {
      RevokedGrants.Portion portion = revokedGrants.portion(after, 25_000).await().atMost(PATIENCE);
      assertTrue(portion.revoked().size() <= 25_000);
      for (GrantId grant : portion.revoked().keySet()) {
        assertTrue(seen.add(grant), "read twice");
      }
      if (portion.next().isEmpty()) {
        break;
      }
      after = portion.next().get();
    }
    assertEquals(
        List.of(true, true, true, false),
        Stream.of(1, MANY / 2, MANY, MANY + 1).map(n -> seen.contains(grant(n))).toList());
  }
}
