package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.FirstAdmin;
import dev.mayfly.identity.Invitations;
import dev.mayfly.identity.Role;
import dev.mayfly.identity.Roles;
import dev.mayfly.identity.Site;
import dev.mayfly.identity.SoftAuthenticator;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The ways in, over HTTP, with an authenticator that can be told to misbehave.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class SignInTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Inject AdminsForTests admins;
  @Inject Invitations invitations;
  @Inject FirstAdmin first;
  @Inject RegistrySettings settings;
  @Inject Clock clock;

  private URI url() {
    return URI.create(settings.baseUrl());
  }

  private static ObjectNode json() {
    return Person.json();
  }

  private Person person(String name) {
    return new Person(name, url(), admins, clock);
  }

  private AuditContext context() {
    return new AuditContext(
        clock.instant(), new RealmName("mayfly"), Optional.empty(), "1", "192.0.2.1");
  }

  private String invite(String name, Roles roles) {
    return switch (invitations
        .invite(name, roles, "a test", "a test", context())
        .await()
        .atMost(PATIENCE)) {
      case Invitations.Made.Link link -> link.link();
      case Invitations.Made.NoSuchAdmin _ -> throw new AssertionError("no such admin");
      case Invitations.Made.Refused(String because) -> throw new AssertionError(because);
    };
  }

  private static String newName() {
    return Person.newName();
  }

  private Person admin() {
    Person person = person(newName());
    person.accept(invite(person.name, Roles.everywhere(Role.ROOT)));
    return person;
  }

  private Person signedOut() {
    Person person = admin();
    person.signOut();
    return person;
  }

  private static void assertRefused(Response answer) {
    assertEquals(401, answer.statusCode(), answer::asString);
    assertEquals("that was not right", answer.jsonPath().getString("detail"));
  }

  @Test
  void aLinkMakesOneAdminAndCountsOnce() {
    Person ann = person(newName());
    String link = invite(ann.name, Roles.everywhere(Role.AUDITOR));
    ann.accept(link);
    assertEquals(10, ann.codes.size());
    assertEquals("auditor", ann.get("/me").jsonPath().getString("roles.'*'"));
    assertEquals(404, person(ann.name).tryToAccept(link).statusCode());
  }

  @Test
  void aLinkIsOverWithItsDayAndWhenAnotherIsMade() {
    Person ann = person(newName());
    String old = invite(ann.name, Roles.everywhere(Role.AUDITOR));
    var _ =
        invitations.inviteAgain(ann.name, "a test", "a test", context()).await().atMost(PATIENCE);
    assertEquals(404, ann.tryToAccept(old).statusCode());
    Person bob = person(newName());
    String over = invite(bob.name, Roles.everywhere(Role.AUDITOR));
    admins.sql(
        "update admin_invitations set expires_at = now() where admin_id ="
            + " (select admin_id from admins where name = ?)",
        bob.name);
    assertEquals(404, bob.tryToAccept(over).statusCode());
  }

  @Test
  void aPasskeySignsInWithACookieForNoScriptAndNoOtherSite() {
    Person ann = signedOut();
    Response answer = ann.signIn();
    assertEquals(200, answer.statusCode(), answer::asString);
    String cookie =
        answer.headers().getValues("Set-Cookie").stream()
            .filter(it -> it.startsWith(AdminCookies.SESSION))
            .findFirst()
            .orElseThrow();
    for (String rule : List.of("; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/")) {
      assertTrue(cookie.contains(rule), cookie.substring(cookie.indexOf(';')));
    }
    assertFalse(cookie.contains("Domain"), "__Host- cookies have none");
    assertEquals(ann.name, ann.get("/me").jsonPath().getString("name"));
    ann.signOut();
    assertEquals(401, ann.get("/me").statusCode());
  }

  @Test
  void whoSignedOutIsOutEverywhere() {
    Person ann = admin();
    String kept = ann.session;
    ann.signOut();
    ann.session = kept;
    assertEquals(401, ann.get("/me").statusCode());
  }

  @Test
  void refusesADeviceThatDidNotVerifyItsUser() {
    Person ann = signedOut();
    ann.device.verifiesUser(false);
    assertRefused(ann.signIn());
    ann.refused("passkey_wrong");
    ann.device.verifiesUser(true);
    assertEquals(200, ann.signIn().statusCode());

    Person bob = person(newName());
    bob.device.verifiesUser(false);
    String link = invite(bob.name, Roles.everywhere(Role.AUDITOR));
    assertEquals(409, bob.tryToAccept(link).statusCode());
    bob.device.verifiesUser(true);
    bob.accept(link);
  }

  @Test
  void refusesAnAnswerThatWasGivenToAnotherSite() {
    Person ann = signedOut();
    ann.device.onPageOf("https://evil.example");
    assertRefused(ann.signIn());
    ann.device.onPageOf(Site.origin(url())).inFrame(true);
    assertRefused(ann.signIn());
    ann.device.inFrame(false).forSite("evil.example");
    assertRefused(ann.signIn());
    ann.device.forSite(url().getHost());
    assertEquals(200, ann.signIn().statusCode());
  }

  @Test
  void refusesASecondAnswerToOneChallenge() {
    Person ann = signedOut();
    String challenge = ann.challenge();
    assertEquals(200, ann.answer("/session/passkey", challenge).statusCode());
    ann.signOut();
    assertRefused(ann.answer("/session/passkey", challenge));
    ann.refused("challenge_replayed");
  }

  @Test
  void refusesAChallengeOfAnotherBrowserOrAnotherPurpose() {
    Person ann = admin();
    String stepUp = ann.stepUpChallenge();
    ann.signOut();
    assertRefused(ann.answer("/session/passkey", stepUp));
    Person other = signedOut();
    assertRefused(ann.answer("/session/passkey", other.challenge()));
    String changed = ann.challenge();
    char last = changed.charAt(0) == 'A' ? 'B' : 'A';
    assertRefused(ann.answer("/session/passkey", last + changed.substring(1)));
    assertEquals(200, ann.signIn().statusCode());
  }

  @Test
  void refusesAnotherDevicesSignature() {
    Person ann = signedOut();
    Person other = signedOut();
    String challenge = ann.challenge();
    ObjectNode body = json();
    ObjectNode credential = other.device.get(challenge, ann.id).put("id", ann.device.id());
    body.set("credential", credential);
    assertRefused(ann.post("/session/passkey", body));
    ObjectNode ofNobody = json();
    ofNobody.set("credential", ann.device.get(ann.challenge(), other.id));
    assertRefused(ann.post("/session/passkey", ofNobody));
  }

  @Test
  void refusesACountThatDoesNotRise() {
    Person ann = signedOut();
    ann.device.countsFrom(10);
    assertEquals(200, ann.signIn().statusCode());
    ann.signOut();
    for (long count : new long[] {9, 10, 0}) {
      ann.device.countsFrom(count);
      assertRefused(ann.signIn());
      ann.refused("sign_count_regressed");
    }
    assertEquals(
        List.of("alert", "alert", "alert"),
        admins.texts(
            "select severity from audit_events where detail::jsonb ->> 'because' ="
                + " 'sign_count_regressed' and detail::jsonb ->> 'admin' = ?",
            ann.name));
    ann.device.countsFrom(11);
    assertEquals(200, ann.signIn().statusCode());
  }

  @Test
  void aPasskeyThatNeverCountsIsBelieved() {
    Person ann = person(newName());
    ann.device.countsFrom(0);
    ann.accept(invite(ann.name, Roles.everywhere(Role.AUDITOR)));
    for (int i = 0; i < 2; i++) {
      ann.signOut();
      ann.device.countsFrom(0);
      assertEquals(200, ann.signIn().statusCode());
    }
  }

  private void age(Person person, int seconds) {
    admins.sql(
        "update admin_sessions set proved_at = now() - make_interval(secs => ?) where admin_id = ?",
        seconds,
        person.id);
  }

  @Test
  void whatDestroysAsksForTheSecondFactorAgainAfterFiveMinutes() {
    Person ann = admin();
    ObjectNode change = json().put("reason", "a test");
    String path = "/admins/nobody-of-this-name/suspend";
    assertEquals(404, ann.post(path, change).statusCode());
    age(ann, 310);
    Response asked = ann.post(path, change);
    assertEquals(403, asked.statusCode());
    assertEquals("tag:mayfly.dev,2026:step-up-needed", asked.jsonPath().getString("type"));
    assertEquals(200, ann.stepUp().statusCode());
    assertEquals(404, ann.post(path, change).statusCode());
    age(ann, 310);
    String once = ann.stepUpChallenge();
    assertEquals(200, ann.answer("/session/step-up/passkey", once).statusCode());
    assertEquals(403, ann.answer("/session/step-up/passkey", once).statusCode());
    ann.device.verifiesUser(false);
    assertEquals(403, ann.stepUp().statusCode());
    ann.refused("step_up_wrong");
  }

  @Test
  void aCodeCountsOnceAndOnlyWithTheLoginSecret() {
    Person ann = admin();
    String secret = ann.enrolTotp();
    ann.signOut();
    String spent = AdminsForTests.code(secret, clock.instant());
    // The code that enrolled it is used up, and so is every one before.
    assertRefused(ann.withCode("totp", ann.loginSecret, spent));
    ann.refused("totp_replayed");
    admins.sql("update admins set totp_step = totp_step - 1 where admin_id = ?", ann.id);
    assertRefused(ann.withCode("totp", "ml_" + "A".repeat(43), spent));
    ann.refused("login_secret_wrong");
    String next = AdminsForTests.code(secret, clock.instant());
    assertEquals(200, ann.withCode("totp", ann.loginSecret, next).statusCode());
    ann.signOut();
    assertRefused(ann.withCode("totp", ann.loginSecret, next));
    assertRefused(ann.withCode("totp", ann.loginSecret, "000000"));
    Person unknown = person("nobody-" + ann.name);
    // Names of nobody share one count, with other tests too.
    int status = unknown.withCode("totp", ann.loginSecret, next).statusCode();
    assertTrue(List.of(401, 429).contains(status), "was " + status);
  }

  @Test
  void aCodeConfirmsAnAct() {
    Person ann = admin();
    String secret = ann.enrolTotp();
    age(ann, 310);
    admins.sql("update admins set totp_step = totp_step - 1 where admin_id = ?", ann.id);
    ObjectNode code = json().put("code", AdminsForTests.code(secret, clock.instant()));
    assertEquals(200, ann.post("/session/step-up/totp", code).statusCode());
    assertEquals(403, ann.post("/session/step-up/totp", code).statusCode());
  }

  @Test
  void aRecoveryCodeCountsOnceAndLetsItsHolderAddAPasskeyOnly() {
    Person ann = signedOut();
    String code = ann.codes.getFirst();
    assertRefused(ann.withCode("recovery", "ml_" + "A".repeat(43), code));
    Response in = ann.withCode("recovery", ann.loginSecret, code);
    assertEquals(200, in.statusCode(), in::asString);
    assertTrue(in.jsonPath().getBoolean("session.recovering"));
    assertEquals(9, in.jsonPath().getInt("recovery_codes_left"));
    assertEquals(403, ann.get("/admins").statusCode());
    assertEquals(403, ann.delete("/me/passkeys/" + ann.device.id()).statusCode());
    assertEquals(403, ann.post("/me/recovery-codes", json()).statusCode());
    SoftAuthenticator second = new SoftAuthenticator(url().getHost(), Site.origin(url()));
    String challenge = ann.post("/me/passkeys/options", json()).jsonPath().getString("challenge");
    ObjectNode body = json().put("name", "another");
    body.set("credential", second.create(challenge));
    assertEquals(200, ann.post("/me/passkeys", body).statusCode());
    ann.signOut();
    assertRefused(ann.withCode("recovery", ann.loginSecret, code));
    ann.refused("recovery_code_wrong");
    assertEquals(
        List.of("alert"),
        admins.texts(
            "select severity from audit_events where event = 'admin_recovery_code_used' and"
                + " detail::jsonb ->> 'admin' = ?",
            ann.name));
  }

  @Test
  void whoeverGuessesIsSlowedDownForThisNameOnly() {
    Person ann = signedOut();
    Person bob = signedOut();
    int asked = 0;
    Response answer;
    do {
      answer = ann.withCode("recovery", "ml_" + "A".repeat(43), "x");
      asked++;
    } while (answer.statusCode() == 401 && asked < 50);
    assertEquals(429, answer.statusCode());
    assertEquals(11, asked);
    assertEquals(429, ann.signIn().statusCode());
    assertEquals(200, bob.signIn().statusCode());
  }

  /// Not 403: who is slowed down has not been judged, and should know when to come again.
  @Test
  void aStepUpThatIsSlowedDownSaysForHowLong() {
    Person ann = admin();
    String wrong = ann.challenge();
    for (int i = 0; i < 10; i++) {
      assertEquals(403, ann.answer("/session/step-up/passkey", wrong).statusCode());
    }
    Response slowed = ann.stepUp();
    assertEquals(429, slowed.statusCode(), slowed::asString);
    int seconds = Integer.parseInt(slowed.header("Retry-After"));
    assertTrue(seconds > 30 && seconds <= 60, () -> "was " + seconds);
    assertEquals(429, ann.post("/session/step-up/totp", json().put("code", "1")).statusCode());
  }

  @Test
  void anAdminWhoIsSuspendedIsOutAtOnceAndCannotComeBack() {
    Person ann = admin();
    Person root = admin();
    ObjectNode why = json().put("reason", "a test");
    assertEquals(200, root.post("/admins/" + ann.name + "/suspend", why).statusCode());
    assertEquals(401, ann.get("/me").statusCode());
    ann.csrf = "";
    assertRefused(ann.signIn());
    ann.refused("not_active");
    assertEquals(200, root.post("/admins/" + ann.name + "/resume", why).statusCode());
    assertEquals(200, ann.signIn().statusCode());
  }

  /// All others are suspended behind the broker's back: this test wants the broker for itself.
  @Test
  void theLastRootStaysAndOnlyWhileThereIsNobodyIsThereALink() {
    Person root = admin();
    assertEquals(Optional.empty(), first.link(context()).await().atMost(PATIENCE));
    List<String> others =
        admins.texts("select name from admins where state = 'active' and name <> ?", root.name);
    admins.sql(
        "update admins set state = 'suspended' where state = 'active' and name <> ?", root.name);
    try {
      ObjectNode why = json().put("reason", "a test");
      ObjectNode less = json().put("reason", "a test");
      less.putObject("roles").put("*", "security_admin");
      String path = "/admins/" + root.name;
      assertEquals(409, root.post(path + "/suspend", why).statusCode());
      assertEquals(409, root.post(path + "/remove", why).statusCode());
      assertEquals(409, root.replace(path, path + "/roles", less).statusCode());
      assertEquals(409, root.delete("/me/passkeys/" + root.device.id()).statusCode());
      assertEquals("root", root.get("/me").jsonPath().getString("roles.'*'"));

      admins.sql("update admins set state = 'suspended' where name = ?", root.name);
      // Who cannot make an admin is nobody to ask.
      var _ = admins.machine("*=security_admin", "active", List.of(), AdminsForTests.Ages.FRESH);
      String link = first.link(context()).await().atMost(PATIENCE).orElseThrow();
      Person newcomer = person("admin");
      newcomer.accept(link);
      assertEquals("root", newcomer.get("/me").jsonPath().getString("roles.'*'"));
      assertEquals(Optional.empty(), first.link(context()).await().atMost(PATIENCE));
      assertNotEquals(newcomer.id, root.id);
    } finally {
      for (String name : others) {
        admins.sql("update admins set state = 'active' where name = ?", name);
      }
    }
  }
}
