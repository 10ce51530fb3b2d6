package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.jwk.ECKey;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// `/attest` with a TPM 2.0: real software TPMs, driven by tpm2-tools, with EK certificates of a
/// CA of their maker. In a realm of its own, in which only a TPM is worth `hardware`.
class TpmTest {
  private static SoftTpm.Maker maker;
  private static SoftTpm tpm;
  private static SoftTpm sister;
  private static SoftTpm foreign;
  private static Realm realm;
  private static Tool bot;
  private static byte[] ak;

  private final ECKey key = JwtDraft.newKey();

  @BeforeAll
  static void startTpms() throws IOException {
    maker = new SoftTpm.Maker();
    tpm = new SoftTpm(maker);
    sister = new SoftTpm(maker);
    foreign = new SoftTpm(new SoftTpm.Maker());
    ak = tpm.makeAk("ak", "ecc", "ecdsa");
    String name = "tpm-" + Long.toString(System.currentTimeMillis(), 36);
    var answer =
        Admin.post(
            "/realms/apply",
            Map.of(
                "files", Map.of(name + ".yaml", realmFile(name), "tpm-makers.pem", maker.root())));
    assertEquals(200, answer.statusCode(), answer::asString);
    realm = Realm.named(name);
    var unknown =
        new Tool(realm, "bot", new Tool.Credential.Secret("unknown yet"), Optional.empty());
    bot = unknown.withSecret(Admin.does("rotate-secret", unknown).path("client_secret"));
  }

  @AfterAll
  static void stopTpms() {
    for (SoftTpm each : new SoftTpm[] {tpm, sister, foreign}) {
      if (each != null) {
        each.close();
      }
    }
  }

  private static String realmFile(String name) {
    return """
    realm: %s
    audiences: [https://api.lab.example/]
    attestation_levels: [joined, hardware]
    scopes:
      orders:read: {max_lifetime: 15m, minimum_attestation: none}
      orders:write: {max_lifetime: 5m, minimum_attestation: hardware}
    attesters:
      - name: mayfly
        type: builtin
        join_secret: {level: joined}
        evidence:
          - name: rack
            type: tpm
            level: hardware
            anchors_file: tpm-makers.pem
            pcrs: {0: ["%2$s"], 7: ["%2$s"]}
    clients:
      - client_id: bot
        token_endpoint_auth_methods: [client_secret_basic]
        attestation: required
        attesters: [mayfly]
        scopes: [orders:read, orders:write]
      - client_id: other-bot
        token_endpoint_auth_methods: [client_secret_basic]
        attestation: required
        attesters: [mayfly]
        scopes: [orders:read]
    """
        .formatted(name, "0".repeat(64));
  }

  private static Response offered(String client, ECKey instance, Map<String, Object> evidence) {
    String proof =
        JwtDraft.dpop(realm.attestEndpoint(), realm.dpopNonce(), instance).signedBy(instance);
    return Broker.given()
        .contentType(ContentType.JSON)
        .header("DPoP", proof)
        .body(Map.of("client_id", client, "evidence", evidence))
        .post(realm.attestEndpoint());
  }

  private Response offered(Map<String, Object> evidence) {
    return offered("bot", key, evidence);
  }

  private static Map<String, Object> identity(SoftTpm of, byte[] akPublic) {
    Map<String, Object> evidence = new LinkedHashMap<>();
    evidence.put("type", "tpm");
    evidence.put("ek_certificate", base64(of.ekCertificate()));
    evidence.put("ek_chain", List.of(base64(maker.issuer())));
    evidence.put("ak_public", base64(akPublic));
    return evidence;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] bytes(Response answer, String member) {
    return Base64.getDecoder().decode(answer.<String>path(member));
  }

  private Response invited(Map<String, Object> identity) {
    var answer = offered(identity);
    assertEquals(200, answer.statusCode(), answer::asString);
    assertEquals("no-store", answer.header("Cache-Control"));
    return answer;
  }

  private static byte[] qualifyingData(String challenge, String client, ECKey instance)
      throws Exception {
    String text =
        String.join(
            "\n",
            "mayfly tpm quote",
            realm.issuer(),
            client,
            challenge,
            instance.computeThumbprint().toString());
    return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
  }

  /// The second step, all of it right.
  private Map<String, Object> activation() throws Exception {
    Map<String, Object> evidence = identity(tpm, ak);
    Response invitation = invited(evidence);
    String challenge = invitation.path("challenge");
    evidence.put("challenge", challenge);
    evidence.put(
        "credential",
        base64(
            tpm.activate("ak", bytes(invitation, "credential_blob"), bytes(invitation, "secret"))));
    return quoting(evidence, qualifyingData(challenge, "bot", key), 0, 7);
  }

