package dev.mayfly.admin;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.Site;
import dev.mayfly.registry.Realms;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Admins that are machines, over HTTP: how they are made, and how they come in.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class MachineTest {
  @Inject AdminsForTests admins;
  @Inject AdminTable table;
  @Inject Realms realms;
  @Inject RegistrySettings settings;
  @Inject Clock clock;

  private DescribedAnswers described;

  private final String name = "m-" + UUID.randomUUID();
  private final ECKey key = newKey();

  @BeforeEach
  void forgetAttempts() {
    admins.sql("delete from sign_in_attempts");
    described = new DescribedAnswers(table);
    RestAssured.filters(described);
  }

  @AfterEach
  void everyAnswerIsAsItIsDescribed() {
    RestAssured.replaceFiltersWith(List.of());
    assertEquals(List.of(), described.objections());
  }

  private static ECKey newKey() {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID("k-1").generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static ObjectNode json() {
    return Answers.JSON.createObjectNode();
  }

  private static JsonNode jwks(ECKey key) {
    return Answers.JSON.valueToTree(
        java.util.Map.of("keys", List.of(key.toPublicJWK().toJSONObject())));
  }

  private Response asRoot(String path, ObjectNode body) {
    return asRoot(path, body, "");
  }

  /// What the machine's account is at this moment.
  private String tag() {
    AdminsForTests.Made auditor =
        admins.signedIn("*=auditor", "active", "passkey", AdminsForTests.Ages.FRESH);
    return given()
        .header("Cookie", AdminCookies.SESSION + "=" + auditor.cookie())
        .get(AdminTable.BASE + "/admins/" + name)
        .header("ETag");
  }

  private Response asRoot(String path, ObjectNode body, String seen) {
    AdminsForTests.Made root =
        admins.signedIn("*=root", "active", "passkey", AdminsForTests.Ages.FRESH);
    var request = seen.isEmpty() ? given() : given().header("If-Match", seen);
    return request
        .header("Origin", Site.origin(URI.create(settings.baseUrl())))
        .header("Cookie", AdminCookies.SESSION + "=" + root.cookie())
        .header(AdminBrowser.CSRF, root.csrf())
        .contentType("application/json")
        .body(body.toString())
        .post(AdminTable.BASE + path);
  }

  private String here() {
    return realms.all().iterator().next().name().value();
  }

  private ObjectNode wanted() {
    ObjectNode body = json().put("name", name).put("reason", "a test");
    body.putObject("roles").put(here(), "security_admin");
    body.set("jwks", jwks(key));
    return body;
  }

  private void add(String... may) {
    ObjectNode body = wanted();
    if (may.length > 0) {
      List.of(may).forEach(body.putArray("may")::add);
    }
    Response added = asRoot("/machines", body);
    assertEquals(200, added.statusCode(), added::asString);
    assertEquals("private_key_jwt", added.jsonPath().getString("machine.by"));
  }

  private JWTClaimsSet.Builder claims() {
    Instant now = clock.instant();
    return new JWTClaimsSet.Builder()
        .issuer(name)
        .subject(name)
        .audience(settings.baseUrl() + "/admin/api")
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plusSeconds(60)))
        .jwtID(UUID.randomUUID().toString());
  }

  private static String signed(JWTClaimsSet.Builder claims, ECKey key) {
    try {
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
              claims.build());
      jwt.sign(new ECDSASigner(key));
      return jwt.serialize();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static Response enter(String assertion) {
    return given()
        .header("Sec-Fetch-Site", "same-origin")
        .contentType("application/json")
        .body(json().put("client_assertion", assertion).toString())
        .post(AdminTable.BASE + "/session/machine");
  }

  private String token() {
    Response in = enter(signed(claims(), key));
    assertEquals(200, in.statusCode(), in::asString);
    return in.jsonPath().getString("token");
  }

  private static Response get(String token, String path) {
    return given().header("Authorization", "Bearer " + token).get(AdminTable.BASE + path);
  }

  private static Response post(String token, String path) {
    return given()
        .header("Authorization", "Bearer " + token)
        .contentType("application/json")
        .body("{\"reason\":\"a test\"}")
        .post(AdminTable.BASE + path);
  }

  private void refused(Response answer, String because) {
    assertEquals(401, answer.statusCode(), answer::asString);
    assertEquals("that was not right", answer.jsonPath().getString("detail"));
    assertEquals(
        List.of(because),
        admins.texts(
            "select detail::jsonb ->> 'because' from audit_events where event ="
                + " 'admin_sign_in_failed' and detail::jsonb ->> 'admin' = ? order by at desc"
                + " limit 1",
            name));
  }

  @Test
  void aMachineComesInByItsKeyAndDoesWhatItsRoleAllows() {
    add();
    String token = token();
    Response me = get(token, "/me");
    assertEquals(name, me.jsonPath().getString("name"));
    assertEquals("machine_key", me.jsonPath().getString("session.method"));
    assertEquals(200, get(token, "/realms/" + here() + "/clients").statusCode());
    assertEquals(404, post(token, "/realms/" + here() + "/clients/nobody/suspend").statusCode());
    assertEquals(403, get(token, "/admins").statusCode());
    assertEquals(
        409,
        given()
            .header("Authorization", "Bearer " + token)
            .delete(AdminTable.BASE + "/session")
            .statusCode());
    assertEquals(
        List.of("machine_key"),
        admins.texts(
            "select detail::jsonb ->> 'method' from audit_events where event = 'admin_signed_in'"
                + " and detail::jsonb ->> 'admin' = ?",
            name));
  }

  @Test
  void whatPeopleConfirmAMachineDoesOnlyWhereItWasGivenThatAct() {
    add();
    String act = "/realms/" + here() + "/clients/nobody/revoke";
    Response refused = post(token(), act);
    assertEquals(403, refused.statusCode());
    assertEquals("this machine was not given this act", refused.jsonPath().getString("detail"));
  }

  @Test
  void aMachineThatWasGivenActsDoesThoseAndNoOthers() {
    add("POST /realms/:realm/clients/:client/revoke");
    String token = token();
    String client = "/realms/" + here() + "/clients/nobody";
    assertEquals(404, post(token, client + "/revoke").statusCode());
    assertEquals(403, post(token, client + "/suspend").statusCode());
    assertEquals(403, get(token, "/realms/" + here() + "/clients").statusCode());
    assertEquals(200, get(token, "/me").statusCode());
  }

  @Test
  void anAssertionCountsOnce() {
    add();
    String assertion = signed(claims(), key);
    assertEquals(200, enter(assertion).statusCode());
    refused(enter(assertion), "assertion_replayed");
    assertEquals(
        List.of("alert"),
        admins.texts(
            "select severity from audit_events where detail::jsonb ->> 'because' ="
                + " 'assertion_replayed' and detail::jsonb ->> 'admin' = ?",
            name));
  }

  @Test
  void refusesAnAssertionForSomebodyElseOrBySomebodyElse() {
    add();
    refused(enter(signed(claims(), newKey())), "assertion_signature_wrong");
    refused(
        enter(signed(claims().audience("https://elsewhere/admin/api"), key)),
        "assertion_for_another");
    refused(enter(signed(claims().audience(settings.baseUrl()), key)), "assertion_for_another");
    refused(
        enter(signed(claims().expirationTime(Date.from(clock.instant().minusSeconds(60))), key)),
        "assertion_out_of_time");
    assertEquals(401, enter("x.y.z").statusCode());
    assertEquals(401, enter(signed(claims().subject("another"), key)).statusCode());
  }

  @Test
  void aMachineThatIsSuspendedIsOutAndCannotComeBack() {
    add();
    String token = token();
    ObjectNode why = json().put("reason", "a test");
    assertEquals(200, asRoot("/admins/" + name + "/suspend", why).statusCode());
    assertEquals(401, get(token, "/me").statusCode());
    refused(enter(signed(claims(), key)), "not_active");
    assertEquals(200, asRoot("/admins/" + name + "/resume", why).statusCode());
    assertEquals(200, get(token(), "/me").statusCode());
    assertEquals(200, asRoot("/admins/" + name + "/remove", why).statusCode());
    refused(enter(signed(claims(), key)), "no_machine_key");
  }

  @Test
  void otherKeysEndWhatThoseBeforeHaveOpened() {
    add();
    String token = token();
    ECKey next = newKey();
    ObjectNode body = json().put("reason", "a test");
    body.set("jwks", jwks(next));
    assertEquals(200, asRoot("/machines/" + name + "/keys", body).statusCode());
    assertEquals(401, get(token, "/me").statusCode());
    refused(enter(signed(claims(), key)), "assertion_signature_wrong");
    assertEquals(200, enter(signed(claims(), next)).statusCode());
    assertEquals(404, asRoot("/machines/nobody/keys", body).statusCode());
  }

  @Test
  void aMachineIsNeitherRootNorInvited() {
    add();
    ObjectNode body = json().put("reason", "a test");
    assertEquals(409, asRoot("/admins/" + name + "/invitation", body).statusCode());
    body.putObject("roles").put("*", "root");
    assertEquals(409, asRoot("/admins/" + name + "/roles", body, tag()).statusCode());
    ObjectNode root = wanted().put("name", "r" + name);
    root.putObject("roles").put("*", "root");
    assertEquals(400, asRoot("/machines", root).statusCode());
    assertEquals(409, asRoot("/machines", wanted()).statusCode());
  }

  @Test
  void refusesKeysThatAreNoneOrPrivateAndActsThatAreNone() {
    ObjectNode secret = wanted();
    secret.putObject("jwks").putArray("keys").add(Answers.JSON.valueToTree(key.toJSONObject()));
    ObjectNode none = wanted();
    none.putObject("jwks").putArray("keys");
    ObjectNode both = wanted().put("certificate", "x");
    ObjectNode neither = wanted();
    neither.remove("jwks");
    ObjectNode notPem = neither.deepCopy().put("certificate", "x");
    ObjectNode symmetric = wanted();
    symmetric
        .putObject("jwks")
        .putArray("keys")
        .addObject()
        .put("kty", "oct")
        .put("k", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    for (ObjectNode wrong : List.of(secret, none, both, neither, notPem, symmetric)) {
      Response answer = asRoot("/machines", wrong);
      assertEquals(400, answer.statusCode(), answer::asString);
      assertFalse(answer.asString().contains(key.getD().toString()), "shows the private key");
    }
    for (String act :
        List.of("POST /epoch", "POST /realms/x/clients/y/revoke", "", "POST /me/passkeys")) {
      ObjectNode wrong = wanted();
      wrong.putArray("may").add(act);
      assertEquals(400, asRoot("/machines", wrong).statusCode(), act);
    }
    assertEquals(List.of(), admins.texts("select name from admins where name = ?", name));
  }

  @Test
  void whoGuessesIsSlowedDown() {
    add();
    for (int i = 0; i < 10; i++) {
      assertEquals(401, enter(signed(claims(), newKey())).statusCode());
    }
    Response slowed = enter(signed(claims(), key));
    assertEquals(429, slowed.statusCode());
    assertTrue(Integer.parseInt(slowed.header("Retry-After")) <= 60);
  }
}
