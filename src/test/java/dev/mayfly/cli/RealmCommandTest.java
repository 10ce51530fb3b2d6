package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.cli.FakeBroker.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealmCommandTest {
  private static final String CHANGES =
      """
      {"changes":[
        {"realm":"nevocoin","action":"add","field":"clients.tax-tool","from":null,"to":"client"},
        {"realm":"nevocoin","action":"change","field":"access_token","from":"15m","to":"10m"},
        {"realm":"betpro","action":"remove","field":null,"from":null,"to":null}]}
      """;

  private FakeBroker broker;
  private CliHome home;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    broker = new FakeBroker();
    home = new CliHome(folder, broker);
    home.write("realms/nevocoin.yaml", "issuer: \"x\"\n# \u00e9\n");
    home.write("realms/notes.txt", "not a realm");
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void sendsTheTextOfTheRealmFilesAndOfNoOtherFile() throws Exception {
    broker.script("/admin/api/realms/plan", Reply.json(200, "{\"changes\":[]}"));
    realm("plan");
    assertEquals(
        Map.of("files", Map.of("nevocoin.yaml", "issuer: \"x\"\n# \u00e9\n")),
        Json.object(broker.seenAt("/admin/api/realms/plan").getFirst().body()));
  }

  @Test
  void sendsWhatARealmFileMayNameAndNoPrivateKey() throws Exception {
    home.write("realms/ca/corp.pem", "a certificate");
    home.write("realms/bundle.json", "{}");
    home.write("realms/server.pem", "-----BEGIN PRIVATE KEY-----");
    home.write("realms/realm.schema.json", "{}");
    broker.script("/admin/api/realms/plan", Reply.json(200, "{\"changes\":[]}"));
    realm("plan");
    assertEquals(
        Map.of(
            "files",
            Map.of(
                "nevocoin.yaml",
                "issuer: \"x\"\n# \u00e9\n",
                "ca/corp.pem",
                "a certificate",
                "bundle.json",
                "{}")),
        Json.object(broker.seenAt("/admin/api/realms/plan").getFirst().body()));
  }

  @Test
  void aPlanThatChangesNothingExitsWithZero() {
    broker.script("/admin/api/realms/plan", Reply.json(200, "{\"changes\":[]}"));
    Run run = realm("plan");
    assertEquals(0, run.exitCode());
    assertEquals("nothing changes\n", run.out());
  }

  @Test
  void aPlanThatChangesSomethingPrintsItAndExitsWithTwo() {
    broker.script("/admin/api/realms/plan", Reply.json(200, CHANGES));
    Run run = realm("plan");
    assertEquals(RealmCommand.WOULD_CHANGE, run.exitCode());
    assertEquals(
        """
        + nevocoin clients.tax-tool: client
        ~ nevocoin access_token: 15m -> 10m
        - betpro
        """,
        run.out());
  }

  @Test
  void anApplyThatChangesSomethingExitsWithZero() {
    broker.script("/admin/api/realms/apply", Reply.json(200, CHANGES));
    Run run = realm("apply");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(3, run.out().lines().count());
    assertEquals("mayfly: applied 3 changes", run.err().strip());
  }

  @Test
  void aBadFileIsShownWithItsLineAndColumn() {
    broker.script(
        "/admin/api/realms/apply",
        Reply.json(
            422,
            "{\"title\":\"Unprocessable Content\","
                + "\"detail\":\"nevocoin.yaml:3:5: clients: duplicate trading-bot\"}"));
    Run run = realm("apply");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertEquals(
        "mayfly: the broker refused: nevocoin.yaml:3:5: clients: duplicate trading-bot",
        run.err().strip());
  }

  @Test
  void aFolderWithoutRealmFilesIsNotSent() {
    for (String folder : List.of("tls", "nowhere")) {
      Run run = home.run("realm", "apply", "--dir", home.folder.resolve(folder).toString());
      assertEquals(CliFailure.UNREACHABLE, run.exitCode());
      assertTrue(run.err().startsWith("mayfly: there "), run.err());
    }
    assertEquals(List.of(), broker.seen);
  }

  @Test
  void takesTheFolderOfTheEnvironment() {
    home.environment.put("MAYFLY_REALM_CONFIG", home.folder.resolve("realms").toString());
    broker.script("/admin/api/realms/plan", Reply.json(200, "{\"changes\":[]}"));
    assertEquals(0, home.run("realm", "plan").exitCode());
  }

  private Run realm(String act) {
    return home.run("realm", act, "--dir", home.folder.resolve("realms").toString());
  }
}
