package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.cli.CliHome.Run;
import dev.mayfly.client.Authority;
import java.nio.file.Path;
import java.security.interfaces.ECPublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `./mayfly attest --evidence spiffe_...` from the files that a SPIFFE agent wrote.
class AttestWithSvidTest {
  private static final String ATTEST = "/realms/nevocoin/attest";
  private static final String NEW = "demo/nevocoin/telegram-bot.json";
  private static final Authority PROD = Authority.root("prod.test");

  private final Authority.Identity svid =
      PROD.intermediate("node").leaf("O=SPIRE").uri("spiffe://prod.test/bots/7").identity();
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

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
  }

  private void writeSvid() throws Exception {
    StringBuilder chain = new StringBuilder();
    for (var certificate : svid.chain()) {
      chain.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    home.write("svid.0.pem", chain.toString());
    home.write("svid.0.key", pem("PRIVATE KEY", svid.keys().getPrivate().getEncoded()));
  }

  private Run attest(String kind, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("attest", "--realm", "nevocoin", "--client", "telegram-bot", "--evidence"));
    arguments.add(kind);
    for (int i = 0; i < more.length; i += 2) {
      arguments.add(more[i]);
      arguments.add(home.folder.resolve(more[i + 1]).toString());
    }
    return home.run(arguments.toArray(String[]::new));
  }

  private Run attestByX509() {
    return attest("spiffe_x509", "--evidence-file", "svid.0.pem", "--svid-key", "svid.0.key");
  }

  private Map<String, Object> evidence() throws Exception {
    Map<String, Object> body = Json.object(broker.seenAt(ATTEST).getFirst().body());
    assertEquals("telegram-bot", body.get("client_id"));
    return Json.asObject(body.get("evidence")).orElseThrow();
  }

  private ECKey instance() throws Exception {
    return ECKey.parse(Json.asObject(home.readJson(NEW).get("instance_key")).orElseThrow());
  }

  @Test
  void theKeyOfAnX509SvidVouchesForANewInstanceKey() throws Exception {
    writeSvid();
    Run run = attestByX509();
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("spiffe_x509", evidence().get("type"));
    SignedJWT proof = SignedJWT.parse((String) evidence().get("proof"));
    assertTrue(proof.verify(new ECDSAVerifier((ECPublicKey) svid.keys().getPublic())));
    assertEquals("mayfly-svid-proof+jwt", proof.getHeader().getType().getType());
    assertEquals(
        svid.chain().stream().map(Authority::base64).toList(),
        proof.getHeader().getX509CertChain().stream().map(Object::toString).toList());
    var claims = proof.getJWTClaimsSet();
    assertEquals(List.of(broker.issuer()), claims.getAudience());
    assertEquals("telegram-bot", claims.getSubject());
    assertTrue(claims.getStringClaim("challenge").startsWith("nonce-"), claims.toString());
    assertEquals(
        Map.of("jkt", instance().computeThumbprint().toString()), claims.getJSONObjectClaim("cnf"));
    assertEquals("rw-------", home.mode(NEW));
  }

  @Test
  void theKeyOfAWitSvidIsTheInstanceKeyWhateverItWasBefore() throws Exception {
    ECKey first = new ECKeyGenerator(Curve.P_256).generate();
    ECKey next = new ECKeyGenerator(Curve.P_256).generate();
    home.write("wit.jwt", "aGVhZA.Ym9keQ.c2ln\n");
    for (ECKey key : List.of(first, next)) {
      home.write("wit.jwk", key.toJSONString());
      Run run = attest("spiffe_wit", "--evidence-file", "wit.jwt", "--svid-key", "wit.jwk");
      assertEquals(0, run.exitCode(), run.err());
      assertEquals(key, instance());
    }
    assertEquals(Map.of("type", "spiffe_wit", "token", "aGVhZA.Ym9keQ.c2ln"), evidence());
  }

  @Test
  void aJwtSvidIsSentAsItIs() throws Exception {
    home.write("svid.jwt", "aGVhZA.Ym9keQ.c2ln\n");
    Run run = attest("spiffe_jwt", "--evidence-file", "svid.jwt");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(Map.of("type", "spiffe_jwt", "token", "aGVhZA.Ym9keQ.c2ln"), evidence());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n"})
  void aKeyFileThatIsNoneIsSaidWithoutItsContent(String content) throws Exception {
    writeSvid();
    home.write("svid.0.key", content);
    Run run = attestByX509();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("does not hold the SVID's private key in PEM"), run.err());
    assertEquals(List.of(), broker.seenAt(ATTEST));
  }

  @Test
  void filesThatAreNotWhatTheyShouldBeAreRefusedBeforeAnythingIsOffered() throws Exception {
    writeSvid();
    home.write("svid.0.pem", "nothing");
    Run run = attestByX509();
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("1 to 5 certificates"), run.err());
    home.write("wit.jwt", "aGVhZA.Ym9keQ.c2ln\n");
    String secret = "c2VjcmV0";
    home.write("wit.jwk", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"" + secret + "\"}");
    run = attest("spiffe_wit", "--evidence-file", "wit.jwt", "--svid-key", "wit.jwk");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertTrue(run.err().contains("a private JWK on P-256"), run.err());
    assertFalse((run.out() + run.err()).contains(secret));
    assertEquals(List.of(), broker.seenAt(ATTEST));
  }

  @Test
  void eachKindSaysWhichFilesItNeeds() {
    assertEquals(2, attest("spiffe_jwt").exitCode());
    assertEquals(2, attest("spiffe_x509", "--evidence-file", "svid.0.pem").exitCode());
    assertEquals(2, attest("spiffe_x509", "--svid-key", "svid.0.key").exitCode());
    assertEquals(2, attest("spiffe_wit", "--evidence-file", "wit.jwt").exitCode());
    assertEquals(2, attest("spiffe_jwt", "--evidence-file", "a", "--svid-key", "b").exitCode());
    assertEquals(List.of(), broker.seenAt(ATTEST));
  }
}
