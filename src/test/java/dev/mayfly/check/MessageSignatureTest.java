package dev.mayfly.check;

import static dev.mayfly.check.SignedRequests.CREATED;
import static dev.mayfly.check.SignedRequests.input;
import static dev.mayfly.check.SignedRequests.order;
import static dev.mayfly.check.SignedRequests.parameters;
import static dev.mayfly.check.SignedRequests.query;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.check.ClaimedSignature.Reading;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.signature.RfcKeys;
import dev.mayfly.signature.VerificationKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The profile `xrq-v1`, rule by rule.
class MessageSignatureTest {
  private static final Function<String, byte[]> SHARED = base -> RfcKeys.hmac(RfcKeys.SHARED, base);
  private static final VerificationKey SHARED_KEY = new VerificationKey.Hmac(RfcKeys.SHARED);
  private static final VerificationKey ED25519 = new VerificationKey.Ed25519(RfcKeys.ED25519);
  private static final VerificationKey P256 = new VerificationKey.EcdsaP256(RfcKeys.P256);

  private static Reading reading(SignedRequests request, Instant now) {
    return MessageSignature.read(request.read(), now);
  }

  private static ClaimedSignature claimed(SignedRequests request) {
    return assertInstanceOf(Reading.Legible.class, reading(request, CREATED)).signature();
  }

  private static Reading.Refused refused(SignedRequests request, Instant now) {
    return assertInstanceOf(Reading.Refused.class, reading(request, now));
  }

  private static void isInvalid(SignedRequests request, String because) {
    Reading.Refused refused = refused(request, CREATED);
    assertEquals(Reason.SIGNATURE_INVALID, refused.reason());
    assertTrue(refused.because().contains(because), refused.because());
  }

  private static Map<String, String> with(String parameter, String value) {
    Map<String, String> parameters = parameters();
    parameters.put(parameter, value);
    return parameters;
  }

  private static Map<String, String> without(String parameter) {
    Map<String, String> parameters = parameters();
    parameters.remove(parameter);
    return parameters;
  }

  private static SignedRequests signedWith(Map<String, String> parameters) {
    SignedRequests order = order();
    return order.signed("xrq", input(order.covered(), parameters), SHARED);
  }

  /// Our published vectors, which cover no token: they are older than that rule, and the base is
  /// what they are about.
  @Test
  void thePublishedVectorsAreReproduced() {
    List<String> covered =
        List.of("@method", "@authority", "@path", "@query", "content-type", "content-digest");
    for (String keyid : List.of("test-shared-secret", "test-key-ed25519")) {
      SignedRequests order = order();
      Map<String, String> parameters = with("keyid", '"' + keyid + '"');
      List<String> signatures = new ArrayList<>();
      order.signed(
          "xrq",
          input(covered, parameters),
          base -> {
            byte[] signature =
                keyid.equals("test-key-ed25519") ? RfcKeys.ed25519(base) : SHARED.apply(base);
            signatures.add(Base64.getEncoder().encodeToString(signature));
            return signature;
          });
      assertEquals(
          keyid.equals("test-key-ed25519")
              ? "RKNAnKVbquib7cO3H35901Y2lvZ/hqVIzlPkA6PNC7dzpI+ON+AZCU65K6LOY9+M/eppMtaBQJrx/C18OGXp"
                  + "Dw=="
              : "dKS5KoOUeMCVXE12sYSQvLlu1XBrmTvIZj16QImOPfc=",
          signatures.getFirst());
    }
  }

  @Test
  void aSignatureByEachOfTheThreeAlgorithmsIsGood() {
    assertTrue(claimed(order().signed(SHARED)).isBy(SHARED_KEY));
    assertTrue(claimed(order().signed(RfcKeys::ed25519)).isBy(ED25519));
    assertTrue(
        claimed(order().signed(base -> RfcKeys.p256("SHA256withECDSAinP1363Format", base)))
            .isBy(P256));
  }

  @Test
  void aSignatureIsByNoOtherKey() {
    assertFalse(claimed(order().signed(SHARED)).isBy(ED25519));
    assertFalse(claimed(order().signed(SHARED)).isBy(new VerificationKey.Hmac(new byte[32])));
    assertFalse(
        claimed(order().signed(base -> RfcKeys.p256("SHA256withECDSA", base))).isBy(P256), "DER");
    assertFalse(
        claimed(order().signed(base -> RfcKeys.hmac(RfcKeys.ED25519.getDecodedX(), base)))
            .isBy(ED25519),
        "the public key as a secret");
    assertFalse(claimed(order().signed(base -> SHARED.apply(base + "\n"))).isBy(SHARED_KEY));
  }

