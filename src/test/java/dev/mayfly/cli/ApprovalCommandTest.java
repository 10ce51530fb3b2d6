package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.cli.FakeBroker.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Acts that wait for a second admin, at the terminal.
class ApprovalCommandTest {
  private static final String PENDING =
      """
      {"approval_id":"a-1","realm":"nevocoin","kind":"client_resume","state":"pending",
       "summary":"resume bot","digest":"-h0ff","proposed_by":"ann","reason":"checked",
       "proposed_at":"2026-11-22T10:00:00Z","expires_at":"2026-11-23T10:00:00Z"}
      """;

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

  @Test
  void listsWhatWaits() {
    String done = PENDING.replace("a-1", "a-2").replace("pending", "done");
    broker.script("/admin/api/approvals", Reply.json(200, "[" + PENDING + "," + done + "]"));
    Run run = home.run("admin", "approval", "list", "--pending");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("resume bot"), run.out());
    assertTrue(run.out().contains("a-1"), run.out());
    assertFalse(run.out().contains("a-2"), run.out());
  }

  @Test
  void showsAllThatWouldBeDone() {
    String whole = PENDING.strip().replaceFirst("}$", ",\"act\":{\"act\":\"resume_client\"}}");
    broker.script("/admin/api/approvals/a-1", Reply.json(200, whole));
    Run run = home.run("admin", "approval", "show", "a-1");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("-h0ff"), run.out());
    assertTrue(run.out().contains("resume_client"), run.out());
  }

  @Test
  void approvesWhatWasShownAndSaysWhatBecameOfIt() throws Exception {
    String done = PENDING.replace("pending", "done");
    broker.script("/admin/api/approvals/a-1/approve", Reply.json(200, done));
    Run run = home.run("admin", "approval", "approve", "a-1", "--digest=-h0ff", "--reason", "seen");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("done"), run.out());
    assertEquals(
        Map.of("reason", "seen", "digest", "-h0ff"),
        Json.object(broker.seenAt("/admin/api/approvals/a-1/approve").getFirst().body()));
  }

  @Test
  void anActThatWaitsIsNotTakenForDone() throws Exception {
    broker.script("/admin/api/realms/nevocoin/clients/bot/resume", Reply.json(202, PENDING));
    Run run =
        home.run("admin", "client", "resume", "bot", "--realm", "nevocoin", "--reason", "fine");
    assertEquals(AdminOptions.WAITS, run.exitCode(), run.out());
    assertEquals("", run.out());
    assertTrue(run.err().contains("admin approval show a-1"), run.err());
  }

  @Test
  void realmFilesThatWaitAreNotTakenForApplied(@TempDir Path files) throws Exception {
    Files.writeString(files.resolve("a.yaml"), "realm: a");
    broker.script("/admin/api/realms/apply", Reply.json(202, PENDING));
    Run run = home.run("realm", "apply", "--dir", files.toString());
    assertEquals(AdminOptions.WAITS, run.exitCode(), run.out());
    assertTrue(run.err().contains("not done yet"), run.err());
  }
}
