package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.cli.FakeBroker.Reply;
import dev.mayfly.cli.FakeBroker.Seen;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionCommandsTest {
  private static final String SESSION = "/admin/api/session";
  private static final String REALMS = "/admin/api/realms";
  private static final String ANN = "{\"name\":\"ann\",\"roles\":{\"*\":\"root\"}}";
  private static final Reply STEP_UP =
      Reply.json(403, "{\"type\":\"tag:mayfly.dev,2026:step-up-needed\",\"detail\":\"confirm\"}");

  private FakeBroker broker;
  private CliHome home;
  private String kept;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    broker = new FakeBroker();
    home = new CliHome(folder, broker);
    home.environment.put("XDG_CONFIG_HOME", folder.resolve("config").toString());
    kept = "config/mayfly/sessions/localhost_%d.json".formatted(URI.create(broker.url()).getPort());
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private static Reply signedIn(String token) {
    return new Reply(
        200, Map.of("Set-Cookie", "__Host-mayfly-admin=" + token + "; Path=/; Secure"), ANN);
  }

  private void login() {
    broker.script(SESSION + "/totp", signedIn("token-1"));
    home.stdin = "the-secret\n123456\n";
    Run run = home.run("admin", "login", "--totp", "ann");
    assertEquals(0, run.exitCode(), run.err());
  }

  private void withoutHomeKey() throws Exception {
    Files.delete(home.folder.resolve("admin/credential.json"));
  }

  private Optional<String> bearerOfLast(String path) {
    return broker.seenAt(path).getLast().header("Authorization");
  }

  @Test
  void signsInByWhatIsTypedAndShowsNoneOfIt() throws Exception {
    broker.script(SESSION + "/totp", signedIn("token-1"));
    home.stdin = "the-secret\n123456\n";
    Run run = home.run("admin", "login", "--totp", "ann");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("signed in at %s as ann\n".formatted(broker.url()), run.out());
    Map<String, Object> sent = Json.object(broker.seenAt(SESSION + "/totp").getFirst().body());
    assertEquals(Map.of("name", "ann", "secret", "the-secret", "code", "123456"), sent);
    assertEquals("token-1", home.readJson(kept).get("token"));
    assertEquals("rw-------", home.mode(kept));
    for (String secret : List.of("the-secret", "123456", "token-1")) {
      assertFalse((run.out() + run.err()).contains(secret), secret);
    }
  }

  @Test
  void keepsNothingOfASignInThatIsRefused() {
    broker.script(SESSION + "/totp", Reply.json(401, "{\"detail\":\"that was not right\"}"));
    home.stdin = "the-secret\n123456\n";
    Run run = home.run("admin", "login", "--totp", "ann");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertTrue(run.err().contains("that was not right"), run.err());
    assertFalse(Files.exists(home.folder.resolve(kept)));
  }

  @Test
  void showsACodeAndWaitsForTheBrowser() throws Exception {
    broker.script(
        SESSION + "/terminal",
        Reply.json(
            200,
            "{\"login\":\"secret-login\",\"user_code\":\"BCDF-GHJK\",\"page\":\"https://b/admin/terminal\",\"interval\":0}"));
    broker.script(SESSION + "/terminal/poll", Reply.json(200, "{\"state\":\"waiting\"}"));
    broker.script(SESSION + "/terminal/poll", Reply.json(429, "{\"detail\":\"wait\"}"));
    broker.script(SESSION + "/terminal/poll", signedIn("token-2"));
    Run run = home.run("admin", "login");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains("BCDF-GHJK"), run.err());
    assertTrue(run.err().contains("https://b/admin/terminal"), run.err());
    assertFalse((run.out() + run.err()).contains("secret-login"));
    assertEquals(3, broker.seenAt(SESSION + "/terminal/poll").size());
    assertEquals("token-2", home.readJson(kept).get("token"));
  }

  @Test
  void aTerminalThatIsRefusedSaysSo() {
    broker.script(SESSION + "/terminal", Reply.json(200, "{\"login\":\"x\",\"interval\":0}"));
    broker.script(
        SESSION + "/terminal/poll",
        Reply.json(403, "{\"detail\":\"the admin said no to this terminal\"}"));
    Run run = home.run("admin", "login");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertTrue(run.err().contains("said no"), run.err());
  }

  @Test
  void commandsActInTheNameOfWhoSignedInWhereTheHomesKeyIsNotHereOrOnDemand() throws Exception {
    login();
    broker.script(REALMS, Reply.json(200, "[]"));
    assertEquals(0, home.run("admin", "realms").exitCode());
    assertTrue(bearerOfLast(REALMS).orElseThrow().startsWith("Bearer eyJ"), "not the home's key");
    for (List<String> how : List.of(List.of("--as-me"), List.of("--server", broker.url()))) {
      broker.script(REALMS, Reply.json(200, "[]"));
      List<String> all = new java.util.ArrayList<>(List.of("admin", "realms"));
      all.addAll(how);
      Run run = home.run(all.toArray(String[]::new));
      assertEquals(0, run.exitCode(), run.err());
      assertEquals(Optional.of("Bearer token-1"), bearerOfLast(REALMS));
    }
    withoutHomeKey();
    broker.script(REALMS, Reply.json(200, "[]"));
    assertEquals(0, home.run("admin", "realms").exitCode());
    assertEquals(Optional.of("Bearer token-1"), bearerOfLast(REALMS));
  }

  @Test
  void aSessionGoesToNoOtherBroker() {
    login();
    Run run = home.run("admin", "realms", "--server", "https://elsewhere.example");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("not signed in at https://elsewhere.example"), run.err());
    assertEquals(
        CliFailure.USAGE, home.run("admin", "realms", "--server", "http://localhost:1").exitCode());
  }

  @Test
  void aSessionThatIsOverIsForgotten() throws Exception {
    login();
    broker.script(REALMS, Reply.json(401, "{\"detail\":\"sign in first\"}"));
    Run run = home.run("admin", "realms", "--as-me");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertTrue(run.err().contains("./mayfly admin login"), run.err());
    assertFalse(Files.exists(home.folder.resolve(kept)));
  }

  @Test
  void anActThatAsksForTheSecondFactorAsksForACodeAndIsTriedAgain() throws Exception {
    login();
    String act = "/admin/api/epoch";
    broker.script(act, STEP_UP);
    broker.script("/admin/api/me", Reply.json(200, "{\"totp_since\":\"2026-01-01T00:00:00Z\"}"));
    broker.script(SESSION + "/step-up/totp", Reply.json(200, ANN));
    broker.script(act, Reply.json(200, "{\"epoch\":2,\"grants_ended\":0,\"keys_distrusted\":0}"));
    home.stdin = "654321\n";
    Run run = home.run("admin", "epoch", "--reason", "test", "--as-me");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(
        Map.of("code", "654321"),
        Json.object(broker.seenAt(SESSION + "/step-up/totp").getFirst().body()));
    assertEquals(2, broker.seenAt(act).size());
  }

  @Test
  void withoutAnAuthenticatorAppTheBrowserIsAskedAgain() throws Exception {
    login();
    String act = "/admin/api/epoch";
    broker.script(act, STEP_UP);
    broker.script("/admin/api/me", Reply.json(200, "{\"totp_since\":null}"));
    broker.script(SESSION + "/terminal", Reply.json(200, "{\"login\":\"x\",\"interval\":0}"));
    broker.script(SESSION + "/terminal/poll", signedIn("token-9"));
    broker.script(SESSION, Reply.json(200, "{}"));
    broker.script(act, Reply.json(200, "{\"epoch\":2,\"grants_ended\":0,\"keys_distrusted\":0}"));
    Run run = home.run("admin", "epoch", "--reason", "test", "--as-me");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(Optional.of("Bearer token-9"), bearerOfLast(act));
    assertEquals("token-9", home.readJson(kept).get("token"));
    Seen ended = broker.seenAt(SESSION).getFirst();
    assertEquals("DELETE", ended.method());
    assertEquals(Optional.of("Bearer token-1"), ended.header("Authorization"));
  }

  @Test
  void logoutEndsTheSessionHereAndThere() throws Exception {
    login();
    broker.script(SESSION, new Reply(204, Map.of(), ""));
    Run run = home.run("admin", "logout");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("DELETE", broker.seenAt(SESSION).getFirst().method());
    assertFalse(Files.exists(home.folder.resolve(kept)));
    assertEquals(CliFailure.UNREACHABLE, home.run("admin", "logout").exitCode());
  }

  @Test
  void logoutForgetsTheSessionAlsoWhereTheBrokerFails() {
    login();
    broker.script(SESSION, Reply.json(503, "{\"detail\":\"the database is not available\"}"));
    assertEquals(CliFailure.REFUSED, home.run("admin", "logout").exitCode());
    assertFalse(Files.exists(home.folder.resolve(kept)));
  }

  @Test
  void saysAsWhomCommandsAct() {
    login();
    broker.script(
        "/admin/api/me",
        Reply.json(
            200,
            "{\"name\":\"ann\",\"roles\":{\"*\":\"root\"},\"session\":{\"method\":\"totp\",\"ends_at\":\"2026-11-21T20:00:00Z\",\"idle_ends_at\":\"2026-11-21T12:15:00Z\"}}"));
    Run run = home.run("admin", "whoami", "--as-me");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("ann"), run.out());
    assertTrue(run.out().contains("*=root"), run.out());
    assertTrue(run.out().contains("totp"), run.out());
  }

  @Test
  void aMachineComesInByItsKey() throws Exception {
    Path file = home.folder.resolve("deploy.key");
    Run made = home.run("admin", "machine", "new-key", "deploy", "--to", file.toString());
    assertEquals(0, made.exitCode(), made.err());
    assertEquals("rw-------", home.mode("deploy.key"));
    String secret =
        Json.string(Json.asObject(home.readJson("deploy.key").get("jwk")).orElseThrow(), "d")
            .orElseThrow();
    assertFalse(made.out().contains(secret), "the private half is shown");
    home.write("deploy.jwks", made.out());

    broker.script(
        "/admin/api/machines",
        Reply.json(
            200, "{\"name\":\"deploy\",\"state\":\"active\",\"roles\":{\"a\":\"operator\"}}"));
    Run added =
        home.run(
            "admin",
            "machine",
            "add",
            "deploy",
            "--jwks",
            home.folder.resolve("deploy.jwks").toString(),
            "--role",
            "a=operator",
            "--may",
            "GET /realms",
            "--reason",
            "new");
    assertEquals("deploy is active, with a=operator\n", added.out(), added.err());
    Map<String, Object> body = Json.object(broker.seenAt("/admin/api/machines").getFirst().body());
    assertEquals(List.of("GET /realms"), body.get("may"));
    assertTrue(Json.asObject(body.get("jwks")).orElseThrow().containsKey("keys"));

    broker.script(SESSION + "/machine", Reply.json(200, "{\"token\":\"token-m\"}"));
    broker.script(REALMS, Reply.json(200, "[]"));
    Run run = home.run("admin", "realms", "--machine-key", file.toString());
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(Optional.of("Bearer token-m"), bearerOfLast(REALMS));
    String assertion =
        Json.string(
                Json.object(broker.seenAt(SESSION + "/machine").getFirst().body()),
                "client_assertion")
            .orElseThrow();
    var claims = com.nimbusds.jwt.SignedJWT.parse(assertion).getJWTClaimsSet();
    assertEquals("deploy", claims.getIssuer());
    assertEquals("deploy", claims.getSubject());
    assertEquals(List.of(broker.url() + "/admin/api"), claims.getAudience());
    assertFalse((run.out() + run.err()).contains("token-m"));
  }

  @Test
  void aMachineIsKnownByOneKindOfKey() {
    assertEquals(
        CliFailure.USAGE,
        home.run(
                "admin",
                "machine",
                "add",
                "deploy",
                "--jwks",
                "a",
                "--certificate",
                "b",
                "--role",
                "a=operator",
                "--reason",
                "new")
            .exitCode());
  }
}
