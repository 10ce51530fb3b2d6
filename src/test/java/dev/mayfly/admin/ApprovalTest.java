package dev.mayfly.admin;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.AdminsForTests.Ages;
import dev.mayfly.identity.Site;
import dev.mayfly.ledger.Approval;
import dev.mayfly.ledger.Approvals;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Acts that need two admins, over HTTP.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class ApprovalTest {
  private static final String RULES = "four_eyes: [client_resume, scope_widening, key_compromise]";

  @Inject AdminTable table;
  @Inject AdminsForTests admins;
  @Inject RegistrySettings settings;
  @Inject Clock clock;

  private DescribedAnswers described;
  private SignedInAdmin ann;
  private SignedInAdmin bob;
  private RealmForTests realm;

  private SignedInAdmin admin(String roles, Ages ages) {
    return new SignedInAdmin(
        admins.signedIn(roles, "active", "passkey", ages),
        Site.origin(URI.create(settings.baseUrl())),
        List.of(described));
  }

  @BeforeEach
  void realm() {
    described = new DescribedAnswers(table);
    ann = admin("*=root", Ages.FRESH);
    bob = admin("*=root", Ages.FRESH);
    realm = RealmForTests.apply(ann, RULES);
    ann.act(client("/suspend"));
  }

  @AfterEach
  void everyAnswerIsAsDescribed() {
    assertEquals(List.of(), described.objections());
  }

  private String client(String below) {
    return realm.path("/clients/in-the-file" + below);
  }

  private String state() {
    return ann.get(client("")).path("state");
  }

  private Response resume() {
    Response answer = ann.act(client("/resume"));
    assertEquals(202, answer.statusCode(), answer::asString);
    return answer;
  }

  private static Response approve(SignedInAdmin who, Response proposed) {
    return who.post(
        "/approvals/" + proposed.path("approval_id") + "/approve",
        Map.of("reason", "seen", "digest", proposed.path("digest")));
  }

  private static Response reject(SignedInAdmin who, Response proposed) {
    return who.act("/approvals/" + proposed.path("approval_id") + "/reject");
  }

  private List<String> trail(String event) {
    return admins.texts(
        "select coalesce(detail::json ->> 'step', '') || ' ' || (detail::json ->> 'by') from"
            + " audit_events where realm = ? and event = ? order by at, event_id",
        realm.name(),
        event);
  }

  @Test
  void whatOneProposesAnotherDoes() {
    Response proposed = resume();
    assertEquals("suspended", state());
    Response done = approve(bob, proposed);
    assertEquals(200, done.statusCode(), done::asString);
    assertEquals("done", done.path("state"));
    assertEquals("active", done.path("result.state"));
    assertEquals("active", state());
    assertEquals(
        List.of("proposed " + ann.name(), "approved " + bob.name()), trail("approval_changed"));
    assertTrue(
        trail("client_state_changed").getLast().endsWith(ann.name() + "+" + bob.name()),
        () -> trail("client_state_changed").toString());
  }

  @Test
  void nobodyApprovesWhatIsTheirOwn() {
    Response proposed = resume();
    assertEquals(403, approve(ann, proposed).statusCode());
    assertEquals("suspended", state());
  }

  private Response asMachine(List<String> may, String path, Object body) {
    String token =
        admins.machine(realm.name() + "=security_admin", "active", may, Ages.FRESH).cookie();
    return given()
        .filter(described)
        .header("Authorization", "Bearer " + token)
        .contentType("application/json")
        .body(body)
        .post(AdminTable.BASE + path);
  }

  /// Two programs are no two pairs of eyes, whatever they were given.
  @Test
  void aMachineProposesAndAPersonApproves() {
    Response proposed =
        asMachine(List.of(), client("/resume"), Map.of("reason", "its build is good"));
    assertEquals(202, proposed.statusCode(), proposed::asString);
    Response other =
        asMachine(
            List.of("POST /approvals/:approval/approve"),
            "/approvals/" + proposed.path("approval_id") + "/approve",
            Map.of("reason", "seen", "digest", proposed.path("digest")));
    assertEquals(403, other.statusCode());
    assertTrue(other.asString().contains("a person"), other::asString);
    assertEquals("suspended", state());
    assertEquals(200, approve(bob, proposed).statusCode());
  }

  @Test
  void whoeverApprovesNeedsTheRoleAndAFreshProof() {
    Response proposed = resume();
    String here = realm.name();
    assertEquals(403, approve(admin(here + "=auditor", Ages.FRESH), proposed).statusCode());
    assertEquals(404, approve(admin("elsewhere=operator", Ages.FRESH), proposed).statusCode());
    Ages stale = Ages.FRESH.proved(Duration.ofMinutes(5).plusSeconds(1));
    Response old = approve(admin(here + "=operator", stale), proposed);
    assertEquals("tag:mayfly.dev,2026:step-up-needed", old.path("type"));
    assertEquals("suspended", state());
    Response done = approve(admin(here + "=operator", Ages.FRESH), proposed);
    assertEquals(200, done.statusCode(), done::asString);
  }

  @Test
  void ofOtherRealmsNothingIsTold() {
    Response proposed = resume();
    String id = proposed.path("approval_id");
    SignedInAdmin stranger = admin("elsewhere=security_admin", Ages.FRESH);
    assertEquals(404, stranger.get("/approvals/" + id).statusCode());
    assertEquals(404, reject(stranger, proposed).statusCode());
    assertFalse(stranger.get("/approvals").asString().contains(id));
    SignedInAdmin auditor = admin(realm.name() + "=auditor", Ages.FRESH);
    assertTrue(auditor.get("/approvals").asString().contains(id));
    assertEquals("resume_client", auditor.get("/approvals/" + id).path("act.act"));
    assertEquals(403, reject(auditor, proposed).statusCode());
  }

  @Test
  void whatIsApprovedIsWhatWasLookedAt() {
    Response proposed = resume();
    Response other =
        bob.post(
            "/approvals/" + proposed.path("approval_id") + "/approve",
            Map.of("reason", "seen", "digest", "0".repeat(64)));
    assertEquals(409, other.statusCode());
    assertEquals("suspended", state());
  }

  @Test
  void whatChangedMeanwhileIsNotUndone() {
    Response proposed = resume();
    bob.act(client("/suspend"));
    Response late = approve(bob, proposed);
    assertEquals(412, late.statusCode(), late::asString);
    assertEquals("suspended", state());
    assertEquals("failed", bob.get("/approvals/" + proposed.path("approval_id")).path("state"));
    assertEquals(409, approve(bob, proposed).statusCode(), "it is not tried again");
    assertEquals(3, trail("approval_changed").size());
  }

  @Test
  void whoeverProposedItMustBeAbleToDoItStill() {
    Response proposed = resume();
    admins.sql("update admins set state = 'suspended' where admin_id = ?", ann.made().admin());
    Response answer = approve(bob, proposed);
    assertEquals(409, answer.statusCode(), answer::asString);
    admins.sql(
        "update admins set state = 'active', roles = '*=auditor' where admin_id = ?",
        ann.made().admin());
    assertEquals(409, approve(bob, proposed).statusCode());
    assertEquals("suspended", bob.get(client("")).path("state"));
  }

  @Test
  void ofTwoWhoApproveAtOnceOneDoesIt() throws Exception {
    Response proposed = resume();
    List<SignedInAdmin> others = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      others.add(admin("*=root", Ages.FRESH));
    }
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(others.size())) {
      List<Callable<Integer>> all = new ArrayList<>();
      others.forEach(one -> all.add(() -> approve(one, proposed).statusCode()));
      for (Future<Integer> answer : threads.invokeAll(all)) {
        statuses.add(answer.get());
      }
    }
    assertEquals(1, statuses.stream().filter(status -> status == 200).count(), statuses::toString);
    assertEquals(4, statuses.stream().filter(status -> status == 409).count(), statuses::toString);
    assertEquals(2, trail("approval_changed").size());
  }

  @Test
  void whatIsRejectedOrTakenBackIsNotDone() {
    Response proposed = resume();
    assertEquals("rejected", reject(bob, proposed).path("state"));
    assertEquals(409, approve(bob, proposed).statusCode());
    Response again = resume();
    assertEquals("rejected", reject(ann, again).path("state"), "by whoever proposed it");
    assertEquals(409, reject(bob, again).statusCode());
    assertEquals("suspended", state());
  }

  @Test
  void aDayLaterItIsTooLate() {
    Response proposed = resume();
    setEnd(proposed, clock.instant().minusMillis(1));
    assertEquals(409, approve(bob, proposed).statusCode());
    setEnd(proposed, clock.instant().plusSeconds(30));
    assertEquals(200, approve(bob, proposed).statusCode());
  }

  @Test
  void listsWhatWaitsAndNothingElse() {
    Response proposed = resume();
    Instant end = clock.instant().plusSeconds(30);
    setEnd(proposed, end);
    assertTrue(waiting().contains(proposed.path("approval_id")), "it waits");
    setEnd(proposed, clock.instant());
    assertFalse(waiting().contains(proposed.path("approval_id")), "it is too late for it");
    setEnd(proposed, end);
    reject(bob, proposed);
    assertFalse(waiting().contains(proposed.path("approval_id")), "it is decided");
    assertEquals(400, bob.get("/approvals?state=done").statusCode());
  }

  private List<String> waiting() {
    Response answer = bob.get("/approvals?state=pending");
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer.path("approval_id");
  }

  private void setEnd(Response proposed, Instant end) {
    admins.sql(
        "update approvals set expires_at = ? where approval_id = ?",
        Timestamp.from(end),
        UUID.fromString(proposed.path("approval_id")));
  }

  @Test
  void soManyWaitInARealmAndNoMore() {
    for (int i = 0; i < Approvals.MOST_PENDING; i++) {
      admins.sql(
          "insert into approvals (approval_id, realm, kind, act, digest, summary, state, proposer,"
              + " proposed_by, reason, proposed_at, expires_at) values (?, ?, 'client_resume',"
              + " '{\"act\":\"compromise_key\",\"kid\":\"x\"}', 'd', 's', 'pending', 'p', 'p', 'r',"
              + " now(), now() + interval '1 hour')",
          UUID.randomUUID(),
          realm.name());
    }
    assertEquals(429, ann.act(client("/resume")).statusCode());
    admins.sql("delete from approvals where realm = ?", realm.name());
  }

  @Test
  void aRealmFileThatWidensWaitsAndSoDoesOneThatTakesTheRuleAway() {
    Response plan = ann.post("/realms/plan", realm.files(RULES, "read, write"));
    assertTrue(plan.asString().contains("second admin"), plan::asString);
    Response wider = realm.apply(ann, RULES, "read, write");
    assertEquals(202, wider.statusCode(), wider::asString);
    assertEquals("scope_widening", wider.path("kind"));
    Response without = realm.apply(ann, "", "read");
    assertEquals(202, without.statusCode(), without::asString);
    assertEquals(List.of("read"), ann.get(client("")).path("scopes"));
    Response done = approve(bob, wider);
    assertEquals(200, done.statusCode(), done::asString);
    assertEquals(List.of("read", "write"), ann.get(client("")).path("scopes"));
    assertEquals(412, approve(bob, without).statusCode(), "the realm is another by now");
    assertEquals(200, realm.apply(ann, RULES, "read").statusCode(), "less needs nobody");
    SignedInAdmin ofRealm = admin(realm.name() + "=security_admin", Ages.FRESH);
    assertEquals(404, approve(ofRealm, wider).statusCode(), "realm files are root's");
  }

  @Test
  void aRegisteredClientThatBecomesWiderWaits() {
    String path = realm.path("/clients/tool");
    ann.post(realm.path("/clients"), RealmForTests.registration("tool", "read"));
    Response wider = change(path, RealmForTests.registration("tool", "read", "write"));
    assertEquals(202, wider.statusCode(), wider::asString);
    assertEquals(List.of("read"), ann.get(path).path("scopes"));
    Response more = change(path, RealmForTests.registration("tool", "read", "write", "admin"));
    assertEquals(400, more.statusCode(), "what cannot be is said at once");
    assertEquals(200, approve(bob, wider).statusCode());
    assertEquals(List.of("read", "write"), ann.get(path).path("scopes"));
    Response narrower = change(path, RealmForTests.registration("tool", "write"));
    assertEquals(200, narrower.statusCode(), narrower::asString);
  }

  private Response change(String path, Object body) {
    String seen = ann.get(path).header("ETag");
    return ann.send("PUT", path, Map.of("If-Match", seen), body);
  }

  @Test
  void aKeyOfTheRealmIsDistrustedByTwoByEitherRoute() {
    String kid = ann.get(realm.path("/keys")).path("[0].kid");
    Response one = ann.act(realm.path("/keys/" + kid + "/compromise"));
    Response other = ann.act("/keys/" + kid + "/compromise");
    for (Response proposed : List.of(one, other)) {
      assertEquals(202, proposed.statusCode(), proposed::asString);
      assertEquals("key_compromise", proposed.path("kind"));
    }
    assertEquals("signing", ann.get(realm.path("/keys")).path("[0].state"));
    Response done = approve(bob, one);
    assertEquals(200, done.statusCode(), done::asString);
    assertEquals("distrusted", done.path("result.state"));
    assertEquals(409, approve(bob, other).statusCode(), "it is distrusted already");
    assertEquals(404, ann.act("/keys/no-such-kid/compromise").statusCode());
  }

  @Test
  void aKeyThatIsKeptTellsTheProposalAgain() {
    Map<String, String> key = Map.of(IdempotentActs.KEY, '"' + UUID.randomUUID().toString() + '"');
    Map<String, String> body = Map.of("reason", "a test");
    Response first = ann.send("POST", client("/resume"), key, body);
    Response again = ann.send("POST", client("/resume"), key, body);
    assertEquals(202, again.statusCode(), again::asString);
    assertEquals(first.<String>path("approval_id"), again.path("approval_id"));
    assertEquals(1, trail("approval_changed").size());
  }

  @Test
  void withoutTheRuleOneIsEnough() {
    RealmForTests open = RealmForTests.apply(ann, "");
    ann.act(open.path("/clients/in-the-file/suspend"));
    assertEquals(200, ann.act(open.path("/clients/in-the-file/resume")).statusCode());
    assertEquals(200, open.apply(ann, "", "read, write").statusCode());
  }

  @Test
  void anApprovalIsAsLongAsItsLife() {
    Response proposed = resume();
    Instant from = Instant.parse(proposed.<String>path("proposed_at"));
    assertEquals(from.plus(Approval.LIFE), Instant.parse(proposed.<String>path("expires_at")));
  }
}
