package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.OTHER_KEY;
import static dev.mayfly.ledger.Rows.REALM;
import static dev.mayfly.ledger.Rows.begun;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.Outcome.Refusal;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.hibernate.reactive.mutiny.Mutiny;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The one transaction, on the real PostgreSQL.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class LedgerTest {
  @Inject Ledger ledger;
  @Inject Registry registry;
  @Inject Rows rows;
  @Inject Mutiny.SessionFactory sessions;
  @Inject PresentedProofs presented;

  @Inject
  @ReactiveDataSource("batches")
  Pool pool;

  @Inject Vertx vertx;
  @Inject Clock clock;
  @Inject AuditTrail trail;

  private ClientId client;

  @BeforeEach
  void register() {
    client = rows.newClient();
  }

  /// Another replica: a queue and lanes of its own on the same database.
  private Ledger replica() {
    return new Ledger(sessions, presented, pool, vertx, clock, new SimpleMeterRegistry(), trail);
  }

  private Grant opened() {
    return recorded(done(ledger.record(rows.open(client)))).grant();
  }

  private static Outcome.Recorded recorded(Outcome outcome) {
    return assertInstanceOf(Outcome.Recorded.class, outcome, String.valueOf(outcome));
  }

  private static int generation(Outcome outcome) {
    return recorded(outcome).grant().refresh().orElseThrow().generation();
  }

  private static Outcome refused(Refusal refusal) {
    return new Outcome.Refused(refusal);
  }

  private void changeStanding(Standing to) {
    done(
        registry.changeStanding(
            REALM, client, to, "admin", "a test", rows.context(client), _ -> List.of()));
  }

  @Test
  void aGrantComesBackAsItWasRecorded() {
    Grant grant = opened();
    Grant found = done(ledger.find(grant.id())).orElseThrow();
    assertEquals(grant.id(), found.id());
    assertEquals(grant.audience(), found.audience());
    assertEquals(grant.scope(), found.scope());
    assertEquals(Rows.DETAILS, found.details());
    assertEquals(grant.instance(), found.instance());
    assertEquals(grant.country(), found.country());
    assertEquals(grant.status(), found.status());
    assertEquals(1, rows.audited(client, "token_issued"));
  }

  @Test
  void manyAtOnceEachGetTheirOwnOutcome() {
    List<Entry.OpenGrant> entries = new ArrayList<>();
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      entries.add(rows.open(client, List.of(rows.freshMark())));
    }
    entries.forEach(entry -> outcomes.add(begun(ledger.record(entry))));
    for (int i = 0; i < 300; i++) {
      assertEquals(entries.get(i).grant().id(), recorded(outcomes.get(i).join()).grant().id());
    }
    assertEquals(300, rows.liveGrants(client));
    assertEquals(300, rows.audited(client, "token_issued"));
  }

  @Test
  void twoRefreshesAtOnceHaveTheSameSuccessor() {
    GrantId grant = opened().id();
    CompletableFuture<Outcome> one = begun(ledger.record(rows.spend(client, grant, 0)));
    CompletableFuture<Outcome> other = begun(ledger.record(rows.spend(client, grant, 0)));
    assertEquals(1, generation(one.join()));
    assertEquals(1, generation(other.join()));
    assertEquals(1, rows.audited(client, "token_refreshed"));
    assertEquals(1, rows.audited(client, "refresh_retried"));
  }

  @Test
  void refreshesOnSeveralReplicasAtOnceHaveTheSameSuccessor() {
    List<Ledger> replicas = List.of(ledger, replica(), replica());
    for (int round = 0; round < 10; round++) {
      GrantId grant = opened().id();
      List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
      for (Ledger replica : replicas) {
        outcomes.add(begun(replica.record(rows.spend(client, grant, 0))));
        outcomes.add(begun(replica.record(rows.spend(client, grant, 0))));
      }
      outcomes.forEach(outcome -> assertEquals(1, generation(outcome.join())));
    }
    assertEquals(10, rows.audited(client, "token_refreshed"));
    assertEquals(50, rows.audited(client, "refresh_retried"));
  }

  @Test
  void aLineOfDescentGoesOnAndASpentTokenInOtherHandsEndsIt() {
    GrantId grant = opened().id();
    for (int generation = 0; generation < 5; generation++) {
      assertEquals(
          generation + 1, generation(done(ledger.record(rows.spend(client, grant, generation)))));
    }
    assertEquals(
        refused(Refusal.REFRESH_TOKEN_REPLAYED),
        done(ledger.record(rows.spend(client, grant, 4, OTHER_KEY, List.of(rows.freshMark())))));
    assertEquals(refused(Refusal.GRANT_ENDED), done(ledger.record(rows.spend(client, grant, 5))));
    assertEquals(0, rows.liveGrants(client));
    assertEquals(1, rows.audited(client, "refresh_token_replayed"));
    assertEquals(1, rows.audited(client, "refresh_refused"));
  }

  @Test
  void aPoisonedRowFailsAloneAndItsNeighboursAreCommitted() {
    List<CompletableFuture<Outcome>> neighbours = new ArrayList<>();
    List<CompletableFuture<Outcome>> poisoned = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      neighbours.add(begun(ledger.record(rows.open(client))));
      if (i % 20 == 10) {
        poisoned.add(begun(ledger.record(rows.poisoned(client))));
      }
    }
    poisoned.forEach(LedgerTest::failed);
    neighbours.forEach(neighbour -> recorded(neighbour.join()));
    assertEquals(60, rows.liveGrants(client));
    assertEquals(0, rows.audited(client, "token_refused"));
  }

  /// A batch of one row, and it the poisoned one: the queue behind it must not suffer.
  @Test
  void aPoisonedRowThatIsABatchOfItsOwnFailsAloneToo() {
    for (int round = 0; round < 10; round++) {
      CompletableFuture<Outcome> poisoned = begun(ledger.record(rows.poisoned(client)));
      List<CompletableFuture<Outcome>> neighbours = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        neighbours.add(begun(ledger.record(rows.note(client))));
      }
      failed(poisoned);
      neighbours.forEach(neighbour -> assertInstanceOf(Outcome.Noted.class, neighbour.join()));
    }
    assertEquals(200, rows.audited(client, "token_refused"));
  }

  /// Somebody's hand was in the database: the decision itself fails, not a statement.
  @Test
  void aRowThatNothingCanBeMadeOfFailsAloneAndItsNeighboursAreCommitted() {
    GrantId corrupt = opened().id();
    rows.execute("update grants set instance_jkt = '?' where grant_id = ?", corrupt.value());
    List<CompletableFuture<Outcome>> neighbours = new ArrayList<>();
    CompletableFuture<Outcome> unreadable = null;
    for (int i = 0; i < 60; i++) {
      neighbours.add(begun(ledger.record(rows.open(client))));
      if (i == 30) {
        unreadable = begun(ledger.record(rows.spend(client, corrupt, 0)));
      }
    }
    failed(unreadable);
    neighbours.forEach(neighbour -> recorded(neighbour.join()));
    assertEquals(1 + 60, rows.liveGrants(client));
    assertEquals(0, rows.audited(client, "token_refreshed"));
  }

  private static void failed(CompletableFuture<Outcome> outcome) {
    assertInstanceOf(
        LedgerUnavailableException.class,
        assertThrows(CompletionException.class, outcome::join).getCause());
  }

  /// [ATT-8], RFC 9449 §11.1.
  @Test
  void aReplayedProofIsRefusedAndChangesNothing() {
    GrantId grant = opened().id();
    List<ReplayMark> marks = List.of(rows.freshMark());
    assertEquals(1, generation(done(ledger.record(rows.spend(client, grant, 0, Rows.KEY, marks)))));
    assertEquals(
        refused(Refusal.PROOF_REPLAYED),
        done(ledger.record(rows.spend(client, grant, 1, Rows.KEY, marks))));
    assertEquals(
        refused(Refusal.PROOF_REPLAYED),
        done(ledger.record(rows.open(client, List.of(rows.freshMark(), marks.getFirst())))));
    assertEquals(2, rows.audited(client, "proof_replayed"));
    assertEquals(1, rows.liveGrants(client));
    assertEquals(2, generation(done(ledger.record(rows.spend(client, grant, 1)))));
  }

  /// Answered in the words of its own standard.
  @Test
  void aSpentDpopProofIsToldFromOthers() {
    List<ReplayMark> marks =
        List.of(
            ReplayMark.of(
                ReplayMark.DPOP,
                "r",
                "p",
                UUID.randomUUID().toString(),
                clock.instant().plusSeconds(60)));
    assertInstanceOf(Outcome.Recorded.class, done(ledger.record(rows.open(client, marks))));
    assertEquals(refused(Refusal.DPOP_PROOF_SPENT), done(ledger.record(rows.open(client, marks))));
    assertEquals(1, rows.audited(client, "proof_replayed"));
  }

  @Test
  void oneProofHasOneEffectOnHoweverManyReplicas() {
    List<Ledger> replicas = List.of(ledger, replica());
    List<ReplayMark> marks = List.of(rows.freshMark());
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      outcomes.add(begun(replicas.get(i % 2).record(rows.open(client, marks))));
    }
    long recorded =
        outcomes.stream().filter(outcome -> outcome.join() instanceof Outcome.Recorded).count();
    assertEquals(1, recorded);
    assertEquals(1, rows.liveGrants(client));
    assertEquals(31, rows.audited(client, "proof_replayed"));
  }

  @Test
  void aProofWhoseMarkHasEndedIsRefused() {
    List<ReplayMark> ended = List.of(rows.mark(clock.instant()));
    assertEquals(refused(Refusal.PROOF_TOO_OLD), done(ledger.record(rows.open(client, ended))));
    assertEquals(0, rows.liveGrants(client));
    assertEquals(1, rows.audited(client, "client_authentication_failed"));
  }

  @Test
  void claimingTellsWhetherTheProofWasNew() {
    List<ReplayMark> marks = List.of(rows.freshMark());
    assertTrue(done(ledger.claim(rows.context(client), marks)));
    assertEquals(false, done(ledger.claim(rows.context(client), marks)));
  }

  @Test
  void aProofThatWasSpentIsRefusedAmongOthersThatAreClaimedWithIt() {
    ReplayMark spent = rows.freshMark();
    assertTrue(done(ledger.claim(rows.context(client), List.of(spent))));
    List<CompletableFuture<Boolean>> claims = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      ReplayMark mark = i % 8 == 3 ? spent : rows.freshMark();
      claims.add(begun(ledger.claim(rows.context(client), List.of(rows.freshMark(), mark))));
    }
    for (int i = 0; i < 40; i++) {
      assertEquals(i % 8 != 3, claims.get(i).join(), "number " + i);
    }
    assertEquals(5, rows.audited(client, "proof_replayed"));
  }

  @Test
  void aProofWhoseTimeIsOverIsRefusedThoughNobodyUsedIt() {
    ReplayMark late = rows.mark(clock.instant().minusMillis(1));
    assertFalse(done(ledger.claim(rows.context(client), List.of(late))));
    assertEquals(1, rows.audited(client, "client_authentication_failed"));
  }

  @Test
  void aProofOfTheCurrentEraIsGoodOnceForAllReplicas() {
    ReplayMark mark = rows.freshMark().inEra(currentEra());
    Ledger other = replica();
    assertEquals(new Outcome.Noted(), present(ledger, mark));
    assertEquals(refused(Refusal.PROOF_REPLAYED), present(other, mark));
    assertEquals(refused(Refusal.PROOF_REPLAYED), present(ledger, mark));
    assertEquals(2, rows.audited(client, "proof_replayed"));
  }

  @Test
  void whereWhatWasPresentedIsForgottenProofsOfThatEraAreRefusedAndOthersAreGood() {
    int before = currentEra();
    PresentedProofs elsewhere = new PresentedProofs(pool, vertx);
    assertEquals(before, done(elsewhere.era()), "another replica knows it too");
    ReplayMark spent = rows.freshMark().inEra(before);
    ReplayMark unused = rows.freshMark().inEra(before);
    assertEquals(new Outcome.Noted(), present(ledger, spent));
    // As PostgreSQL does when it recovers.
    rows.execute("truncate presented_proofs");
    rows.execute("truncate replay_era");

    assertEquals(refused(Refusal.PROOF_OF_ANOTHER_ERA), present(ledger, spent));
    assertEquals(refused(Refusal.PROOF_OF_ANOTHER_ERA), present(ledger, unused));
    int now = done(presented.era());
    assertNotEquals(before, now);
    assertEquals(before, done(elsewhere.era()), "who has claimed nothing has not heard of it");
    ReplayMark fresh = rows.freshMark().inEra(now);
    assertEquals(new Outcome.Noted(), present(replica(), fresh));
    assertEquals(refused(Refusal.PROOF_REPLAYED), present(ledger, fresh));
    assertEquals(1, rows.count("select count(*) from replay_era"));
  }

  @Test
  void replicasThatBeginAnEraAtTheSameMomentBeginOne() {
    rows.execute("truncate presented_proofs");
    rows.execute("truncate replay_era");
    List<CompletableFuture<Integer>> begun = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      begun.add(begun(new PresentedProofs(pool, vertx).era()));
    }
    assertEquals(1, begun.stream().map(CompletableFuture::join).distinct().count());
  }

  @Test
  void ofSomeProofsOfAnEraThoseAreRefusedThatWereSpentOrAreOfAnother() {
    int era = currentEra();
    ReplayMark spent = rows.freshMark().inEra(era);
    assertEquals(new Outcome.Noted(), present(ledger, spent));
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      ReplayMark mark = i % 8 == 3 ? spent : rows.freshMark().inEra(i % 8 == 5 ? era + 1 : era);
      outcomes.add(begun(ledger.present(rows.context(client), List.of(rows.freshMark(), mark))));
    }
    for (int i = 0; i < 40; i++) {
      Outcome expected =
          switch (i % 8) {
            case 3 -> refused(Refusal.PROOF_REPLAYED);
            case 5 -> refused(Refusal.PROOF_OF_ANOTHER_ERA);
            default -> new Outcome.Noted();
          };
      assertEquals(expected, outcomes.get(i).join(), "number " + i);
    }
    assertEquals(5, rows.audited(client, "proof_replayed"));
  }

  /// As the database has it: another test may have let it forget.
  private int currentEra() {
    return done(new PresentedProofs(pool, vertx).era());
  }

  private Outcome present(Ledger at, ReplayMark mark) {
    return done(at.present(rows.context(client), List.of(mark)));
  }

  @Test
  void anExchangeIsRecordedWithBothTokensAndAttestationOfTheRequest() {
    Grant grant = opened();
    Entry.ExchangeToken exchange = rows.exchange(client, grant.id(), Rows.KEY);
    Outcome.Recorded recorded = recorded(done(ledger.record(exchange)));
    assertEquals(exchange.access(), recorded.access());
    assertEquals(0, generation(recorded), "nothing is spent");
    assertEquals(
        1,
        rows.count(
            "select count(*) from audit_events where event = 'token_exchanged' and client_id = ?"
                + " and jti = ? and detail like ?",
            client.value(),
            exchange.jti().value(),
            "%\"subject_jti\":\"" + exchange.subject().value() + "\"%"));
  }

  @Test
  void anExchangeOnAGrantThatHasEndedIsRefusedAndRecorded() {
    Grant grant = opened();
    done(ledger.record(rows.revoke(client, grant.id())));
    isRefused(Refusal.GRANT_ENDED, rows.exchange(client, grant.id(), Rows.KEY));
    isRefused(Refusal.GRANT_UNKNOWN, rows.exchange(client, GrantId.at(Instant.now()), Rows.KEY));
    assertEquals(2, rows.audited(client, "exchange_refused"));
    assertEquals(0, rows.audited(client, "token_exchanged"));
  }

  @Test
  void anExchangeByAnotherInstanceOrClientIsRefused() {
    Grant grant = opened();
    isRefused(Refusal.WRONG_INSTANCE, rows.exchange(client, grant.id(), OTHER_KEY));
    isRefused(
        Refusal.GRANT_OF_ANOTHER_CLIENT, rows.exchange(rows.newClient(), grant.id(), Rows.KEY));
  }

  private void isRefused(Refusal refusal, Entry entry) {
    assertEquals(refused(refusal), done(ledger.record(entry)));
  }

  @Test
  void aRevokedGrantStaysRevoked() {
    GrantId grant = opened().id();
    assertEquals(new Outcome.Ended(false), done(ledger.record(rows.revoke(client, grant))));
    assertEquals(new Outcome.Ended(true), done(ledger.record(rows.revoke(client, grant))));
    assertEquals(refused(Refusal.GRANT_ENDED), done(ledger.record(rows.spend(client, grant, 0))));
    assertEquals(1, rows.audited(client, "grant_revoked"));
  }

  /// RFC 7009 §2.1.
  @Test
  void anotherClientsGrantIsNotRevokedNorItsStateTold() {
    GrantId grant = opened().id();
    ClientId other = rows.newClient();
    assertEquals(
        refused(Refusal.GRANT_OF_ANOTHER_CLIENT), done(ledger.record(rows.revoke(other, grant))));
    done(ledger.record(rows.revoke(client, grant)));
    assertEquals(
        refused(Refusal.GRANT_OF_ANOTHER_CLIENT), done(ledger.record(rows.revoke(other, grant))));
    assertEquals(2, rows.audited(other, "refresh_refused"));
  }

  @Test
  void aGrantOfAnotherRealmDoesNotExist() {
    GrantId grant = opened().id();
    Entry.RevokeGrant here = rows.revoke(client, grant);
    Entry.RevokeGrant elsewhere =
        new Entry.RevokeGrant(
            new dev.mayfly.audit.AuditContext(
                clock.instant(), new RealmName("nevocoin"), Optional.of(client), "r", "local"),
            List.of(),
            grant,
            Optional.empty(),
            "admin",
            "a test");
    assertEquals(new Outcome.Ended(true), done(ledger.record(elsewhere)));
    assertEquals(new Outcome.Ended(false), done(ledger.record(here)));
  }

  @Test
  void aRefreshThatRacesARevocationNeverOutlivesIt() {
    Ledger replica = replica();
    for (int round = 0; round < 20; round++) {
      GrantId grant = opened().id();
      CompletableFuture<Outcome> refresh = begun(ledger.record(rows.spend(client, grant, 0)));
      CompletableFuture<Outcome> revoke = begun(replica.record(rows.revoke(client, grant)));
      Outcome refreshed = refresh.join();
      assertEquals(new Outcome.Ended(false), revoke.join());
      assertTrue(
          refreshed instanceof Outcome.Recorded || refreshed.equals(refused(Refusal.GRANT_ENDED)),
          refreshed.toString());
      assertEquals(refused(Refusal.GRANT_ENDED), done(ledger.record(rows.spend(client, grant, 1))));
    }
    assertEquals(0, rows.liveGrants(client));
  }

  @Test
  void aSuspendedClientIsRefusedInTheTransactionAndMayComeBack() {
    GrantId grant = opened().id();
    changeStanding(Standing.SUSPENDED);
    assertEquals(refused(Refusal.CLIENT_NOT_ACTIVE), done(ledger.record(rows.open(client))));
    assertEquals(
        refused(Refusal.CLIENT_NOT_ACTIVE), done(ledger.record(rows.spend(client, grant, 0))));
    assertEquals(Optional.empty(), done(ledger.find(grant)));
    assertEquals(2, rows.audited(client, "client_authentication_failed"));
    changeStanding(Standing.ACTIVE);
    assertTrue(done(ledger.find(grant)).isPresent());
    assertEquals(1, generation(done(ledger.record(rows.spend(client, grant, 0)))));
  }

  @Test
  void aClientThatIsNotRegisteredIsRefused() {
    ClientId nobody = new ClientId("nobody");
    assertEquals(refused(Refusal.CLIENT_NOT_ACTIVE), done(ledger.record(rows.open(nobody))));
  }

  @Test
  void revokingAClientEndsItsGrantsForGood() {
    GrantId grant = opened().id();
    opened();
    assertEquals(
        new Registration.StandingChange.Changed(Standing.REVOKED, 2),
        done(
            registry.changeStanding(
                REALM,
                client,
                Standing.REVOKED,
                "admin",
                "a test",
                rows.context(client),
                _ -> List.of())));
    assertEquals(0, rows.liveGrants(client));
    assertEquals(
        refused(Refusal.CLIENT_NOT_ACTIVE), done(ledger.record(rows.spend(client, grant, 0))));
    assertInstanceOf(
        Registration.StandingChange.Refused.class,
        done(
            registry.changeStanding(
                REALM,
                client,
                Standing.ACTIVE,
                "admin",
                "a test",
                rows.context(client),
                _ -> List.of())));
  }

  /// `opening.pml` of the model.
  @Test
  void noGrantSlipsThroughWhileItsClientIsRevoked() {
    Ledger replica = replica();
    for (int round = 0; round < 5; round++) {
      client = rows.newClient();
      List<CompletableFuture<Outcome>> opening = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        opening.add(begun((i % 2 == 0 ? ledger : replica).record(rows.open(client))));
      }
      changeStanding(Standing.REVOKED);
      for (CompletableFuture<Outcome> outcome : opening) {
        assertTrue(
            outcome.join() instanceof Outcome.Recorded
                || outcome.join().equals(refused(Refusal.CLIENT_NOT_ACTIVE)));
      }
      assertEquals(0, rows.liveGrants(client), "round " + round);
    }
  }

  @Test
  void aCallerThatHangsUpLosesTheAnswerAndNotTheRow() {
    Entry.OpenGrant entry = rows.open(client);
    ledger.record(entry).subscribe().with(_ -> {}).cancel();
    // Later entries of one grant come after it: no need to wait.
    assertEquals(
        new Outcome.Ended(false), done(ledger.record(rows.revoke(client, entry.grant().id()))));
    assertEquals(1, rows.audited(client, "token_issued"));
  }

  @Test
  void callersWhoseAnswersAreNeverMadeHoldUpNobody() {
    for (int round = 0; round < 20; round++) {
      List<CompletableFuture<Outcome>> never = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        never.add(begun(ledger.record(rows.open(client), _ -> Uni.createFrom().nothing())));
      }
      opened();
      assertTrue(never.stream().noneMatch(CompletableFuture::isDone));
    }
    assertEquals(20 * 9, rows.liveGrants(client));
  }

  @Test
  void anAnswerIsMadeOfEachOutcomeAndItsFailureIsTheCallers() {
    assertEquals(
        "recorded", done(ledger.record(rows.open(client), _ -> Uni.createFrom().item("recorded"))));
    CompletableFuture<Outcome> failed =
        begun(
            ledger.record(
                rows.open(client),
                _ -> Uni.createFrom().failure(new IllegalStateException("no signature"))));
    assertEquals(
        "no signature",
        assertThrows(CompletionException.class, failed::join).getCause().getMessage());
    assertEquals(2, rows.liveGrants(client));
  }
}
