package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.TrailMaker;
import dev.mayfly.audit.TrailVerification.Seen;
import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.cli.FakeBroker.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandsTest {
  private static final String EXPORT = "/admin/api/audit/export";
  private static final String ROWS =
      """
      {"rows":[{"event_id":"019ab0a5-6d4e-7a71-8a5e-3c1f0d6f9b11","place":77,
        "at":"2026-11-21T10:00:00.100000Z","realm":"nevocoin","event":"token_issued",
        "severity":"info","client_id":"bot","grant_id":null,"jti":"j","request_id":"r",
        "address":"192.0.2.7","country":"GB","detail":{"scope":"read"}}],"after":null}
      """;

  private final TrailMaker trail = new TrailMaker();
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

  private Run verify(String... more) {
    broker.script(EXPORT, Reply.json(200, trail.text()));
    return audit("verify", more);
  }

  private Run audit(String command, String... more) {
    String[] all = new String[3 + more.length];
    all[0] = "admin";
    all[1] = "audit";
    all[2] = command;
    System.arraycopy(more, 0, all, 3, more.length);
    return home.run(all);
  }

  @Test
  void listsRowsWithWhatNoColumnHas() {
    broker.script(
        "/admin/api/realms/nevocoin/audit?client=bot&severity=info&limit=50",
        Reply.json(200, ROWS));
    Run run = audit("list", "--realm", "nevocoin", "--client", "bot", "--severity", "info");
    assertEquals(0, run.exitCode(), run.err());
    String line = run.out().lines().toList().get(1);
    assertTrue(line.contains("token_issued  info"), line);
    assertTrue(line.contains("192.0.2.7 GB  jti=j request_id=r scope=read"), line);
  }

  @Test
  void saysWhereASearchGoesOn() {
    broker.script(
        "/admin/api/audit?country=GB&limit=2",
        Reply.json(200, "{\"rows\":[],\"after\":\"an-id\"}"));
    String page = ROWS.replace("\"after\":null", "\"after\":\"another-id\"");
    broker.script("/admin/api/audit?country=GB&after=an-id&limit=2", Reply.json(200, page));
    broker.script("/admin/api/audit?country=GB&after=another-id&limit=1", Reply.json(200, page));
    Run run = audit("list", "--country", "GB", "--limit", "2");
    assertEquals(3, run.out().lines().count(), run.out());
    assertTrue(run.err().contains("--after another-id"), run.err());
  }

  @Test
  void tailShowsTheOldestFirst() {
    broker.script("/admin/api/audit?limit=20", Reply.json(200, ROWS));
    Run run = audit("tail", "--no-follow", "--json");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("\"token_issued\""), run.out());
  }

  @Test
  void aTrailThatIsWholeIsRememberedInTheHome() throws Exception {
    Seen newest = trail.checkpoint(3);
    trail.row();
    Run run = verify();
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().startsWith("whole: 3 rows, up to checkpoint " + newest), run.out());
    assertTrue(run.out().contains("1 rows are not covered yet"), run.out());
    assertTrue(home.read("admin/audit-seen.json").contains(newest.toString()));
  }

  @Test
  void anEditedRowIsExitCode1AndNamed() {
    trail.checkpoint(3);
    trail.lines.set(1, trail.lines.get(1).replace("bot", "rob"));
    Run run = verify();
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.out().contains("the row was edited"), run.out());
    assertTrue(run.out().contains("row 00000000-0020-7000-0000-000000000007"), run.out());
    assertTrue(!Files.exists(home.folder.resolve("admin/audit-seen.json")));
  }

  @Test
  void aChainThatWasCutSinceTheLastTimeIsFoundUnlessARestoreIsAccepted() {
    trail.checkpoint(3);
    trail.checkpoint(3);
    assertEquals(0, verify().exitCode());
    String last = trail.lines.removeLast();
    Run cut = verify();
    assertEquals(1, cut.exitCode(), cut.out());
    assertTrue(cut.out().contains("number 2 was seen before"), cut.out());
    assertEquals(0, verify("--accept-restore").exitCode());
    assertEquals(0, verify().exitCode());
    trail.lines.add(last);
    assertEquals(0, verify().exitCode());
  }

  @Test
  void aCheckpointThatIsExpectedMustBeThere() {
    Seen seen = trail.checkpoint(1);
    assertEquals(0, verify("--expect", seen.toString()).exitCode());
    assertEquals(1, verify("--expect", "2:" + "x".repeat(43)).exitCode());
    assertEquals(2, verify("--expect", "two").exitCode());
  }

  @Test
  void anExportThatEndsEarlySaysNothing() {
    trail.checkpoint(1);
    String whole = trail.text();
    broker.script(EXPORT, Reply.json(200, whole.substring(0, whole.indexOf("{\"end\""))));
    assertEquals(3, audit("verify").exitCode());
    broker.script(EXPORT, Reply.json(200, whole.substring(0, whole.length() - 1)));
    assertEquals(3, audit("verify").exitCode());
  }

  @Test
  void anExportIsVerifiedWithoutABrokerByKeysFromElsewhere() throws Exception {
    trail.checkpoint(2);
    broker.script(EXPORT, Reply.json(200, trail.text()));
    String file = home.folder.resolve("trail.jsonl").toString();
    assertEquals(0, audit("export", "--output", file).exitCode());
    assertEquals(trail.text(), Files.readString(Path.of(file)));
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(file))));
    broker.close();
    home.write("keys.json", trail.jwks());
    String keys = home.folder.resolve("keys.json").toString();
    assertEquals(0, audit("verify", "--file", file, "--keys", keys).exitCode());
    home.write("keys.json", new TrailMaker().jwks());
    assertEquals(1, audit("verify", "--file", file, "--keys", keys).exitCode());
  }

  @Test
  void anExportGoesToStandardOutputAsItIs() {
    trail.checkpoint(2);
    broker.script(EXPORT, Reply.json(200, trail.text()));
    assertEquals(trail.text(), audit("export").out());
  }

  @Test
  void aRefusalOfAnExportIsTold() {
    broker.script(EXPORT, Reply.json(403, "{\"detail\":\"your role does not allow this\"}"));
    Run run = audit("export");
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("your role does not allow this"), run.err());
  }
}
