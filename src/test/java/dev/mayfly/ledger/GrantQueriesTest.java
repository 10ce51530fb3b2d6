package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.oauth.ClientId;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// Which grants admins are shown as live.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class GrantQueriesTest {
  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final Duration ACCESS = Duration.ofMinutes(15);

  @Inject Ledger ledger;
  @Inject GrantQueries queries;
  @Inject Rows rows;

  /// How long both of its tokens live.
  private Instant opened(ClientId client, Duration refresh) {
    Entry.OpenGrant open = rows.open(client);
    Instant now = open.grant().createdAt();
    Grant grant = rows.with(open.grant(), new Grant.Refresh(0, now, now.plus(refresh)));
    var _ =
        done(
            ledger.record(
                new Entry.OpenGrant(
                    open.context(), open.marks(), grant, 0, open.jti(), now.plus(ACCESS))));
    return now;
  }

  private long live(ClientId client, Instant now) {
    return done(queries.countLive(Rows.REALM, client, now));
  }

  @Test
  void aGrantIsLiveUntilItsRefreshTokenLapsesAndNotAsLongAsItIsKept() {
    ClientId client = rows.newClient();
    Instant lapses = opened(client, Duration.ofHours(1)).plus(Duration.ofHours(1));
    assertEquals(1, live(client, lapses.minus(MOMENT)));
    assertEquals(0, live(client, lapses));
    assertEquals(0, live(client, lapses.plus(MOMENT)));
  }

  @Test
  void aGrantIsLiveUntilItsAccessTokenExpiresWhereThatIsLater() {
    ClientId client = rows.newClient();
    Instant expires = opened(client, Duration.ofMinutes(1)).plus(ACCESS);
    assertEquals(1, live(client, expires.minus(MOMENT)));
    assertEquals(0, live(client, expires));
    assertEquals(0, live(client, expires.plus(MOMENT)));
  }
}
