package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Signed requests at the check, `/v1/orders` of the lab demands a signature.
class RequestSignatureTest {
  private record Signing(Tool.Tokens tokens, String key, String keyid) {
    static Signing of(Response answer) {
      return new Signing(
          Tool.Tokens.of(answer),
          answer.path("request_signing_key"),
          answer.path("request_signing_keyid"));
    }

    SignedCheck order() {
      return SignedCheck.order(tokens, key, keyid);
    }

    @Override
    public String toString() {
      return "Signing[" + keyid + ", redacted]";
    }
  }

  private static Signing signing() {
    return Signing.of(Lab.signingBot().clientCredentials("orders:read").send());
  }

  private static void passes(RawHttp.Answer answer) {
    assertEquals(200, answer.status(), () -> answer.head() + answer.body());
  }

  private static void refused(String reason, RawHttp.Answer answer) {
    assertEquals(reason, SignedCheck.reason(answer), () -> answer.head() + answer.body());
    assertEquals(401, answer.status());
    assertEquals(reason, Broker.json(answer.body()).path("reason").asText());
  }

  /// The signer is the npm package `http-message-signatures`.
  @Test
  @Covers({"9421-1", "9421-2", "9421-3", "9421-4", "9421-5", "9421-6", "9421-9", "9530-1"})
  void whatAnIndependentLibrarySignsIsGoodWithEachAlgorithmAndOnce() throws Exception {
    NodeProgram.installPackages();
    Signing signing = signing();
    SignedCheck order = signing.order();
    ObjectNode input = Broker.JSON.createObjectNode();
    ArrayNode fields = input.putArray("fields");
    order.covered().forEach(fields::add);
    ObjectNode request = input.putObject("request");
    request.put("method", order.method()).put("url", order.url());
    request.set("headers", Broker.JSON.valueToTree(order.headers));
    ArrayNode keys = input.putArray("keys");
    keys.addObject()
        .put("algorithm", "hmac-sha256")
        .put("keyid", signing.keyid())
        .put("secret", signing.key());
    keys.addObject()
        .put("algorithm", "ed25519")
        .put("keyid", "its-ed25519")
        .set("jwk", Broker.json(SigningKeys.ED25519.toJSONString()));
    keys.addObject()
        .put("algorithm", "ecdsa-p256-sha256")
        .put("keyid", "its-p256")
        .set("jwk", Broker.json(SigningKeys.P256.toJSONString()));
    JsonNode told = NodeProgram.run("http-message-signatures.mjs", input);
    assertEquals(3, told.size());
    for (JsonNode headers : told) {
      SignedCheck signed = signing.order();
      headers
          .properties()
          .forEach(header -> signed.with(header.getKey(), header.getValue().asText()));
      RawHttp.Answer first = signed.asked();
      passes(first);
      assertEquals(
          "sha-256=:" + SignedCheck.sha256(SignedCheck.CONTENT) + ":",
          SignedCheck.header(first, "X-Mayfly-Content-Digest"));
      refused("signature_replayed", signed.asked());
    }
  }

  @Test
  void theKeyComesWithEachTokenOfTheGrantAndWithNoOther() {
    Response first = Lab.signingBot().clientCredentials("orders:read").send();
    Signing signing = Signing.of(first);
    assertEquals(43, signing.key().length());
    Signing refreshed =
        Signing.of(Lab.signingBot().refresh(signing.tokens().refreshToken()).send());
    assertEquals(signing.key(), refreshed.key());
    assertEquals(signing.keyid(), refreshed.keyid());
    passes(refreshed.order().signed().asked());
    Signing another = signing();
    assertNotEquals(signing.key(), another.key());
    refused(
        "signature_invalid",
        SignedCheck.order(another.tokens(), signing.key(), signing.keyid()).signed().asked());
    refused(
        "signature_invalid",
        SignedCheck.order(another.tokens(), signing.key(), another.keyid()).signed().asked());
    assertNull(
        Lab.plainKeyBot().clientCredentials("orders:read").send().path("request_signing_key"));
  }

  @Test
  void theKeyIsDeadWithItsGrant() {
    Signing signing = signing();
    passes(signing.order().signed().asked());
    assertEquals(200, Lab.signingBot().revoke(signing.tokens().refreshToken()).send().statusCode());
    Soon.within(
        Duration.ofSeconds(1),
        () -> SignedCheck.reason(signing.order().signed().asked()).equals("grant_revoked"));
  }

