package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.cli.FakeBroker.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttestCommandTest {
  private static final String ATTEST = "/realms/nevocoin/attest";
  private static final String DEMO = "demo/nevocoin/trading-bot.json";
  private static final String NEW = "demo/nevocoin/telegram-bot.json";

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
  void renewsByTheInstanceKeyAndSaysUntilWhen() throws Exception {
    String before = (String) home.readJson(DEMO).get("attestation");
    Run run = home.run("attest", "--realm", "nevocoin", "--client", "trading-bot");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(
        run.out()
            .startsWith(
                "nevocoin/trading-bot is attested until 2026-11-22 13:00:00 CET, in 1 d 0 h"),
        run.out());
    assertEquals(
        Json.object("{\"client_id\":\"trading-bot\",\"evidence\":{\"type\":\"instance_key\"}}"),
        Json.object(broker.seenAt(ATTEST).getFirst().body()));
    assertNotEquals(before, home.readJson(DEMO).get("attestation"));
    assertEquals("rw-------", home.mode(DEMO));
  }

  @Test
  void answersTheNonceOfARefusalOnce() {
    broker.script(ATTEST, nonce("nonce-1"));
    Run run = home.run("attest", "--realm", "nevocoin", "--client", "trading-bot");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(2, broker.seenAt(ATTEST).size());
  }

  @Test
  void doesNotAnswerASecondNonce() {
    broker.script(ATTEST, nonce("nonce-1"));
    broker.script(ATTEST, nonce("nonce-1"));
    Run run = home.run("attest", "--realm", "nevocoin", "--client", "trading-bot");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertEquals(2, broker.seenAt(ATTEST).size());
  }

  @Test
  void joinsWithASecretFromAFileAndWritesCredentialsOnlyTheOwnerCanRead() throws Exception {
    home.write("join.txt", FakeBroker.JOIN_SECRET + "\n");
    Run run = join("join.txt");
    assertEquals(0, run.exitCode(), run.err());
    Map<String, Object> written = home.readJson(NEW);
    assertEquals("telegram-bot", written.get("client_id"));
    assertEquals("rw-------", home.mode(NEW));
    ECKey joined = ECKey.parse(Json.asObject(written.get("instance_key")).orElseThrow());
    assertTrue(joined.isPrivate());
    assertEquals(joined.toPublicJWK(), proofKey(0));
    assertTrue(run.out().contains(joined.computeThumbprint().toString()), run.out());
    assertTrue(run.err().contains("--client-secret-file"), run.err());
    assertFalse((run.out() + run.err()).contains(FakeBroker.JOIN_SECRET));
    assertFalse(pendingExists());
  }

  @Test
  void joinsWithASecretFromStandardInputAndTakesTheClientSecretFromAFile() throws Exception {
    home.stdin = FakeBroker.JOIN_SECRET + "\n";
    home.write("secret.txt", "the-client-secret\n");
    Run run =
        home.run(
            "attest",
            "--realm",
            "nevocoin",
            "--client",
            "telegram-bot",
            "--join-secret-file",
            "-",
            "--client-secret-file",
            home.folder.resolve("secret.txt").toString());
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("the-client-secret", home.readJson(NEW).get("client_secret"));
    assertEquals("", run.err());
  }

  @Test
  void aRefusedJoinLeavesNothingBehind() throws Exception {
    home.write("join.txt", "wrong");
    Run run = join("join.txt");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertEquals(
        "mayfly: the broker refused: invalid_client (wrong join secret)", run.err().strip());
    assertFalse(Files.exists(home.folder.resolve(NEW)));
    assertFalse(pendingExists());
  }

  /// The join secret is spent and its answer lost: the key that was sent is the instance.
  @Test
  void aLostAnswerToAJoinIsMadeGoodByRunningItAgain() throws Exception {
    home.write("join.txt", FakeBroker.JOIN_SECRET);
    broker.script(ATTEST, Reply.json(502, ""));
    assertEquals(CliFailure.UNREACHABLE, join("join.txt").exitCode());
    assertTrue(pendingExists());
    assertEquals("rw-------", home.mode(NEW + ".joining"));
    Run again = join("join.txt");
    assertEquals(0, again.exitCode(), again.err());
    assertEquals(proofKey(0), proofKey(1));
    assertTrue(broker.seenAt(ATTEST).get(1).body().contains("\"instance_key\""));
    assertEquals(2, broker.seenAt(ATTEST).size());
    assertFalse(pendingExists());
  }

  /// The request itself was lost: the key is unknown there, the secret still good.
  @Test
  void aJoinThatNeverArrivedIsSentAgainWithTheSameKey() throws Exception {
    home.write("join.txt", FakeBroker.JOIN_SECRET);
    broker.script(ATTEST, Reply.json(502, ""));
    join("join.txt");
    broker.script(ATTEST, FakeBroker.refusal(401, "invalid_client", "unknown instance"));
    Run again = join("join.txt");
    assertEquals(0, again.exitCode(), again.err());
    assertEquals(3, broker.seenAt(ATTEST).size());
    assertEquals(proofKey(0), proofKey(2));
  }

  @Test
  void aJoinThatMightHaveWorkedKeepsItsKeyWhenTheBrokerIsUnwell() throws Exception {
    home.write("join.txt", FakeBroker.JOIN_SECRET);
    broker.script(ATTEST, FakeBroker.refusal(503, "temporarily_unavailable", "HSM down"));
    assertEquals(CliFailure.REFUSED, join("join.txt").exitCode());
    assertTrue(pendingExists());
  }

  @Test
  void aClientWithoutInstanceKeyIsToldHowToJoin() throws Exception {
    home.write(DEMO, "{\"client_id\":\"trading-bot\",\"client_secret\":\"x\"}");
    Run run = home.run("attest", "--realm", "nevocoin", "--client", "trading-bot");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("--join-secret-file joins"), run.err());
  }

  @Test
  void anEmptySecretFileIsRefusedBeforeAnythingIsSent() throws Exception {
    home.write("join.txt", "\n");
    assertEquals(CliFailure.UNREACHABLE, join("join.txt").exitCode());
    assertEquals(List.of(), broker.seen);
  }

  private Run join(String file) {
    return home.run(
        "attest",
        "--realm",
        "nevocoin",
        "--client",
        "telegram-bot",
        "--join-secret-file",
        home.folder.resolve(file).toString());
  }

  private boolean pendingExists() {
    return Files.exists(home.folder.resolve(NEW + ".joining"));
  }

  private Object proofKey(int request) throws Exception {
    String proof = broker.seenAt(ATTEST).get(request).header("DPoP").orElseThrow();
    return SignedJWT.parse(proof).getHeader().getJWK();
  }

  private static Reply nonce(String nonce) {
    return new Reply(400, Map.of("DPoP-Nonce", nonce), "{\"error\":\"use_dpop_nonce\"}");
  }
}
