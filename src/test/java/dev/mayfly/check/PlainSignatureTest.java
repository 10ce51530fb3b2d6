package dev.mayfly.check;

import static dev.mayfly.check.SignedRequests.CREATED;
import static dev.mayfly.check.SignedRequests.NONCE;
import static dev.mayfly.check.SignedRequests.order;
import static dev.mayfly.check.SignedRequests.query;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.check.ClaimedSignature.Reading;
import dev.mayfly.signature.RfcKeys;
import dev.mayfly.signature.VerificationKey;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The plain scheme, against the vectors of `src/docs/request-signing.md`.
class PlainSignatureTest {
  private static final VerificationKey KEY =
      new VerificationKey.Hmac(
          Base64.getUrlDecoder().decode("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
  private static final String TIME = "1790000000000";
  private static final String OF_ORDER =
      "3ddfb05ba766bccd9ac976d3396930d1915586e7dc382ee00bdd5df777813233";
  private static final String OF_QUERY =
      "172fd72eda15ecfa17c50b74cabb4544ff2cc5e23e70f956ae4233db5a94b990";

  private static SignedRequests signedOrder() {
    return order().plain(TIME, NONCE, OF_ORDER);
  }

  private static SignedRequests signedQuery() {
    return query().uri("/v1/orders").plain(TIME, NONCE, OF_QUERY);
  }

  private static Reading reading(SignedRequests request, Instant now) {
    return PlainSignature.read(request.read(), now);
  }

  private static ClaimedSignature claimed(SignedRequests request) {
    return assertInstanceOf(Reading.Legible.class, reading(request, CREATED)).signature();
  }

  private static Reason reason(SignedRequests request) {
    return assertInstanceOf(Reading.Refused.class, reading(request, CREATED)).reason();
  }

  @Test
  void thePublishedVectorsAreGood() {
    assertTrue(claimed(signedOrder()).isBy(KEY));
    assertTrue(claimed(signedQuery()).isBy(KEY));
    assertTrue(claimed(signedOrder().content(SignedRequests.CONTENT)).isBy(KEY));
  }

  @Test
  void aChangeOfAnythingThatIsSignedEndsIt() {
    assertFalse(claimed(signedOrder().method("PUT")).isBy(KEY));
    assertFalse(claimed(signedOrder().uri("/v1/order?dry_run=false")).isBy(KEY));
    assertFalse(claimed(signedOrder().uri("/v1/orders?dry_run=true")).isBy(KEY));
    assertFalse(claimed(signedOrder().uri("/v1/orders/dry_run=false")).isBy(KEY));
    assertFalse(claimed(signedOrder().at("https", "evil.example")).isBy(KEY));
    assertFalse(claimed(signedOrder().instead("Authorization", "Bearer other")).isBy(KEY));
    assertFalse(claimed(signedOrder().instead("Mayfly-Nonce", NONCE + "x")).isBy(KEY));
    assertFalse(claimed(signedOrder().instead("Mayfly-Timestamp", "1790000000001")).isBy(KEY));
    assertFalse(
        claimed(
                signedOrder()
                    .instead(
                        "Content-Digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"))
            .isBy(KEY));
    assertFalse(claimed(signedQuery().uri("/v1/orders?all=1")).isBy(KEY));
  }

  /// No key but a shared one, whatever the signature's bytes are.
  @Test
  void onlyASharedKeyMakesIt() {
    assertFalse(claimed(signedOrder()).isBy(new VerificationKey.Ed25519(RfcKeys.ED25519)));
    assertFalse(claimed(signedOrder()).isBy(new VerificationKey.EcdsaP256(RfcKeys.P256)));
    assertFalse(claimed(signedOrder()).isBy(new VerificationKey.Hmac(RfcKeys.SHARED)));
  }

  @Test
  void withoutADigestItSaysThatThereIsNoContent() {
    assertEquals(
        Optional.of("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"),
        claimed(signedQuery()).contentDigest());
    assertEquals(Reason.DIGEST_MISSING, reason(signedQuery().content("x")));
    assertEquals(Reason.DIGEST_MISSING, reason(signedOrder().without("Content-Digest")));
    assertEquals(Optional.of(SignedRequests.DIGEST), claimed(signedOrder()).contentDigest());
    assertEquals(Reason.DIGEST_WRONG, reason(signedOrder().content("other")));
    assertEquals(
        Reason.DIGEST_WRONG,
        reason(
            signedOrder()
                .instead(
                    "Content-Digest",
                    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyea"
                        + "ldVLvRwEmTHWXvJwew==:")));
  }

  @ParameterizedTest
  @CsvSource({"-5001,false", "-5000,true", "-4999,true", "29999,true", "30000,true", "30001,false"})
  void itIsGoodFromFiveSecondsBeforeToThirtyAfter(long milliseconds, boolean good) {
    Reading reading = reading(signedOrder(), CREATED.plusMillis(milliseconds));
    assertEquals(good, reading instanceof Reading.Legible, reading.toString());
    if (!good) {
      assertEquals(Reason.SIGNATURE_OUTSIDE_WINDOW, ((Reading.Refused) reading).reason());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Mayfly-Keyid", "Mayfly-Timestamp", "Mayfly-Nonce", "Mayfly-Signature"})
  void eachFieldStandsOnce(String field) {
    assertEquals(Reason.SIGNATURE_INVALID, reason(signedOrder().without(field)));
    assertEquals(Reason.SIGNATURE_INVALID, reason(signedOrder().with(field, TIME)));
    for (String malformed : List.of("", "ü", "x".repeat(129), OF_ORDER + " ")) {
      assertEquals(
          Reason.SIGNATURE_INVALID, reason(signedOrder().instead(field, malformed)), malformed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1790000000", "01790000000000", "17900000000000", "-179000000000"})
  void aTimestampHasThirteenDigits(String timestamp) {
    assertEquals(
        Reason.SIGNATURE_INVALID, reason(signedOrder().instead("Mayfly-Timestamp", timestamp)));
  }

  @Test
  void aSignatureIsInLowerCase() {
    assertEquals(
        Reason.SIGNATURE_INVALID,
        reason(
            signedOrder()
                .instead("Mayfly-Signature", OF_ORDER.toUpperCase(java.util.Locale.ROOT))));
  }

  @Test
  void withoutAHostNothingIsSigned() {
    assertEquals(Reason.SIGNATURE_INVALID, reason(signedOrder().at("", "api.exchange.example")));
  }

  /// One character of another kind must not become the same `?` as any other.
  @Test
  void aQueryThatIsNotAsciiIsRefused() {
    assertEquals(Reason.SIGNATURE_INVALID, reason(signedOrder().uri("/v1/orders?q=ü")));
  }

  @Test
  void signaturesOfTwoKindsAreNone() {
    SignedRequests both = signedOrder().signed(base -> new byte[32]);
    assertTrue(MessageSignature.isIn(both.read()));
    assertTrue(SignatureGate.isSigned(both.read(), CREATED));
    assertFalse(SignatureGate.isSigned(order().read(), CREATED));
  }
}