  @Test
  void itSaysWhatItCoversOfTheContent() {
    assertEquals(
        Optional.of(SignedRequests.DIGEST), claimed(order().signed(SHARED)).contentDigest());
    assertEquals(Optional.empty(), claimed(query().signed(SHARED)).contentDigest());
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
  void eachComponentHasToBeCovered(String left) {
    SignedRequests order = order();
    List<String> covered = order.covered().stream().filter(name -> !name.equals(left)).toList();
    isInvalid(order.signed("xrq", input(covered, parameters()), SHARED), "not cover " + left);
  }

  @Test
  void aDpopProofThatIsSentIsCovered() {
    SignedRequests query = query();
    List<String> before = query.covered();
    query.with("DPoP", "proof");
    isInvalid(query.signed("xrq", input(before, parameters()), SHARED), "not cover dpop");
  }

  /// `@query` too where there is no query: else one could be put there.
  @Test
  void anAbsentQueryIsCoveredAsOne() {
    SignedRequests query = query().uri("/v1/orders");
    assertTrue(claimed(query.signed(SHARED)).isBy(SHARED_KEY));
    assertFalse(claimed(query.uri("/v1/orders?all=1")).isBy(SHARED_KEY));
    List<String> without = List.of("@method", "@authority", "@path", "authorization");
    isInvalid(
        query().uri("/a").signed("xrq", input(without, parameters()), SHARED), "not cover @query");
  }

  @Test
  void aChangeOfAnythingThatIsCoveredEndsIt() {
    assertTrue(claimed(order().signed(SHARED)).isBy(SHARED_KEY));
    assertFalse(claimed(order().signed(SHARED).method("PUT")).isBy(SHARED_KEY));
    assertFalse(claimed(order().signed(SHARED).uri("/v1/order?dry_run=false")).isBy(SHARED_KEY));
    assertFalse(claimed(order().signed(SHARED).uri("/v1/orders?dry_run=true")).isBy(SHARED_KEY));
    assertFalse(claimed(order().signed(SHARED).at("https", "evil.example")).isBy(SHARED_KEY));
    assertFalse(
        claimed(order().signed(SHARED).instead("Authorization", "Bearer other")).isBy(SHARED_KEY));
    assertFalse(
        claimed(order().signed(SHARED).instead("Content-Type", "text/plain")).isBy(SHARED_KEY));
    assertFalse(
        claimed(order().signed(SHARED).instead("Content-Digest", otherDigest())).isBy(SHARED_KEY));
  }

  private static String otherDigest() {
    return "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
  }

  @Test
  void theOrderOfComponentsIsTheSigners() {
    SignedRequests order = order();
    List<String> reversed = order.covered().reversed();
    assertTrue(claimed(order.signed("x", input(reversed, parameters()), SHARED)).isBy(SHARED_KEY));
    SignedRequests swapped = order().signed(SHARED);
    swapped.instead("Signature-Input", "xrq=" + input(reversed, parameters()));
    assertFalse(claimed(swapped).isBy(SHARED_KEY));
  }

  @Test
  void theAuthorityIsInLowerCaseWithoutItsOwnPort() {
    for (String host : List.of("API.exchange.example", "api.exchange.example:443")) {
      assertTrue(claimed(order().signed(SHARED).at("https", host)).isBy(SHARED_KEY), host);
    }
    for (String host : List.of("api.exchange.example:80", "api.exchange.example:8443")) {
      assertFalse(claimed(order().signed(SHARED).at("https", host)).isBy(SHARED_KEY), host);
    }
    isInvalid(order().signed(SHARED).at("", "api.exchange.example"), "@authority");
  }

  @Test
  void aRequestWithContentHasADigest() {
    for (String method : List.of("POST", "PUT", "PATCH")) {
      Reading.Refused refused = refused(query().method(method).signed(SHARED), CREATED);
      assertEquals(Reason.DIGEST_MISSING, refused.reason(), method);
    }
    for (String method : List.of("GET", "HEAD", "DELETE", "OPTIONS")) {
      assertTrue(claimed(query().method(method).signed(SHARED)).isBy(SHARED_KEY), method);
      assertEquals(
          Reason.DIGEST_MISSING,
          refused(query().method(method).content("x").signed(SHARED), CREATED).reason());
    }
  }

  @Test
  void contentThatTheProxySendsAlongIsHeldAgainstTheDigest() {
    assertTrue(claimed(order().content(SignedRequests.CONTENT).signed(SHARED)).isBy(SHARED_KEY));
    assertEquals(
        Reason.DIGEST_WRONG,
        refused(order().content(SignedRequests.CONTENT + " ").signed(SHARED), CREATED).reason());
    assertEquals(
        Reason.DIGEST_WRONG,
        refused(order().instead("Content-Digest", "md5=:AA==:").signed(SHARED), CREATED).reason());
  }

  @ParameterizedTest
  @CsvSource({"-6,false", "-5,true", "0,true", "30,true", "31,false"})
  void itIsGoodFromFiveSecondsBeforeToThirtyAfterItWasMade(long seconds, boolean good) {
    SignedRequests order = signedWith(without("expires"));
    Reading reading = reading(order, CREATED.plusSeconds(seconds));
    assertEquals(good, reading instanceof Reading.Legible, reading.toString());
    if (!good) {
      assertEquals(Reason.SIGNATURE_OUTSIDE_WINDOW, ((Reading.Refused) reading).reason());
    }
  }

  @Test
  void theLastSecondIsAWholeOne() {
    SignedRequests order = signedWith(without("expires"));
    assertInstanceOf(Reading.Legible.class, reading(order, CREATED.plusMillis(30_999)));
    assertInstanceOf(Reading.Legible.class, reading(order, CREATED.minusMillis(5_000)));
    assertInstanceOf(Reading.Refused.class, reading(order, CREATED.minusMillis(5_001)));
  }

  @ParameterizedTest
  @CsvSource({"9,true", "10,false", "11,false"})
  void itEndsWhenItSaysSo(long seconds, boolean good) {
    SignedRequests order = signedWith(with("expires", "1790000010"));
    Reading reading = reading(order, CREATED.plusSeconds(seconds));
    assertEquals(good, reading instanceof Reading.Legible, reading.toString());
  }

  @Test
  void itLastsSixtySecondsAtMost() {
    assertInstanceOf(
        Reading.Legible.class, reading(signedWith(with("expires", "1790000060")), CREATED));
    isInvalid(signedWith(with("expires", "1790000061")), "expires");
    isInvalid(signedWith(with("expires", "\"1790000030\"")), "expires");
  }

  @ParameterizedTest
  @ValueSource(strings = {"created", "nonce", "keyid"})
  void whatNamesItIsNotLeftOut(String parameter) {
    isInvalid(signedWith(without(parameter)), "created, a nonce");
  }

  @Test
  void aNonceHas16To128Characters() {
    isInvalid(signedWith(with("nonce", '"' + "n".repeat(15) + '"')), "a nonce");
    assertEquals(
        16, claimed(signedWith(with("nonce", '"' + "n".repeat(16) + '"'))).nonce().length());
    assertEquals(
        128, claimed(signedWith(with("nonce", '"' + "n".repeat(128) + '"'))).nonce().length());
    isInvalid(signedWith(with("nonce", '"' + "n".repeat(129) + '"')), "a nonce");
    isInvalid(signedWith(with("nonce", "1234567890123456")), "a number");
    isInvalid(signedWith(with("nonce", "123456789012345")), "a nonce");
    isInvalid(signedWith(with("nonce", "\"n n n n n n n n n n\"")), "a nonce");
    isInvalid(signedWith(with("keyid", '"' + "k".repeat(129) + '"')), "keyid");
  }

  @Test
  void theAlgorithmIsTheKeysAndNotTheSignatures() {
    assertTrue(claimed(signedWith(with("alg", "\"hmac-sha256\""))).isBy(SHARED_KEY));
    assertFalse(claimed(signedWith(with("alg", "\"ed25519\""))).isBy(SHARED_KEY));
    assertFalse(claimed(signedWith(with("alg", "\"none\""))).isBy(SHARED_KEY));
    isInvalid(signedWith(with("alg", "hmac-sha256")), "alg");
  }

  @Test
  void aSignatureWithoutOurTagIsSomebodyElses() {
    assertInstanceOf(Reading.Absent.class, reading(signedWith(with("tag", "\"other\"")), CREATED));
    assertInstanceOf(Reading.Absent.class, reading(signedWith(without("tag")), CREATED));
  }

  @Test
  void othersStandBesideOursAndTwoOfOursDoNot() {
    SignedRequests order = order();
    String others = "(\"content-type\";sf \"x\");created=1";
    order.signed(SHARED).with("Signature-Input", "o=" + others).with("Signature", "o=:AAA=:");
    assertTrue(claimed(order).isBy(SHARED_KEY));
    SignedRequests two = order();
    String input = input(two.covered(), parameters());
    isInvalid(two.signed("a", input, SHARED).signed("b", input, SHARED), "more than one");
  }

  @Test
  void aLabelStandsInBothFields() {
    isInvalid(order().signed(SHARED).with("Signature", "b=:AAA=:"), "only one of");
    isInvalid(order().signed(SHARED).with("Signature-Input", "b=()"), "only one of");
    isInvalid(order().signed(SHARED).without("Signature"), "only one of");
    isInvalid(order().signed(SHARED).without("Signature-Input"), "only one of");
  }

  @Test
  void whatIsSentTwiceIsNotSigned() {
    SignedRequests order = order().with("Content-Type", "text/plain");
    isInvalid(order.signed(SHARED), "content-type, which stands twice");
  }

  @Test
  void aComponentStandsOnceIsInTheRequestAndHasNoParameters() {
    SignedRequests order = order();
    List<String> covered = order.covered();
    isInvalid(order().signed("x", input(plus(covered, "@path"), parameters()), SHARED), "twice");
    isInvalid(
        order().signed("x", input(plus(covered, "date"), parameters()), SHARED), "covers date");
    for (String unknown :
        List.of("@request-target", "@query-param", "@status", "@signature-params")) {
      isInvalid(order().signed("x", input(plus(covered, unknown), parameters()), SHARED), unknown);
    }
    isInvalid(
        order()
            .signed(
                "x", input(covered, parameters()).replace("\"@path\"", "\"@path\";req"), SHARED),
        "parameters");
    isInvalid(
        order()
            .signed(
                "x",
                input(covered, parameters()).replace("\"content-type\"", "\"Content-Type\""),
                SHARED),
        "not cover content-type");
  }

  private static List<String> plus(List<String> covered, String more) {
    List<String> all = new ArrayList<>(covered);
    all.add(more);
    return all;
  }

  @Test
  void moreMayBeCoveredThanHasToBe() {
    SignedRequests order = order().with("X-Client-Order-Id", "42");
    List<String> more =
        plus(plus(plus(order.covered(), "x-client-order-id"), "@target-uri"), "@scheme");
    SignedRequests signed = order.signed("x", input(more, parameters()), SHARED);
    assertTrue(claimed(signed).isBy(SHARED_KEY));
    assertTrue(
        claimed(signed)
            .base()
            .contains("\"@target-uri\": https://api.exchange.example/v1/orders?dry_run=false\n"));
    assertFalse(claimed(signed.instead("X-Client-Order-Id", "43")).isBy(SHARED_KEY));
  }

  @Test
  void whatIsNotAsciiIsNotSigned() {
    isInvalid(order().uri("/v1/orders?q=ü").signed(SHARED), "not ASCII");
  }

  /// The mark is what makes a second one a replay: one for each nonce of each key of each client.
  @Test
  void aNonceIsGoodOnceForAKeyOfAClient() {
    RealmName realm = new RealmName("test");
    ClientId bot = new ClientId("bot");
    UUID digest = claimed(order().signed(SHARED)).mark(realm, bot).digest();
    assertEquals(digest, claimed(query().signed(SHARED)).mark(realm, bot).digest());
    assertNotEquals(
        digest, claimed(order().signed(SHARED)).mark(realm, new ClientId("other")).digest());
    assertNotEquals(
        digest, claimed(signedWith(with("keyid", "\"other\""))).mark(realm, bot).digest());
    assertNotEquals(
        digest,
        claimed(signedWith(with("nonce", "\"another-nonce-of-16\""))).mark(realm, bot).digest());
    assertEquals(
        CREATED.plusSeconds(35), claimed(order().signed(SHARED)).mark(realm, bot).expiresAt());
  }

  @Test
  void itSaysWhatItWantsToSee() {
    assertEquals(
        "xrq=(\"@method\" \"@authority\" \"@path\" \"@query\" \"authorization\" \"content-type\""
            + " \"content-digest\");created;tag=\"xrq-v1\"",
        MessageSignature.accepted(order().without("Content-Digest").read()));
    assertEquals(
        "xrq=(\"@method\" \"@authority\" \"@path\" \"@query\" \"authorization\");created"
            + ";tag=\"xrq-v1\"",
        MessageSignature.accepted(query().read()));
  }
}
