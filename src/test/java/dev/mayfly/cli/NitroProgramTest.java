package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.cli.CliHome.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./mayfly attest --evidence aws_nitro`: programs of the shell in the place of the one that asks
/// a Nitro Security Module, which only an enclave has.
class NitroProgramTest {
  private static final String ATTEST = "/realms/nevocoin/attest";
  private static final String DOCUMENT =
      Base64.getEncoder().encodeToString(new byte[] {(byte) 0x84, 1, 2, 3});

  private FakeBroker broker;
  private CliHome home;
  private Path folder;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    this.folder = folder;
    broker = new FakeBroker();
    home = new CliHome(folder, broker);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private String program(String text) {
    try {
      Path file = Files.writeString(folder.resolve("program"), "#!/bin/sh\n" + text + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
      return file.toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Run attested(String program) {
    return home.run(
        "attest",
        "--realm",
        "nevocoin",
        "--client",
        "telegram-bot",
        "--evidence",
        "aws_nitro",
        "--nitro-program",
        program);
  }

  @Test
  void showsTheDocumentOverTheChallengeAndTheInstanceKey() throws Exception {
    Path asked = folder.resolve("asked");
    Run run = attested(program("cat > " + asked + "; echo " + DOCUMENT));
    assertEquals(0, run.exitCode(), run.err());
    Map<String, Object> body = Json.object(broker.seenAt(ATTEST).getFirst().body());
    assertEquals(
        Map.of("type", "aws_nitro", "document", DOCUMENT),
        Json.asObject(body.get("evidence")).orElseThrow());
    Map<String, Object> question = Json.object(Files.readString(asked));
    ECKey key =
        ECKey.parse(
            Json.asObject(home.readJson("demo/nevocoin/telegram-bot.json").get("instance_key"))
                .orElseThrow());
    assertEquals(
        Base64.getEncoder().encodeToString(key.toECPublicKey().getEncoded()),
        question.get("public_key"));
    assertTrue(Json.string(question, "nonce").filter(nonce -> !nonce.isEmpty()).isPresent());
  }

  @Test
  void takesTheDocumentAsBytesToo() {
    Run run = attested(program("printf '\\204\\001\\002\\003'"));
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(broker.seenAt(ATTEST).getFirst().body().contains(DOCUMENT));
  }

  @Test
  void refusesWhateverIsNoDocumentAndShowsNothingOfIt() {
    for (String text :
        new String[] {
          "echo a-secret; exit 1",
          "echo a-secret",
          "true",
          "echo " + DOCUMENT + "; exit 3",
          "head -c 20000 /dev/zero",
          "printf '%%%%'"
        }) {
      Run run = attested(program(text));
      assertEquals(CliFailure.UNREACHABLE, run.exitCode(), text);
      assertTrue(!run.err().contains("a-secret"), run.err());
    }
    assertEquals(CliFailure.UNREACHABLE, attested(folder + "/none").exitCode());
    assertEquals(0, broker.seenAt(ATTEST).size());
  }

  @Test
  void needsAProgramForThisKindAndForNoOther() {
    Run without =
        home.run(
            "attest", "--realm", "nevocoin", "--client", "telegram-bot", "--evidence", "aws_nitro");
    assertEquals(CliFailure.USAGE, without.exitCode());
    Run other =
        home.run(
            "attest",
            "--realm",
            "nevocoin",
            "--client",
            "telegram-bot",
            "--evidence",
            "oidc",
            "--nitro-program",
            "x");
    assertEquals(CliFailure.USAGE, other.exitCode());
  }
}