  private static Map<String, Object> quoting(
      Map<String, Object> evidence, byte[] qualifyingData, Integer... registers) {
    Map<String, Object> quoting = new LinkedHashMap<>(evidence);
    SoftTpm.Quoted quoted = tpm.quote("ak", qualifyingData, registers);
    quoting.put("quote", base64(quoted.quote()));
    quoting.put("signature", base64(quoted.signature()));
    Map<String, String> pcrs = new LinkedHashMap<>();
    quoted.pcrs().forEach((pcr, value) -> pcrs.put("" + pcr, HexFormat.of().formatHex(value)));
    quoting.put("pcrs", pcrs);
    return quoting;
  }

  private static Map<String, Object> with(Map<String, Object> evidence, String name, Object value) {
    Map<String, Object> other = new LinkedHashMap<>(evidence);
    other.put(name, value);
    return other;
  }

  private void refused(Map<String, Object> evidence) {
    Refusal.is(401, "invalid_client", offered(evidence));
  }

  @Test
  void aTpmBuysATokenOfTheHardwareLevel() throws Exception {
    var answer = offered(activation());
    assertEquals(200, answer.statusCode(), answer::asString);
    assertEquals("no-store", answer.header("Cache-Control"));
    var tokens =
        bot.withInstance(key, answer.path("client_attestation")).getsTokens("orders:write");
    var claims = realm.verified(tokens.access());
    assertEquals("tpm", claims.getClaim("attestation"));
    assertEquals("hardware", claims.getClaim("attestation_level"));
  }

