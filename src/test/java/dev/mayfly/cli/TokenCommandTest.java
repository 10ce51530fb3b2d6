package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.cli.FakeBroker.Reply;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenCommandTest {
  private static final String TOKEN = "/realms/nevocoin/token";
  private static final String STORED = "tokens/nevocoin/trading-bot.json";
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

  @Test
  void printsTheTokenResponseAsJsonAndNothingElse() throws Exception {
    Run run = token("--scope", "orders:write");
    assertEquals(0, run.exitCode(), run.err());
    Map<String, Object> response = Json.object(run.out());
    assertEquals("Bearer", response.get("token_type"));
    assertEquals("orders:write", response.get("scope"));
    assertEquals("", run.err());
  }

  private static final String DETAILS = "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}]";

  @Test
  void asksForTheAuthorizationDetailsThatAreGiven() {
    assertEquals(0, token("--authorization-details", " " + DETAILS).exitCode());
    assertEquals(
        DETAILS, broker.seenAt(TOKEN).getLast().form().get("authorization_details"), "canonical");
  }

  @Test
  void readsAuthorizationDetailsFromAFile(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("read.json"), DETAILS + "\n");
    assertEquals(0, token("--authorization-details", "@" + file).exitCode());
    assertEquals(DETAILS, broker.seenAt(TOKEN).getLast().form().get("authorization_details"));
    Run missing = token("--authorization-details", "@" + folder.resolve("nowhere"));
    assertEquals(3, missing.exitCode());
    Files.writeString(file, DETAILS + " ".repeat(8192));
    assertEquals(2, token("--authorization-details", "@" + file).exitCode());
  }

  @Test
  void aSlipInTheAuthorizationDetailsIsToldBeforeAnythingIsSent() {
    Run run = token("--authorization-details", DETAILS.replace("read", "look"));
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("unknown action or side"), run.err());
    assertEquals(2, token("--authorization-details", "read").exitCode());
    assertEquals(List.of(), broker.seenAt(TOKEN));
  }

  @Test
  void keepsTheResponseInAFileOnlyTheOwnerCanRead() throws Exception {
    Run run = token();
    assertEquals(Json.object(run.out()), home.readJson(STORED));
    assertEquals("rw-------", home.mode(STORED));
    assertEquals("rwx------", home.mode("tokens/nevocoin"));
    assertEquals(List.of("trading-bot.json"), filesIn("tokens/nevocoin"));
  }

  @Test
  void refreshesWithTheStoredTokenAndKeepsItsSuccessor() throws Exception {
    token();
    assertEquals("refresh-1", home.readJson(STORED).get("refresh_token"));
    assertEquals(0, token("--refresh").exitCode());
    assertEquals("refresh_token", broker.seenAt(TOKEN).getLast().form().get("grant_type"));
    assertEquals("refresh-2", home.readJson(STORED).get("refresh_token"));
    assertEquals(0, token("--refresh").exitCode());
    assertEquals("refresh-3", home.readJson(STORED).get("refresh_token"));
  }

  @Test
  void bindsTheTokenByOneDpopProofAndRefreshesItSo() throws Exception {
    Run run = token("--dpop");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("DPoP", Json.object(run.out()).get("token_type"));
    assertTrue(broker.seenAt(TOKEN).getLast().header("OAuth-Client-Attestation-PoP").isEmpty());
    Run refreshed = token("--refresh");
    assertEquals(0, refreshed.exitCode(), refreshed.err());
    assertEquals("DPoP", Json.object(refreshed.out()).get("token_type"));
  }

  @Test
  void triesOnceMoreWithTheNonceOfTheRefusal() throws Exception {
    broker.script(
        TOKEN,
        new Reply(
            400,
            Map.of("DPoP-Nonce", "nonce-1", "Content-Type", "application/json"),
            "{\"error\":\"use_dpop_nonce\"}"));
    assertEquals(0, token("--dpop").exitCode());
    assertEquals(2, broker.seenAt(TOKEN).size());
  }

  @Test
  void printsNoScriptForABoundToken() {
    Run run = token("--dpop", "--curl");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("--curl and --dpop exclude each other"), run.err());
  }

  @Test
  void keepsTheStoredRefreshTokenWhenTheAnswerIsNoToken() throws Exception {
    token();
    broker.script(TOKEN, Reply.json(502, "<html>proxy</html>"));
    Run lost = token("--refresh");
    assertEquals(CliFailure.UNREACHABLE, lost.exitCode());
    assertTrue(lost.err().contains("(the stored refresh token is still good)"), lost.err());
    assertEquals("refresh-1", home.readJson(STORED).get("refresh_token"));
    assertEquals(0, token("--refresh").exitCode());
  }

  @Test
  void saysHowToGetAFirstTokenWhenThereIsNoneToRefresh() {
    Run run = token("--refresh");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals(1, run.errLines());
    assertTrue(
        run.err().contains("./mayfly token --realm nevocoin --client trading-bot gets"), run.err());
  }

  @Test
  void saysSoWhenTheLastResponseHadNoRefreshToken() throws Exception {
    home.write(STORED, "{\"access_token\":\"x\"}");
    Run run = token("--refresh");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("had no refresh token"), run.err());
  }

  @Test
  void showsARefusalInOneLineAndExitsWithOne() {
    broker.script(TOKEN, FakeBroker.refusal(400, "invalid_scope", "unknown scope x"));
    Run run = token("--scope", "x");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertEquals("mayfly: the broker refused: invalid_scope (unknown scope x)", run.err().strip());
    assertEquals("", run.out());
  }

  @Test
  void showsARefusedAuthenticationThatComesWithoutAChallengeHeader() {
    broker.script(TOKEN, FakeBroker.refusal(401, "invalid_client", "no"));
    assertEquals("mayfly: the broker refused: invalid_client (no)", token().err().strip());
  }

  @Test
  void makesTextFromTheBrokerSafeForTheTerminal() {
    broker.script(TOKEN, FakeBroker.refusal(400, "invalid_scope", "a\\u001b[31m\\nb"));
    assertEquals("mayfly: the broker refused: invalid_scope (a?[31m?b)", token().err().strip());
  }

  @Test
  void answersTheChallengeOfARefusalOnce() {
    broker.script(TOKEN, challenge("challenge-1"));
    assertEquals(0, token().exitCode());
    assertEquals(2, broker.seenAt(TOKEN).size());
    assertEquals(1, broker.seenAt("/realms/nevocoin/challenge").size());
  }

  @Test
  void doesNotAnswerASecondChallenge() {
    broker.script(TOKEN, challenge("challenge-1"));
    broker.script(TOKEN, challenge("challenge-1"));
    Run run = token();
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertEquals(2, broker.seenAt(TOKEN).size());
  }

  @Test
  void sendsNoAttestationForAClientThatHasNone() throws Exception {
    home.write(
        DEMO, Json.compact(Map.of("client_id", "trading-bot", "client_secret", FakeBroker.SECRET)));
    assertEquals(0, token().exitCode());
    var headers = broker.seenAt(TOKEN).getFirst();
    assertTrue(headers.header("OAuth-Client-Attestation").isEmpty());
    assertTrue(headers.header("OAuth-Client-Attestation-PoP").isEmpty());
    assertEquals(List.of(), broker.seenAt("/realms/nevocoin/challenge"));
  }

  @Test
  void renewsAnAttestationThatEndsInSixtySeconds() throws Exception {
    home.writeDemo(CliHome.NOW.plusSeconds(60));
    Run run = token();
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(1, broker.seenAt("/realms/nevocoin/attest").size());
    Map<String, Object> demo = home.readJson(DEMO);
    assertEquals(
        CliHome.NOW.plusSeconds(86_400),
        Credentials.expiryOf((String) demo.get("attestation")).orElseThrow());
    assertEquals(FakeBroker.SECRET, demo.get("client_secret"));
    assertEquals(broker.issuer(), demo.get("issuer"), "a member we do not know is kept");
    assertEquals("rw-------", home.mode(DEMO));
    Json.object(run.out());
  }

  @Test
  void doesNotRenewAnAttestationThatEndsLater() throws Exception {
    home.writeDemo(CliHome.NOW.plusSeconds(61));
    assertEquals(0, token().exitCode());
    assertEquals(List.of(), broker.seenAt("/realms/nevocoin/attest"));
  }

  @Test
  void renewsTheAttestationWhenTheBrokerFindsItTooOld() {
    broker.script(TOKEN, FakeBroker.refusal(400, "use_fresh_attestation", "too old"));
    assertEquals(0, token().exitCode());
    assertEquals(1, broker.seenAt("/realms/nevocoin/attest").size());
    assertEquals(2, broker.seenAt(TOKEN).size());
  }

  @Test
  void formEncodesIdAndSecretBeforeBase64() {
    String basic = TokenExchange.basic("a.b_c-d", "p:a%s+s&w=\u00e9 \u20ac");
    String pair =
        new String(Base64.getDecoder().decode(basic.substring(6)), StandardCharsets.US_ASCII);
    assertEquals("a.b_c-d:p%3Aa%25s%2Bs%26w%3D%C3%A9+%E2%82%AC", pair);
    assertEquals(
        "p:a%s+s&w=\u00e9 \u20ac",
        URLDecoder.decode(pair.split(":", 2)[1], StandardCharsets.UTF_8));
  }

  @Test
  void decodeShowsHeaderAndClaimsWithLocalTimesInsteadOfTheJson() {
    Run run = token("--decode");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().matches("(?s)header\n.*typ +at\\+jwt\n.*claims\n.*"), run.out());
    assertTrue(run.out().contains("2026-11-21 13:14:59 CET, in 14 min 59 s"), run.out());
    assertFalse(run.out().contains("refresh-1"));
  }

  @Test
  void saysSoWhenThereIsNothingToDecode() {
    broker.script(TOKEN, Reply.json(200, "{\"access_token\":\"opaque\"}"));
    Run run = token("--decode");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals(1, run.errLines());
  }

  @Test
  void printsTheTokenEvenWhenItCannotBeStored() throws Exception {
    home.write("tokens", "a file where the folder should be");
    Run run = token();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals("Bearer", Json.object(run.out()).get("token_type"));
    assertEquals(1, run.errLines());
  }

  @Test
  void saysWhatToDoWhenTheCredentialsAreMissing() throws Exception {
    Files.delete(home.folder.resolve(DEMO));
    Run run = token();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals(1, run.errLines());
    assertTrue(run.err().contains("./mayfly start"), run.err());
  }

  @Test
  void refusesCredentialsOfAnotherClient() {
    Run run =
        home.run(
            "token",
            "--realm",
            "nevocoin",
            "--client",
            "telegram-bot",
            "--credentials",
            home.folder.resolve(DEMO).toString());
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("is of client trading-bot, not of telegram-bot"), run.err());
  }

  @Test
  void aBrokenCredentialsFileIsNamedAndNotQuoted() throws Exception {
    home.write(DEMO, "{\"client_id\":\"trading-bot\",\"client_secret\":hush}");
    Run run = token();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("trading-bot.json: not JSON (line 1"), run.err());
    assertFalse(run.err().contains("hush"), run.err());
  }

  @Test
  void saysIsItRunningWhenNothingAnswers() {
    broker.close();
    Run run = token();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals(1, run.errLines());
    assertTrue(run.err().contains("is it running? ./mayfly start"), run.err());
  }

  @Test
  void aMisspeltRealmIsAnsweredWithTheRealmsThereAre() throws Exception {
    home.write("demo/betpro/telegram-bot.json", home.read(DEMO));
    Run run = home.run("token", "--realm", "nevocon", "--client", "trading-bot");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals(1, run.errLines());
    assertTrue(run.err().contains("the realms here are betpro, nevocoin"), run.err());
  }

  @Test
  void aMisspeltClientIsAnsweredWithTheClientsThereAre() throws Exception {
    home.write("demo/nevocoin/telegram-bot.json", home.read(DEMO));
    home.write("demo/nevocoin/web-dashboard.json.joining", home.read(DEMO));
    Run run = home.run("token", "--realm", "nevocoin", "--client", "tradingbot");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals(1, run.errLines());
    assertTrue(
        run.err().contains("the clients of nevocoin here are telegram-bot, trading-bot;"),
        run.err());
  }

  @Test
  void saysHowToBeginWhereNoBrokerEverRan() throws Exception {
    Files.delete(home.folder.resolve(DEMO));
    Files.delete(home.folder.resolve("demo/nevocoin"));
    Run run = token();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("./mayfly start makes the demo credentials"), run.err());
  }

  @Test
  void namesARealmThatDoesNotExist() throws Exception {
    home.write("demo/atlantis/trading-bot.json", home.read(DEMO));
    Run run = home.run("token", "--realm", "atlantis", "--client", "trading-bot");
    assertEquals(CliFailure.REFUSED, run.exitCode());
    assertTrue(run.err().contains("there is no realm atlantis at https://"), run.err());
  }

  @Test
  void aReplicaIsReachedAtItsOwnAddressAndSpeaksForTheFirstBroker() throws Exception {
    String issuer = "https://first.example:8443/realms/nevocoin";
    home.write("broker.json", "{\"base_url\":\"https://first.example:8443\"}");
    broker.script(
        "/.well-known/oauth-authorization-server/realms/nevocoin", metadata(issuer, issuer));
    broker.script(TOKEN, Reply.json(200, "{\"access_token\":\"x\"}"));
    assertEquals(0, token().exitCode());
    assertEquals(1, broker.seenAt(TOKEN).size());
  }

  @Test
  void refusesMetadataOfAnIssuerItDidNotAskFor() {
    String issuer = "https://elsewhere.example/realms/nevocoin";
    broker.script(
        "/.well-known/oauth-authorization-server/realms/nevocoin", metadata(issuer, issuer));
    Run run = token();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals(List.of(), broker.seenAt(TOKEN));
  }

  @Test
  void sendsTheSecretOnlyBelowTheIssuer() {
    broker.script(
        "/.well-known/oauth-authorization-server/realms/nevocoin",
        metadata(broker.issuer(), "https://elsewhere.example/realms/nevocoin"));
    Run run = token();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("names no token_endpoint under it"), run.err());
  }

  @Test
  void refusesPlainHttp() {
    Run run = token("--url", "http://localhost:8080");
    assertEquals(CliFailure.USAGE, run.exitCode());
    assertTrue(run.err().contains("https://host:port"), run.err());
  }

  private static Reply metadata(String issuer, String endpoints) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("issuer", issuer);
    metadata.put("token_endpoint", endpoints + "/token");
    metadata.put("challenge_endpoint", endpoints + "/challenge");
    return Reply.json(200, Json.compact(metadata));
  }

  private static Reply challenge(String challenge) {
    return new Reply(
        400,
        Map.of("OAuth-Client-Attestation-Challenge", challenge),
        "{\"error\":\"use_attestation_challenge\"}");
  }

  private List<String> filesIn(String folder) throws Exception {
    try (var files = Files.list(home.folder.resolve(folder))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private Run token(String... more) {
    String[] arguments = new String[5 + more.length];
    arguments[0] = "token";
    arguments[1] = "--realm";
    arguments[2] = "nevocoin";
    arguments[3] = "--client";
    arguments[4] = "trading-bot";
    System.arraycopy(more, 0, arguments, 5, more.length);
    return home.run(arguments);
  }
}
