package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.cli.FakeBroker.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminCommandTest {
  private static final String CLIENTS = "/admin/api/realms/nevocoin/clients";
  private static final String GRANT = "0f8f5a52-6c1e-4a71-8a5e-3c1f0d6f9b11";
  private static final String DEMO = "demo/nevocoin/trading-bot.json";

  private FakeBroker broker;
  private CliHome home;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    broker = new FakeBroker();
    home = new CliHome(folder, broker);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  /// One in 64 is so.
  @Test
  void aKidMayBeginWithAHyphen() {
    broker.script("/admin/api/keys/-kid/retire", Reply.json(200, "{\"kid\":\"-kid\"}"));
    Run run = home.run("admin", "keys", "retire", "-kid", "--reason", "due");
    assertEquals(0, run.exitCode(), run.err());
  }

  @Test
  void listsClientsInAlignedColumnsAndMarksTheWeakerOnes() {
    broker.script(
        CLIENTS,
        Reply.json(
            200,
            """
            [{"client_id":"bot","kind":"client","state":"active","attestation":"required",
              "token_endpoint_auth_methods":["client_secret_basic","client_secret_post"],
              "scopes":["orders:read","orders:write"],"secrets":1,"grants":12},
             {"client_id":"dashboard","kind":"client","state":"suspended","attestation":"none",
              "token_endpoint_auth_methods":["client_secret_basic"],
              "scopes":[],"secrets":2,"grants":0},
             {"client_id":"gate","kind":"resource_server","state":"active","attestation":"none",
              "token_endpoint_auth_methods":["private_key_jwt"],
              "scopes":[],"secrets":0,"grants":0}]
            """));
    Run run = home.run("admin", "client", "list", "--realm", "nevocoin");
    assertEquals(0, run.exitCode(), run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals(4, lines.size());
    assertTrue(lines.get(1).matches("bot +client +active .* required +1 +12 +orders:read, .*"));
    assertTrue(lines.get(2).matches("dashboard +client +suspended .* none \\(weaker\\) +2 +0 +-"));
    assertTrue(lines.get(3).matches("gate +resource_server +active .* none +0 +0 +-"));
    assertEquals(lines.get(0).indexOf("GRANTS"), lines.get(1).indexOf("12 "));
    assertEquals(lines.get(0).indexOf("ATTESTATION"), lines.get(2).indexOf("none"));
  }

  @Test
  void listsKeysWithTheirStateAndTheNextRollover() {
    Reply keys =
        Reply.json(
            200,
            """
            [{"kid":"k1","realm":"nevocoin","purpose":"access_token","token":"mayfly",
              "algorithm":"ES256","state":"signing","created_at":"2026-11-01T00:00:00Z",
              "signs_from":"2026-11-02T00:00:00Z","verifies_until":null,"distrusted_at":null,
              "destroyed_at":null,"age_days":19,"next_rollover_at":"2999-01-01T00:00:00Z"},
             {"kid":"k0","realm":"nevocoin","purpose":"access_token","token":"mayfly",
              "algorithm":"ES256","state":"destroyed","created_at":"2026-01-01T00:00:00Z",
              "signs_from":"2026-01-02T00:00:00Z","verifies_until":null,"distrusted_at":null,
              "destroyed_at":"2026-11-03T00:00:00Z","age_days":319,"next_rollover_at":null}]
            """);
    broker.script("/admin/api/keys", keys);
    Run run = home.run("admin", "keys", "list");
    assertEquals(0, run.exitCode(), run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals(2, lines.size(), "destroyed ones only with --all");
    assertTrue(
        lines
            .get(1)
            .matches("nevocoin +access_token +mayfly +ES256 +signing +19 d .* in [0-9]+ d +k1"),
        lines.get(1));
    broker.script("/admin/api/keys", keys);
    Run all = home.run("admin", "keys", "list", "--all");
    assertEquals(3, all.out().lines().count());
  }

  @Test
  void actsOnKeysWantAReason() {
    for (String act : List.of("retire", "compromise")) {
      broker.script(
          "/admin/api/keys/k1/" + act, Reply.json(200, "{\"kid\":\"k1\",\"state\":\"x\"}"));
      assertEquals(2, home.run("admin", "keys", act, "k1").exitCode());
      assertEquals(0, home.run("admin", "keys", act, "k1", "--reason", "leaked").exitCode());
    }
    broker.script(
        "/admin/api/epoch",
        Reply.json(200, "{\"epoch\":2,\"grants_ended\":7,\"keys_distrusted\":4}"));
    assertEquals(2, home.run("admin", "epoch").exitCode());
    Run epoch = home.run("admin", "epoch", "--reason", "restored");
    assertEquals("epoch 2: 7 grants ended, 4 keys distrusted", epoch.out().strip());
  }

  @Test
  void everyRequestIsSignedWithTheAdminCredential() throws Exception {
    broker.script("/admin/api/realms", Reply.json(200, "[]"));
    assertEquals(0, home.run("admin", "realms").exitCode());
    String authorization =
        broker.seenAt("/admin/api/realms").getFirst().header("Authorization").orElseThrow();
    SignedJWT token = SignedJWT.parse(authorization.substring("Bearer ".length()));
    assertTrue(token.verify(new ECDSAVerifier(home.adminKey.toPublicJWK())));
    assertEquals("admin-1", token.getHeader().getKeyID());
  }

  @Test
  void jsonIsPrintedAsTheBrokerGaveIt() throws Exception {
    String realms = "[{\"realm\":\"nevocoin\",\"issuer\":\"https://x\",\"clients\":4}]";
    broker.script("/admin/api/realms", Reply.json(200, realms));
    Run run = home.run("admin", "realms", "--json");
    assertEquals(Json.parse(realms), Json.parse(run.out()));
  }

  @Test
  void showsOneClientWithItsInstancesInLocalTime() {
    broker.script(
        CLIENTS + "/trading-bot",
        Reply.json(
            200,
            """
            {"client_id":"trading-bot","kind":"client","attestation":"none","networks":["127.0.0.0/8"],
             "countries":[],"state_reason":null,"secret_expires_at":"2026-12-21T12:00:00Z",
             "instances":[{"jkt":"abc","attester":"own","address":"127.0.0.1",
                           "attested_at":"2026-11-21T11:00:00Z"}]}
            """));
    Run run = home.run("admin", "client", "show", "trading-bot", "--realm", "nevocoin");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("none (weaker)"), run.out());
    assertTrue(run.out().contains("2026-12-21 13:00:00 CET"), run.out());
    assertTrue(run.out().contains("abc  own       127.0.0.1  2026-11-21 12:00:00 CET"), run.out());
  }

  @Test
  void anActSendsItsReasonAndSaysWhatEnded() throws Exception {
    broker.script(
        CLIENTS + "/trading-bot/suspend",
        Reply.json(
            200, "{\"client_id\":\"trading-bot\",\"state\":\"suspended\",\"grants_ended\":3}"));
    Run run =
        home.run(
            "admin",
            "client",
            "suspend",
            "trading-bot",
            "--realm",
            "nevocoin",
            "--reason",
            "key \"leaked\"");
    assertEquals("trading-bot is suspended; 3 grants ended\n", run.out());
    assertEquals(
        Map.of("reason", "key \"leaked\""),
        Json.object(broker.seenAt(CLIENTS + "/trading-bot/suspend").getFirst().body()));
  }

  @Test
  void anActWithoutReasonIsRefusedBeforeItIsSent() {
    Run missing = home.run("admin", "client", "revoke", "trading-bot", "--realm", "nevocoin");
    assertEquals(CliFailure.USAGE, missing.exitCode());
    assertEquals(1, missing.errLines());
    Run blank =
        home.run(
            "admin", "client", "revoke", "trading-bot", "--realm", "nevocoin", "--reason", " ");
    assertEquals(CliFailure.USAGE, blank.exitCode());
    assertEquals(List.of(), broker.seen);
  }

  @Test
  void showsTheDetailOfARefusal() {
    broker.script(
        CLIENTS + "/nobody",
        Reply.json(404, "{\"title\":\"Not Found\",\"detail\":\"no client nobody\"}"));
    Run run = home.run("admin", "client", "show", "nobody", "--realm", "nevocoin");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertEquals("mayfly: the broker refused: no client nobody", run.err().strip());
  }

  @Test
  void aRotatedSecretIsAloneOnStdout() {
    rotated();
    Run run = rotate();
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("new-secret\n", run.out());
    assertTrue(run.err().contains("the previous one works until 2026-11-22"), run.err());
    assertTrue(run.err().contains("--demo updates it"), run.err());
    assertFalse(run.err().contains("new-secret"));
  }

  @Test
  void aRotatedSecretGoesIntoAFileInsteadOfStdout() throws Exception {
    rotated();
    Run run = rotate("--write", home.folder.resolve("out/secret").toString());
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("", run.out());
    assertEquals("new-secret", home.read("out/secret"));
    assertEquals("rw-------", home.mode("out/secret"));
  }

  @Test
  void aRotatedSecretGoesIntoTheDemoFileAndNothingElseThereChanges() throws Exception {
    Map<String, Object> before = home.readJson(DEMO);
    rotated();
    Run run = rotate("--demo", "--json");
    assertEquals(0, run.exitCode(), run.err());
    Map<String, Object> after = home.readJson(DEMO);
    assertEquals("new-secret", after.get("client_secret"));
    assertEquals(before.keySet(), after.keySet());
    assertEquals(before.get("instance_key"), after.get("instance_key"));
    assertEquals("rw-------", home.mode(DEMO));
    assertFalse(run.out().contains("new-secret"));
    assertEquals("trading-bot", Json.object(run.out()).get("client_id"));
  }

  @Test
  void aPlaceThatCannotBeWrittenShowsBeforeTheSecretIsMade() throws Exception {
    home.write("out", "a file where the folder should be");
    Run run = rotate("--write", home.folder.resolve("out/secret").toString());
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals(List.of(), broker.seen);
  }

  @Test
  void aRefusedRotationLeavesTheFilesAsTheyWere() throws Exception {
    String before = home.read(DEMO);
    broker.script(
        CLIENTS + "/trading-bot/rotate-secret",
        Reply.json(409, "{\"title\":\"Conflict\",\"detail\":\"two secrets live\"}"));
    Run run = rotate("--demo", "--write", home.folder.resolve("out/secret").toString());
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertEquals(before, home.read(DEMO));
    try (var left = Files.list(home.folder.resolve("out"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void aJoinSecretIsAloneOnStdout() {
    broker.script(
        CLIENTS + "/telegram-bot/join-secret",
        Reply.json(
            200,
            "{\"client_id\":\"telegram-bot\",\"join_secret\":\"once\","
                + "\"expires_at\":\"2026-11-21T13:00:00Z\"}"));
    Run run =
        home.run(
            "admin",
            "client",
            "join-secret",
            "telegram-bot",
            "--realm",
            "nevocoin",
            "--reason",
            "new host");
    assertEquals("once\n", run.out());
    assertTrue(run.err().contains("good once until 2026-11-21 14:00:00 CET"), run.err());
  }

  @Test
  void listsTheGrantsOfOneClient() {
    broker.script(
        "/admin/api/realms/nevocoin/grants?client=trading-bot",
        Reply.json(
            200,
            """
            [{"grant_id":"%s","client_id":"trading-bot","scope":"orders:write",
              "instance_jkt":null,"created_at":"2026-11-21T11:00:00Z",
              "ends_at":"2026-11-21T19:00:00Z","refresh_generation":4,
              "refresh_expires_at":"2026-11-21T12:15:00Z","address":"127.0.0.1","country":null}]
            """
                .formatted(GRANT)));
    Run run = home.run("admin", "grant", "list", "--realm", "nevocoin", "--client", "trading-bot");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(2, run.out().lines().count());
    assertTrue(run.out().contains(GRANT), run.out());
  }

  @Test
  void revokesAGrantAndSaysWhenItHadEndedBefore() {
    String path = "/admin/api/realms/nevocoin/grants/" + GRANT + "/revoke";
    broker.script(path, Reply.json(200, "{\"grant_id\":\"%s\",\"revoked\":true}".formatted(GRANT)));
    broker.script(
        path, Reply.json(200, "{\"grant_id\":\"%s\",\"revoked\":false}".formatted(GRANT)));
    assertTrue(revokeGrant().out().endsWith("is revoked\n"));
    assertTrue(revokeGrant().out().endsWith("had ended before\n"));
  }

  @Test
  void takesTheManagementPortOfTheEnvironmentWhenNoBrokerLeftItsFacts() throws Exception {
    Files.delete(home.folder.resolve("pids/%d.json".formatted(ProcessHandle.current().pid())));
    home.environment.put("MAYFLY_MANAGEMENT_PORT", broker.managementUrl().replaceAll(".*:", ""));
    broker.script("/admin/api/realms", Reply.json(200, "[]"));
    assertEquals(0, home.run("admin", "realms").exitCode());
  }

  @Test
  void sendsTheAdminTokenOverPlainHttpOnlyOnThisMachine() {
    for (String elsewhere :
        List.of("http://10.0.0.1:9000", "http://localhost.example", "http://127.0.0.1.example")) {
      Run run = home.run("admin", "realms", "--management-url", elsewhere);
      assertEquals(CliFailure.USAGE, run.exitCode(), elsewhere);
    }
  }

  @Test
  void saysWhatToDoWithoutAdminCredential() throws Exception {
    Files.delete(home.folder.resolve("admin/credential.json"));
    Run run = home.run("admin", "realms");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("./mayfly start"), run.err());
  }

  private void rotated() {
    broker.script(
        CLIENTS + "/trading-bot/rotate-secret",
        Reply.json(
            200,
            "{\"client_id\":\"trading-bot\",\"client_secret\":\"new-secret\","
                + "\"expires_at\":\"2027-01-20T12:00:00Z\","
                + "\"previous_valid_until\":\"2026-11-22T12:00:00Z\"}"));
  }

  private Run rotate(String... more) {
    String[] first = {
      "admin", "client", "rotate-secret", "trading-bot", "--realm", "nevocoin", "--reason", "due"
    };
    return home.run(Stream.of(first, more).flatMap(Arrays::stream).toArray(String[]::new));
  }

  private Run revokeGrant() {
    return home.run(
        "admin", "grant", "revoke", GRANT, "--realm", "nevocoin", "--reason", "unknown address");
  }
}