  /// The challenge, the credential and its check need no memory: with `-Dmayfly.urls` naming two
  /// brokers the second step goes to the other one.
  @Test
  void theSecondStepMayGoToAnotherReplica() throws Exception {
    Map<String, Object> evidence = activation();
    String attest = realm.attestEndpoint();
    String there = Broker.URLS.getLast() + URI.create(attest).getRawPath();
    String proof = JwtDraft.dpop(attest, realm.dpopNonce(), key).signedBy(key);
    var answer =
        Broker.given()
            .contentType(ContentType.JSON)
            .header("DPoP", proof)
            .body(Map.of("client_id", "bot", "evidence", evidence))
            .post(there);
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  @Test
  void theFirstStepAloneAttestsNothing() {
    var invitation = invited(identity(tpm, ak));
    assertFalse(invitation.asString().contains("client_attestation"));
    assertEquals(List.of(0, 7), invitation.path("pcrs.selection"));
    Refusal.is(401, "invalid_client", offered(Map.of("type", "instance_key")));
  }

  @Test
  void theEkOfAnotherTpmIsRefused() throws Exception {
    // The TPM cannot open what is for its sister...
    Response invitation = invited(identity(sister, ak));
    assertThrows(
        AssertionError.class,
        () ->
            tpm.activate("ak", bytes(invitation, "credential_blob"), bytes(invitation, "secret")));
    // ...and what it opened itself is worth nothing under the sister's name.
    refused(with(activation(), "ek_certificate", base64(sister.ekCertificate())));
  }

  @Test
  void aKeyThatIsNotInTheTpmIsRefused() throws Exception {
    byte[] elsewhere = sister.makeAk("elsewhere", "ecc", "ecdsa");
    Response invitation = invited(identity(tpm, elsewhere));
    assertThrows(
        AssertionError.class,
        () ->
            tpm.activate("ak", bytes(invitation, "credential_blob"), bytes(invitation, "secret")));
    refused(with(activation(), "ak_public", base64(elsewhere)));
  }

  @Test
  void aGuessedCredentialIsRefused() throws Exception {
    refused(with(activation(), "credential", base64(new byte[32])));
  }

  @Test
  void aChallengeThatIsNotOursIsRefused() throws Exception {
    Map<String, Object> evidence = activation();
    String forged = "A".repeat(43);
    refused(with(evidence, "challenge", forged));
    refused(quoting(with(evidence, "challenge", forged), qualifyingData(forged, "bot", key), 0, 7));
  }

  @Test
  void aQuoteOverAnotherChallengeIsRefused() throws Exception {
    Map<String, Object> evidence = activation();
    String another = realm.challenge();
    refused(quoting(evidence, qualifyingData(another, "bot", key), 0, 7));
    refused(with(evidence, "challenge", another));
  }

  @Test
  void aQuoteIsWorthNothingToAnotherInstanceKey() throws Exception {
    Map<String, Object> evidence = activation();
    Refusal.is(401, "invalid_client", offered("bot", JwtDraft.newKey(), evidence));
    assertEquals(200, offered(evidence).statusCode());
  }

  @Test
  void aQuoteIsWorthNothingToAnotherClient() throws Exception {
    Refusal.is(401, "invalid_client", offered("other-bot", key, activation()));
  }

  @Test
  void otherPcrsAreRefused() throws Exception {
    Map<String, Object> evidence = activation();
    byte[] data = qualifyingData((String) evidence.get("challenge"), "bot", key);
    refused(quoting(evidence, data, 0));
    refused(quoting(evidence, data, 0, 8));
    refused(with(evidence, "pcrs", Map.of("0", "ab".repeat(32), "7", "0".repeat(64))));
  }

  @Test
  void aPcrThatWasExtendedIsRefused() throws Exception {
    try (SoftTpm booted = new SoftTpm(maker)) {
      booted.extend(7, "another kernel");
      byte[] itsAk = booted.makeAk("ak", "ecc", "ecdsa");
      Map<String, Object> evidence = identity(booted, itsAk);
      Response invitation = invited(evidence);
      String challenge = invitation.path("challenge");
      evidence.put("challenge", challenge);
      evidence.put(
          "credential",
          base64(
              booted.activate(
                  "ak", bytes(invitation, "credential_blob"), bytes(invitation, "secret"))));
      SoftTpm.Quoted quoted = booted.quote("ak", qualifyingData(challenge, "bot", key), 0, 7);
      evidence.put("quote", base64(quoted.quote()));
      evidence.put("signature", base64(quoted.signature()));
      Map<String, String> pcrs = new LinkedHashMap<>();
      quoted.pcrs().forEach((pcr, value) -> pcrs.put("" + pcr, HexFormat.of().formatHex(value)));
      evidence.put("pcrs", pcrs);
      refused(evidence);
      refused(with(evidence, "pcrs", Map.of("0", "0".repeat(64), "7", "0".repeat(64))));
    }
  }

  @Test
  void aKeyWithOtherAttributesIsRefused() {
    refused(
        identity(
            tpm, tpm.makeKey("any", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign")));
    refused(
        identity(tpm, tpm.makeKey("movable", "sensitivedataorigin|userwithauth|sign|restricted")));
  }

  @Test
  void anEkOfAnotherMakerIsRefused() {
    refused(identity(foreign, ak));
    Map<String, Object> unchained = identity(tpm, ak);
    unchained.remove("ek_chain");
    refused(unchained);
  }

  @Test
  void structuresCutShortOrTooLongAreRefused() throws Exception {
    Map<String, Object> evidence = activation();
    for (String name : List.of("ek_certificate", "ak_public", "credential", "quote", "signature")) {
      byte[] right = Base64.getDecoder().decode((String) evidence.get(name));
      refused(with(evidence, name, base64(Arrays.copyOf(right, right.length - 1))));
      refused(with(evidence, name, base64(Arrays.copyOf(right, right.length + 1))));
      refused(with(evidence, name, ""));
      Refusal.is(400, "invalid_request", offered(with(evidence, name, base64(new byte[5000]))));
      Refusal.is(400, "invalid_request", offered(with(evidence, name, "*")));
    }
  }

  @Test
  void itIsNotRenewedByTheInstanceKeyAlone() throws Exception {
    assertEquals(200, offered(activation()).statusCode());
    Refusal.is(401, "invalid_client", offered(Map.of("type", "instance_key")));
  }

  /// The command line does all of it.
  @Test
  void theCommandLineAttestsWithTheTpm() throws Exception {
    Path launcher = Path.of("..", "mayfly").toAbsolutePath().normalize();
    assumeTrue(Files.isExecutable(launcher));
    Path folder = Files.createTempDirectory(Path.of("target"), "cli").toAbsolutePath();
    Path chain = folder.resolve("chain.pem");
    Files.writeString(
        chain,
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(maker.issuer())
            + "\n-----END CERTIFICATE-----\n");
    Path credentials = folder.resolve("bot.json");
    Process process =
        new ProcessBuilder(
                launcher.toString(),
                "attest",
                "--realm",
                realm.name(),
                "--client",
                "bot",
                "--evidence",
                "tpm",
                "--tcti",
                tpm.tcti(),
                "--ek-chain",
                chain.toString(),
                "--credentials",
                credentials.toString(),
                "--ca",
                Broker.caCertificate().toString(),
                "--url",
                Broker.URL.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said").toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> said(folder));
    var file = Broker.JSON.readTree(credentials.toFile());
    var tokens =
        bot.withInstance(
                ECKey.parse(file.get("instance_key").toString()), file.get("attestation").asText())
            .getsTokens("orders:write");
    assertEquals("tpm", realm.verified(tokens.access()).getClaim("attestation"));
  }

  private static String said(Path folder) {
    try {
      return Files.readString(folder.resolve("said"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
