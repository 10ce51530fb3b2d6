package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.cli.FakeBroker.Reply;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeopleCommandTest {
  private static final String ANN =
      "{\"name\":\"ann\",\"state\":\"active\",\"roles\":{\"nevocoin\":\"operator\"},"
          + "\"passkeys\":[{\"id\":\"x\"}],\"totp_since\":null,\"recovery_codes_left\":9,"
          + "\"signed_in_at\":null}";

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
  void printsTheLinkAndNothingElse() throws Exception {
    broker.script(
        "/admin/api/admins", Reply.json(200, "{\"link\":\"https://b/admin/welcome#mi_x\"}"));
    Run run =
        home.run(
            "admin",
            "people",
            "invite",
            "ann",
            "--role",
            "nevocoin=operator",
            "--role",
            "*=auditor",
            "--reason",
            "new");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("https://b/admin/welcome#mi_x\n", run.out());
    String body = broker.seenAt("/admin/api/admins").getFirst().body();
    assertEquals("ann", Json.object(body).get("name"));
    assertEquals(
        java.util.Map.of("nevocoin", "operator", "*", "auditor"), Json.object(body).get("roles"));
    assertEquals("new", Json.object(body).get("reason"));
  }

  @Test
  void listsWhoTheAdminsAre() {
    broker.script("/admin/api/admins", Reply.json(200, "[" + ANN + "]"));
    Run run = home.run("admin", "people", "list");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("nevocoin=operator"), run.out());
  }

  @Test
  void saysWhatBecameOfAnAdmin() {
    for (String act : new String[] {"suspend", "resume", "remove"}) {
      broker.script("/admin/api/admins/ann/" + act, Reply.json(200, ANN));
      Run run = home.run("admin", "people", act, "ann", "--reason", "test");
      assertEquals("ann is active, with nevocoin=operator\n", run.out(), run.err());
    }
  }

  @Test
  void givesRolesInThePlaceOfThoseThatWereSeen() {
    broker.script("/admin/api/admins/ann", new Reply(200, java.util.Map.of("ETag", "\"v7\""), ANN));
    broker.script("/admin/api/admins/ann/roles", Reply.json(200, ANN));
    Run run =
        home.run("admin", "people", "roles", "ann", "--role", "*=auditor", "--reason", "test");
    assertEquals("ann is active, with nevocoin=operator\n", run.out(), run.err());
    assertEquals(
        "\"v7\"",
        broker.seenAt("/admin/api/admins/ann/roles").getFirst().header("If-Match").orElseThrow());
  }

  @Test
  void neverMakesAPathOfAName() {
    Run run = home.run("admin", "people", "remove", "../realms", "--reason", "test");
    assertEquals(CliFailure.USAGE, run.exitCode());
  }
}
