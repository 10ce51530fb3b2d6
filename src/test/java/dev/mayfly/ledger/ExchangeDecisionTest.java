package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.Severity;
import dev.mayfly.ledger.Outcome.Refusal;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What only the ledger knows of a token that is presented for exchange.
class ExchangeDecisionTest {
  private static final Instant END = Instant.parse("2026-11-22T12:00:00Z");
  private static final ClientId BOT = new ClientId("bot");
  private static final Optional<JwkThumbprint> KEY = Optional.of(new JwkThumbprint("k".repeat(43)));
  private static final Optional<JwkThumbprint> OTHER_KEY =
      Optional.of(new JwkThumbprint("o".repeat(43)));
  private static final Access READ =
      new Access(
          ScopeSet.parse("read"), List.of("https://api.example/"), AuthorizationDetails.NONE);

  private static Grant grant(Optional<JwkThumbprint> instance, Grant.Status status) {
    return new Grant(
        GrantId.at(Instant.now()),
        new RealmName("r"),
        BOT,
        READ.scope(),
        READ.audience(),
        READ.details(),
        Grant.Attestation.NONE,
        instance,
        Optional.empty(),
        "192.0.2.7",
        Optional.empty(),
        END.minusSeconds(900),
        END,
        Optional.empty(),
        status);
  }

  private static final Grant LIVE = grant(KEY, new Grant.Status.Live());

  private static Entry.ExchangeToken by(ClientId client, Optional<JwkThumbprint> key) {
    return new Entry.ExchangeToken(
        new AuditContext(END, new RealmName("r"), Optional.of(client), "1", "192.0.2.7"),
        List.of(),
        LIVE.id(),
        client,
        key,
        Grant.Attestation.NONE,
        0,
        Optional.empty(),
        Jti.random(),
        READ,
        Jti.random());
  }

  private static Optional<Refusal> objection(Grant grant, Entry.ExchangeToken request) {
    return ExchangeDecision.objection(grant, request, END.minusMillis(1));
  }

  @Test
  void nothingIsToBeSaidAgainstTheInstanceOfALiveGrant() {
    assertEquals(Optional.empty(), objection(LIVE, by(BOT, KEY)));
  }

  @Test
  void aGrantThatEndsNowHasEnded() {
    Entry.ExchangeToken request = by(BOT, KEY);
    assertEquals(Optional.empty(), ExchangeDecision.objection(LIVE, request, END.minusNanos(1)));
    assertEquals(Optional.of(Refusal.GRANT_ENDED), ExchangeDecision.objection(LIVE, request, END));
    assertEquals(
        Optional.of(Refusal.GRANT_ENDED),
        ExchangeDecision.objection(LIVE, request, END.plusNanos(1)));
  }

  @Test
  void aRevokedGrantHasEnded() {
    assertEquals(
        Optional.of(Refusal.GRANT_ENDED),
        objection(grant(KEY, new Grant.Status.Revoked(END, "a test")), by(BOT, KEY)));
  }

  @Test
  void nobodyElsesGrantIsUsed() {
    assertEquals(
        Optional.of(Refusal.GRANT_OF_ANOTHER_CLIENT),
        objection(LIVE, by(new ClientId("other"), KEY)));
  }

  @Test
  void theInstanceOfTheGrantHasToProveItsKey() {
    assertEquals(Optional.of(Refusal.WRONG_INSTANCE), objection(LIVE, by(BOT, OTHER_KEY)));
    assertEquals(Optional.of(Refusal.WRONG_INSTANCE), objection(LIVE, by(BOT, Optional.empty())));
    Grant unattested = grant(Optional.empty(), new Grant.Status.Live());
    assertEquals(Optional.empty(), objection(unattested, by(BOT, Optional.empty())));
    assertEquals(Optional.empty(), objection(unattested, by(BOT, KEY)));
  }

  @Test
  void aTokenInOtherHandsIsAnAlert() {
    assertEquals(Severity.ALERT, severity(Refusal.WRONG_INSTANCE));
    assertEquals(Severity.ALERT, severity(Refusal.GRANT_OF_ANOTHER_CLIENT));
    assertEquals(Severity.WARNING, severity(Refusal.GRANT_ENDED));
    assertEquals(Severity.WARNING, severity(Refusal.GRANT_UNKNOWN));
  }

  private static Severity severity(Refusal refusal) {
    AuditEvent event = ExchangeDecision.refused(by(BOT, KEY), refusal);
    return event.severity();
  }
}
