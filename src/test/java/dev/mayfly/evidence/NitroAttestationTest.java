package dev.mayfly.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mayfly.jose.PublicKeys;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.AwsNitroRule;
import dev.mayfly.realm.PcrPolicy;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NitroAttestationTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final String CHALLENGE = "challenge-1";
  private static final byte[] NONCE = CHALLENGE.getBytes(StandardCharsets.US_ASCII);
  private static final String PCR0 = "01".repeat(48);
  private static final NitroModule MODULE = new NitroModule(NOW);
  private static final KeyPair INSTANCE = NitroModule.newKey("secp256r1");
  private static final Duration THREE_HOURS = Duration.ofHours(3);
  private static final Circumstances IN =
      new Circumstances(
          "https://broker.example/realms/r",
          new ClientId("bot"),
          new JwkThumbprint(PublicKeys.thumbprint(INSTANCE.getPublic())),
          NOW);

  private final FakeChallenges challenges = new FakeChallenges(CHALLENGE);

  private static NitroModule.Draft draft() {
    return MODULE.new Draft(NOW, THREE_HOURS, NONCE, INSTANCE.getPublic().getEncoded());
  }

  private static AwsNitroRule rule(NitroModule module, Map<Integer, List<String>> pcrs) {
    return new AwsNitroRule(
        Rules.worth("enclave"),
        List.of(module.root()),
        new PcrPolicy(PcrPolicy.Bank.SHA384, new TreeMap<>(pcrs)));
  }

  private static AwsNitroRule rule() {
    return rule(MODULE, Map.of(0, List.of(PCR0), 2, List.of("ff".repeat(48), "03".repeat(48))));
  }

  private Appraisal appraised(byte[] document, AwsNitroRule rule) {
    return new NitroAttestation(document).appraise(rule, IN, challenges);
  }

  private void accepted(byte[] document) {
    Appraisal.Accepted accepted =
        assertInstanceOf(Appraisal.Accepted.class, appraised(document, rule()));
    assertEquals("i-0936512d5ae6ee91a-enc01823bcde8eba8af", accepted.subject());
  }

  private void refused(String because, byte[] document, AwsNitroRule rule) {
    assertEquals(new Appraisal.Refused("enclave", because), appraised(document, rule));
  }

  private void refused(String because, byte[] document) {
    refused(because, document, rule());
  }

  @Test
  void acceptsADocumentOverOurChallengeAndTheInstanceKey() {
    accepted(draft().signed());
  }

  @Test
  void acceptsTheThumbprintAsUserData() {
    byte[] thumbprint = IN.instance().value().getBytes(StandardCharsets.US_ASCII);
    accepted(draft().with("public_key", CborReader.NULL).with("user_data", thumbprint).signed());
    // The public key may be another, for AWS KMS.
    byte[] other = NitroModule.newKey("secp384r1").getPublic().getEncoded();
    accepted(draft().with("public_key", other).with("user_data", thumbprint).signed());
  }

  @Test
  void aDocumentOfAnotherRootIsRefused() {
    refused(
        "certificate: it does not chain to an anchor of the rule, or not at this time",
        draft().signed(),
        rule(new NitroModule(NOW), Map.of(0, List.of(PCR0))));
  }

  @Test
  void aBundleWithoutTheIssuerIsRefused() {
    refused(
        "certificate: it does not chain to an anchor of the rule, or not at this time",
        draft().with("cabundle", List.of(draftRoot())).signed());
  }

  private static byte[] draftRoot() {
    try {
      return MODULE.root().getEncoded();
    } catch (CertificateEncodingException e) {
      throw new AssertionError(e);
    }
  }

  /// The certificates of modules live for hours: what counts is the document's own time.
  @Test
  void theCertificateWasGoodAtTheDocumentsTime() {
    Instant earlier = NOW.minusSeconds(200);
    accepted(
        MODULE.new Draft(earlier, Duration.ofSeconds(100), NONCE, INSTANCE.getPublic().getEncoded())
            .with("timestamp", earlier.toEpochMilli())
            .signed());
    refused(
        "certificate: it does not chain to an anchor of the rule, or not at this time",
        MODULE
            .new Draft(
                NOW.minusSeconds(200),
                Duration.ofSeconds(100),
                NONCE,
                INSTANCE.getPublic().getEncoded())
            .with("timestamp", NOW.toEpochMilli())
            .signed());
  }

  @Test
  void aDocumentOfAnotherTimeIsRefused() {
    accepted(draft().with("timestamp", NOW.plusSeconds(359).toEpochMilli()).signed());
    accepted(draft().with("timestamp", NOW.plusSeconds(360).toEpochMilli()).signed());
    refused(
        "timestamp: it is not of these minutes",
        draft().with("timestamp", NOW.plusSeconds(361).toEpochMilli()).signed());
    refused(
        "timestamp: it is not of these minutes",
        draft().with("timestamp", NOW.minusSeconds(361).toEpochMilli()).signed());
  }

  @Test
  void aSignatureOfAnotherKeyIsRefused() {
    refused(
        "signature: the certificate's key did not sign the document",
        draft().signedBy(NitroModule.newKey("secp384r1")).signed());
  }

  @Test
  void aKeyOfAnotherCurveIsRefused() {
    refused(
        "signature: the certificate's key did not sign the document",
        MODULE.new Draft(NOW, THREE_HOURS, NONCE, INSTANCE.getPublic().getEncoded(), "secp256r1")
            .signedBy(NitroModule.newKey("secp384r1"))
            .signed());
  }

  @Test
  void anotherAlgorithmIsRefused() {
    refused(
        "document: its header is not just ES384",
        draft().withHeader((byte) 0xa1, (byte) 0x01, (byte) 0x26).signed());
  }

  @Test
  void aStaleOrForeignNonceIsRefused() {
    String because = "nonce: it is no challenge of ours, or no longer fresh";
    refused(because, draft().with("nonce", new byte[] {1, 2, 3}).signed());
    refused(because, draft().with("nonce", CborReader.NULL).signed());
    byte[] document = draft().signed();
    challenges.forget(CHALLENGE);
    refused(because, document);
  }

  @Test
  void aDocumentIsWorthNothingToAnotherInstanceKey() {
    String because = "public_key: neither it nor user_data is the instance key";
    refused(
        because,
        draft()
            .with("public_key", NitroModule.newKey("secp256r1").getPublic().getEncoded())
            .signed());
    refused(because, draft().with("public_key", new byte[] {4, 5}).signed());
    refused(because, draft().with("public_key", CborReader.NULL).signed());
    refused(
        because,
        draft()
            .with("public_key", CborReader.NULL)
            .with("user_data", "A".repeat(43).getBytes(StandardCharsets.US_ASCII))
            .signed());
  }

  @Test
  void aPcrThatHoldsSomethingElseIsRefused() {
    refused(
        "pcrs: PCR 0 holds " + PCR0,
        draft().signed(),
        rule(MODULE, Map.of(0, List.of("ee".repeat(48)))));
  }

  @Test
  void aPcrThatIsNotInTheDocumentIsRefused() {
    refused(
        "pcrs: PCR 16 is not in the document",
        draft().signed(),
        rule(MODULE, Map.of(16, List.of(PCR0))));
  }

  /// An enclave in debug mode attests zeros.
  @Test
  void aDebugEnclaveIsRefused() {
    Map<Object, Object> zeros = new TreeMap<>();
    for (long pcr = 0; pcr < 16; pcr++) {
      zeros.put(pcr, new byte[48]);
    }
    refused("pcrs: PCR 0 holds " + "0".repeat(96), draft().with("pcrs", zeros).signed());
    assertThrows(
        IllegalArgumentException.class, () -> rule(MODULE, Map.of(0, List.of("0".repeat(96)))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"})
  void aDocumentThatLacksAFieldIsRefused(String field) {
    assertInstanceOf(
        Appraisal.Refused.class, appraised(draft().without(field).signed(), rule()), field);
  }

  @Test
  void aFieldThatIsNotKnownIsRefused() {
    refused("document: it has a field that is not known", draft().with("extra", 1L).signed());
  }

  @Test
  void aPcrOfAnotherLengthIsRefused() {
    refused(
        "document: a PCR is not a number from 0 to 31 with 48 bytes",
        draft().with("pcrs", Map.of(0L, new byte[32])).signed());
  }

  @Test
  void aDocumentCutShortOrFollowedBySomethingIsRefused() {
    byte[] document = draft().signed();
    for (int length = 0; length < document.length; length += 7) {
      assertInstanceOf(Appraisal.Refused.class, appraised(Arrays.copyOf(document, length), rule()));
    }
    refused("document: bytes follow its end", Arrays.copyOf(document, document.length + 1));
    refused("document: it is longer than 16 KiB", new byte[16 * 1024 + 1]);
  }

  @Test
  void aKeyThatStandsTwiceIsRefused() {
    byte[] payload = draft().payload();
    byte[] again = NitroModule.cbor(Map.of("digest", "SHA384"));
    byte[] doubled = Arrays.copyOf(payload, payload.length + again.length - 1);
    doubled[0]++; // one more in the map
    System.arraycopy(again, 1, doubled, payload.length, again.length - 1);
    refused("document's payload: a key stands twice", draft().signed(doubled));
  }

  @Test
  void whatIsNotDefiniteShortestCborIsRefused() {
    for (String malformed :
        List.of(
            "9f00ff", // an array of indefinite length
            "5f4100ff", // bytes in pieces
            "1800", // a number longer than it needs to be
            "190010",
            "1a00000100",
            "1bffffffffffffffff", // beyond 63 bits
            "c100", // a tag
            "f4", // false
            "fb3ff0000000000000", // a fraction
            "a14100f6", // a key of bytes
            "62c328", // no UTF-8
            "8181818181818100", // too deep
            "5a7fffffff00", // longer than there are bytes
            "9affffffff",
            "")) {
      assertThrows(
          MalformedEvidence.class,
          () -> CborReader.read("test", HexFormat.of().parseHex(malformed)),
          malformed);
    }
  }
}