  @Test
  void thePlainSchemeIsGoodOnce() {
    Signing signing = signing();
    SignedCheck order = signing.order().plain();
    passes(order.asked());
    refused("signature_replayed", order.asked());
    SignedCheck query =
        SignedCheck.query(signing.tokens(), signing.key(), signing.keyid(), "/v1/orders").plain();
    passes(query.asked());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Covers({"9421-8", "9421-9"})
  void aSignatureIsGoodForItsRequestAlone(boolean plain) {
    Signing signing = signing();
    SignedCheck order = plain ? signing.order().plain() : signing.order().signed();
    refused("signature_invalid", order.asked("GET", "/v1/orders?dry_run=false"));
    refused("signature_invalid", order.asked("POST", "/v1/orders/7?dry_run=false"));
    refused("signature_invalid", order.asked("POST", "/v1/orders?dry_run=true"));
    refused("signature_invalid", order.asked("POST", "/v1/orders"));
    passes(order.asked());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@method",
        "@authority",
        "@path",
        "@query",
        "authorization",
        "content-type",
        "content-digest"
      })
  @Covers({"9421-8", "9421-9"})
  void eachComponentHasToBeCovered(String left) {
    SignedCheck order = signing().order();
    List<String> covered = order.covered().stream().filter(name -> !name.equals(left)).toList();
    refused(
        "signature_invalid",
        order.signed(Instant.now(), UUID.randomUUID().toString(), covered).asked());
  }

  @Test
  @Covers({"9421-9", "9421-10"})
  void aRouteThatDemandsASignatureSaysSo() {
    Signing signing = signing();
    RawHttp.Answer answer = signing.order().asked();
    refused("signature_missing", answer);
    assertEquals(
        "xrq=(\"@method\" \"@authority\" \"@path\" \"@query\" \"authorization\" \"content-type\""
            + " \"content-digest\");created;tag=\"xrq-v1\"",
        SignedCheck.header(answer, "Accept-Signature"));
    SignedCheck other = signing.order().signed();
    other.with("Signature-Input", other.headers.get("Signature-Input").replace("xrq-v1", "other"));
    refused("signature_missing", other.asked());
  }

  @Test
  @Covers("9421-9")
  void aSignatureLastsThirtySeconds() {
    Signing signing = signing();
    for (int seconds : List.of(-60, 60)) {
      SignedCheck order = signing.order();
      refused(
          "signature_outside_window",
          order
              .signed(
                  Instant.now().plusSeconds(seconds), UUID.randomUUID().toString(), order.covered())
              .asked());
    }
    SignedCheck short15 = signing.order();
    refused(
        "signature_invalid",
        short15.signed(Instant.now(), "n".repeat(15), short15.covered()).asked());
  }

  @Test
  @Covers({"9421-1", "9421-5"})
  void whatIsMalformedIsOneClearRefusal() {
    Signing signing = signing();
    for (String input :
        List.of("s", "s=(", "s=();a=1;a=2", "s=(), s=()", "x".repeat(9000), "s=(\"\u00fc\")")) {
      SignedCheck order = signing.order().signed();
      refused("signature_invalid", order.with("Signature-Input", input).asked());
    }
    refused("signature_invalid", signing.order().signed().without("Signature").asked());
    refused(
        "signature_invalid",
        signing.order().signed().with("Signature", "s=:AA==:, t=:AA==:").asked());
    refused("signature_invalid", signing.order().plain().signed().asked());
  }

  @Test
  @Covers({"9421-8", "9530-1", "9530-2"})
  void theDigestIsOfTheContentWhereTheProxySendsItAlong() {
    Signing signing = signing();
    passes(signing.order().signed().forwarding(SignedCheck.CONTENT).asked());
    passes(signing.order().plain().forwarding(SignedCheck.CONTENT).asked());
    refused("digest_wrong", signing.order().signed().forwarding(SignedCheck.CONTENT + " ").asked());
    refused("digest_missing", signing.order().without("Content-Digest").signed().asked());
    refused("digest_wrong", signing.order().with("Content-Digest", "md5=:AAAA:").signed().asked());
  }

  @Test
  void oneOfTwoProofsSuffices() {
    Signing signing = signing();
    SignedCheck either =
        SignedCheck.query(signing.tokens(), signing.key(), signing.keyid(), "/v1/either");
    RawHttp.Answer neither = either.asked();
    refused("proof_missing", neither);
    assertTrue(!SignedCheck.header(neither, "DPoP-Nonce").isEmpty());
    assertTrue(!SignedCheck.header(neither, "Accept-Signature").isEmpty());
    passes(either.signed().asked());
    refused("signature_replayed", either.asked());
  }
}
