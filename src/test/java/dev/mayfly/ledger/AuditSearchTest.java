package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.TrailRow;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.OAuthError;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class AuditSearchTest {
  @Inject Ledger ledger;
  @Inject AuditSearch search;
  @Inject AuditCheckpoints checkpoints;
  @Inject Clock clock;
  @Inject Rows rows;

  private ClientId client;
  private Instant begun;

  @BeforeEach
  void aClientOfOurOwn() {
    client = rows.newClient();
    begun = clock.instant();
  }

  private static AuditSearch.Wanted wanted(String client) {
    return new AuditSearch.Wanted(
        Optional.of(Rows.REALM.value()),
        Optional.of(client),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        50);
  }

  private AuditSearch.Wanted of(
      Optional<UUID> grant,
      Optional<String> address,
      Optional<String> country,
      Optional<String> event,
      Optional<String> severity) {
    return new AuditSearch.Wanted(
        Optional.empty(),
        Optional.of(client.value()),
        grant,
        address,
        country,
        event,
        severity,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        50);
  }

  private long count(AuditSearch.Wanted wanted) {
    return done(search.find(wanted)).rows().size();
  }

  private void refused(Instant at, String address, String country) {
    AuditContext context =
        new AuditContext(
            at,
            Rows.REALM,
            Optional.of(client),
            UUID.randomUUID().toString(),
            address,
            Optional.ofNullable(country));
    done(
        ledger.record(
            new Entry.Note(
                new AuditEvent.TokenRefused(context, OAuthError.INVALID_SCOPE, "x"), List.of())));
  }

  @Test
  void eachFilterFindsWhatItSaysAndNothingElse() {
    Entry.OpenGrant open = rows.open(client);
    GrantId grant = open.grant().id();
    done(ledger.record(open));
    refused(begun, "198.51.100.1", "FR");
    refused(begun, "198.51.100.2", null);
    Optional<String> none = Optional.empty();
    assertEquals(3, count(wanted(client.value())));
    assertEquals(0, count(wanted(client.value() + "x")));
    assertEquals(1, count(of(Optional.of(grant.value()), none, none, none, none)));
    assertEquals(0, count(of(Optional.of(UUID.randomUUID()), none, none, none, none)));
    assertEquals(1, count(of(Optional.empty(), Optional.of("198.51.100.1"), none, none, none)));
    assertEquals(1, count(of(Optional.empty(), none, Optional.of("FR"), none, none)));
    assertEquals(2, count(of(Optional.empty(), none, none, Optional.of("token_refused"), none)));
    assertEquals(1, count(of(Optional.empty(), none, none, Optional.of("token_issued"), none)));
    assertEquals(2, count(of(Optional.empty(), none, none, none, Optional.of("warning"))));
    assertEquals(1, count(of(Optional.empty(), none, none, none, Optional.of("info"))));
    assertEquals(
        1,
        count(
            of(
                Optional.empty(),
                Optional.of("198.51.100.1"),
                Optional.of("FR"),
                Optional.of("token_refused"),
                Optional.of("warning"))));
  }

  /// It is a value, whatever it looks like.
  @Test
  void aValueIsNoPartOfTheQuestion() {
    refused(begun, "198.51.100.1", null);
    for (String text : List.of("' or true --", "%", "_", "\\", "a' union select 1 --", ":realm")) {
      assertEquals(0, count(wanted(text)), text);
      assertEquals(
          0,
          count(
              of(
                  Optional.empty(),
                  Optional.of(text),
                  Optional.empty(),
                  Optional.of(text),
                  Optional.of(text))),
          text);
    }
  }

  @Test
  void fromIsIncludedAndUntilIsNot() {
    Instant at = begun.truncatedTo(ChronoUnit.MILLIS);
    refused(at.minusMillis(1), "192.0.2.1", null);
    refused(at, "192.0.2.2", null);
    refused(at.plusMillis(1), "192.0.2.3", null);
    assertEquals(List.of("192.0.2.3", "192.0.2.2"), addresses(between(at, null)));
    assertEquals(List.of("192.0.2.1"), addresses(between(null, at)));
    assertEquals(List.of("192.0.2.2"), addresses(between(at, at.plusMillis(1))));
  }

  private List<String> addresses(AuditSearch.Wanted wanted) {
    return done(search.find(wanted)).rows().stream().map(TrailRow::address).toList();
  }

  private AuditSearch.Wanted between(Instant from, Instant until) {
    return new AuditSearch.Wanted(
        Optional.empty(),
        Optional.of(client.value()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.ofNullable(from),
        Optional.ofNullable(until),
        Optional.empty(),
        50);
  }

  @Test
  void pagesFollowEachOtherWithoutAGapOrARepetition() {
    for (int i = 0; i < 7; i++) {
      refused(begun.plusMillis(i), "192.0.2." + i, null);
    }
    List<String> seen = new ArrayList<>();
    Optional<UUID> after = Optional.empty();
    do {
      AuditSearch.Found page =
          done(
              search.find(
                  new AuditSearch.Wanted(
                      Optional.of(Rows.REALM.value()),
                      Optional.of(client.value()),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      after,
                      3)));
      page.rows().forEach(row -> seen.add(row.address()));
      after = page.after();
    } while (after.isPresent());
    assertEquals(7, seen.size());
    assertEquals("192.0.2.6", seen.getFirst());
    assertEquals("192.0.2.0", seen.getLast());
  }

  @Test
  void noneAndMoreThan500RowsAreNoPage() {
    for (int most : new int[] {0, 501}) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new AuditSearch.Wanted(
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  most));
    }
  }

  /// As after a dump was loaded into a server that counts its transactions from the beginning.
  @Test
  void newRowsStandBehindPlacesThatLieAhead() {
    rows.execute(
        "insert into audit_events (event_id, at, realm, event, severity, client_id, request_id,"
            + " address, detail, place) select uuidv7(), now(), 'ledger-test', 'token_refused',"
            + " 'warning', ?, 'r', '192.0.2.1', '{}', max(place) + 5000000 from audit_events",
        client.value());
    assertTrue(done(checkpoints.goOnBehindWhatIsThere()));
    assertEquals(false, done(checkpoints.goOnBehindWhatIsThere()));
    refused(begun.plus(Duration.ofMillis(1)), "192.0.2.2", null);
    assertEquals(
        1,
        rows.count(
            "select count(*) from audit_events a join audit_events b on a.place > b.place where"
                + " a.client_id = ? and b.client_id = ?",
            client.value(),
            client.value()));
  }
}
