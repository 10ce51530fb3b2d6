package dev.mayfly.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.evidence.TpmIdentity.Invitation;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.PcrPolicy;
import dev.mayfly.realm.TpmRule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Against real (software) TPMs: two of one maker and one of another.
class TpmActivationTest {
  private static final String ZEROS = "0".repeat(64);
  /// The makers' certificates begin when the TPMs are made.
  private static final Instant NOW = Instant.now().plusSeconds(60);
  private static final Circumstances IN = instance("A");
  private static final String CHALLENGE = "challenge-1";

  private static TestTpm.Maker maker;
  private static TestTpm tpm;
  private static TestTpm sister;
  private static TestTpm foreign;
  private static byte[] ak;

  private final FakeChallenges challenges = new FakeChallenges(CHALLENGE);

  @BeforeAll
  static void startTpms() throws IOException {
    maker = new TestTpm.Maker();
    tpm = new TestTpm(maker);
    sister = new TestTpm(maker);
    foreign = new TestTpm(new TestTpm.Maker());
    ak = tpm.makeAk("ak", "ecc", "ecdsa");
  }

  @AfterAll
  static void stopTpms() {
    for (TestTpm each : new TestTpm[] {tpm, sister, foreign}) {
      if (each != null) {
        each.close();
      }
    }
  }

  private static Circumstances instance(String letter) {
    return new Circumstances(
        "https://broker.example/realms/r",
        new ClientId("bot"),
        new JwkThumbprint(letter.repeat(43)),
        NOW);
  }

  private static TpmRule rule(Map<Integer, List<String>> pcrs, String... eks) {
    return new TpmRule(
        Rules.worth("rack"),
        List.of(maker.root()),
        List.of(eks),
        new PcrPolicy(PcrPolicy.Bank.SHA256, new TreeMap<>(pcrs)));
  }

  private static TpmRule rule() {
    return rule(Map.of(0, List.of(ZEROS), 7, List.of(ZEROS)));
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new AssertionError(e);
    }
  }

  private static TpmIdentity identity(TestTpm of, byte[] akPublic) {
    return new TpmIdentity(of.ekCertificate(), List.of(der(maker.issuer())), akPublic);
  }

  private Invitation.Invited invited(TpmIdentity identity, Circumstances in) {
    return assertInstanceOf(
        Invitation.Invited.class, identity.invite(List.of(rule()), CHALLENGE, in, challenges));
  }

  private String notInvited(TpmIdentity identity) {
    return assertInstanceOf(
            Invitation.Refused.class, identity.invite(List.of(rule()), CHALLENGE, IN, challenges))
        .because();
  }

  /// The second step, all of it right.
  private TpmActivation activation(Circumstances in) {
    return activation("ak", ak, in);
  }

  private TpmActivation activation(String name, byte[] akPublic, Circumstances in) {
    TpmIdentity identity = identity(tpm, akPublic);
    Invitation.Invited invitation = invited(identity, in);
    byte[] credential = tpm.activate(name, invitation.blob(), invitation.secret());
    TestTpm.Quoted quoted = tpm.quote(name, TpmActivation.qualifyingData(CHALLENGE, in), 0, 7);
    return new TpmActivation(
        identity, CHALLENGE, credential, quoted.quote(), quoted.signature(), quoted.pcrs());
  }

  private Appraisal.Accepted accepted(TpmActivation activation, TpmRule rule) {
    return assertInstanceOf(Appraisal.Accepted.class, activation.appraise(rule, IN, challenges));
  }

  private void refused(String because, TpmActivation activation, TpmRule rule, Circumstances in) {
    Appraisal.Refused refused =
        assertInstanceOf(
            Appraisal.Refused.class, activation.appraise(rule, in, challenges), because);
    assertEquals("rack", refused.rule());
    assertEquals(because, refused.because());
  }

  private void refused(String because, TpmActivation activation) {
    refused(because, activation, rule(), IN);
  }

  private static TpmActivation with(
      TpmActivation a, byte[] quote, byte[] signature, SortedMap<Integer, byte[]> pcrs) {
    return new TpmActivation(a.identity(), a.challenge(), a.credential(), quote, signature, pcrs);
  }

  private static String ekDigest() {
    return HexFormat.of()
        .formatHex(
            TpmHash.SHA256.digest(
                Rules.certificate(tpm.ekCertificate()).getPublicKey().getEncoded()));
  }

  @Test
  void acceptsAQuoteOfAKeyThatIsInTheTpm() {
    Appraisal.Accepted accepted = accepted(activation(IN), rule());
    assertTrue(accepted.subject().startsWith("EK " + ekDigest() + " AK 000b"), accepted.subject());
  }

  @Test
  void acceptsAnRsaAttestationKey() {
    byte[] rsa = tpm.makeAk("rsa-ak", "rsa", "rsassa");
    accepted(activation("rsa-ak", rsa, IN), rule());
  }

  @Test
  void acceptsOnlyTheTpmsThatAreListed() {
    accepted(activation(IN), rule(Map.of(0, List.of(ZEROS), 7, List.of(ZEROS)), ekDigest()));
    String other = "ab".repeat(32);
    refused(
        "ek_sha256: " + ekDigest() + " is not listed",
        activation(IN),
        rule(Map.of(0, List.of(ZEROS), 7, List.of(ZEROS)), other),
        IN);
  }

  /// The credential is for the sister's EK: this TPM cannot open it, and the sister does not have
  /// the AK.
  @Test
  void anotherTpmsEkDoesNotVouchForTheKey() {
    Invitation.Invited invitation = invited(identity(sister, ak), IN);
    AssertionError refused =
        assertThrows(
            AssertionError.class, () -> tpm.activate("ak", invitation.blob(), invitation.secret()));
    assertTrue(refused.getMessage().contains("tpm2_activatecredential"), refused.getMessage());
  }

  /// What was opened for one EK is worth nothing with another's certificate.
  @Test
  void aCredentialOfAnotherEkIsRefused() {
    TpmActivation own = activation(IN);
    refused(
        "credential: it is not the one for this EK, AK, client and instance key",
        new TpmActivation(
            identity(sister, ak),
            CHALLENGE,
            own.credential(),
            own.quote(),
            own.signature(),
            own.pcrs()));
  }

  /// The credential names the software key; the TPM refuses to open it for a key that it has.
  @Test
  void aKeyThatIsNotInTheTpmCannotBeActivated() {
    byte[] elsewhere = sister.makeAk("elsewhere", "ecc", "ecdsa");
    Invitation.Invited invitation = invited(identity(tpm, elsewhere), IN);
    assertThrows(
        AssertionError.class, () -> tpm.activate("ak", invitation.blob(), invitation.secret()));
  }

  @Test
  void aGuessedCredentialIsRefused() {
    TpmActivation own = activation(IN);
    refused(
        "credential: it is not the one for this EK, AK, client and instance key",
        new TpmActivation(
            own.identity(), CHALLENGE, new byte[32], own.quote(), own.signature(), own.pcrs()));
  }

  @Test
  void aChallengeThatIsNotFreshIsRefused() {
    TpmActivation own = activation(IN);
    challenges.forget(CHALLENGE);
    refused("challenge: it is not ours, or no longer fresh", own);
  }

  @Test
  void aQuoteOverAnotherChallengeIsRefused() {
    TpmActivation own = activation(IN);
    TestTpm.Quoted stale = tpm.quote("ak", TpmActivation.qualifyingData("challenge-0", IN), 0, 7);
    refused(
        "quote: it is over another challenge, client or instance key",
        with(own, stale.quote(), stale.signature(), stale.pcrs()));
  }

  @Test
  void aQuoteIsWorthNothingToAnotherInstanceKey() {
    TpmActivation stolen = activation(IN);
    Circumstances thief = instance("B");
    refused(
        "credential: it is not the one for this EK, AK, client and instance key",
        stolen,
        rule(),
        thief);
    // Even with a credential of the thief's own.
    Invitation.Invited invitation = invited(stolen.identity(), thief);
    byte[] credential = tpm.activate("ak", invitation.blob(), invitation.secret());
    refused(
        "quote: it is over another challenge, client or instance key",
        new TpmActivation(
            stolen.identity(),
            CHALLENGE,
            credential,
            stolen.quote(),
            stolen.signature(),
            stolen.pcrs()),
        rule(),
        thief);
  }

  @Test
  void aPcrThatHoldsSomethingElseIsRefused() {
    refused(
        "pcrs: PCR 7 holds " + ZEROS,
        activation(IN),
        rule(Map.of(0, List.of(ZEROS), 7, List.of("ab".repeat(32)))),
        IN);
  }

  @Test
  void valuesThatAreNotTheQuotedOnesAreRefused() {
    TpmActivation own = activation(IN);
    SortedMap<Integer, byte[]> claimed = new TreeMap<>(own.pcrs());
    byte[] wanted = new byte[32];
    Arrays.fill(wanted, (byte) 0xab);
    claimed.put(7, wanted);
    refused(
        "pcrs: the values are not those of the quote",
        with(own, own.quote(), own.signature(), claimed),
        rule(Map.of(0, List.of(ZEROS), 7, List.of("ab".repeat(32)))),
        IN);
  }

  @Test
  void aQuoteOfAnExtendedPcrIsRefused() {
    String measured = "something that was not to be started";
    sister.extend(16, measured);
    byte[] own = sister.makeAk("own", "ecc", "ecdsa");
    TpmRule rule = rule(Map.of(16, List.of(ZEROS)));
    TpmIdentity identity = identity(sister, own);
    Invitation.Invited invitation = invited(identity, IN);
    TestTpm.Quoted quoted = sister.quote("own", TpmActivation.qualifyingData(CHALLENGE, IN), 16);
    Appraisal.Refused refused =
        assertInstanceOf(
            Appraisal.Refused.class,
            new TpmActivation(
                    identity,
                    CHALLENGE,
                    sister.activate("own", invitation.blob(), invitation.secret()),
                    quoted.quote(),
                    quoted.signature(),
                    quoted.pcrs())
                .appraise(rule, IN, challenges));
    assertTrue(refused.because().startsWith("pcrs: PCR 16 holds "), refused.because());
  }

  @Test
  void aQuoteOfFewerOrOtherPcrsIsRefused() {
    TpmActivation own = activation(IN);
    for (Integer[] registers : new Integer[][] {{0}, {0, 1}, {0, 7, 8}}) {
      TestTpm.Quoted other =
          tpm.quote("ak", TpmActivation.qualifyingData(CHALLENGE, IN), registers);
      refused(
          "pcrs: the quote is about other PCRs than the rule",
          with(own, other.quote(), other.signature(), other.pcrs()));
    }
  }

  @Test
  void aSignatureOfAnotherKeyIsRefused() {
    TpmActivation own = activation(IN);
    byte[] _ = tpm.makeAk("second", "ecc", "ecdsa");
    TestTpm.Quoted other = tpm.quote("second", TpmActivation.qualifyingData(CHALLENGE, IN), 0, 7);
    refused(
        "signature: the AK did not sign the quote",
        with(own, other.quote(), other.signature(), other.pcrs()));
  }

  @Test
  void aKeyThatSignsAnythingIsNoAttestationKey() {
    byte[] unrestricted =
        tpm.makeKey("any", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign");
    assertEquals(
        "rack: the AK signs whatever it is given (restricted)",
        notInvited(identity(tpm, unrestricted)));
  }

  @Test
  void aKeyThatMayLeaveTheTpmIsNoAttestationKey() {
    byte[] movable = tpm.makeKey("movable", "sensitivedataorigin|userwithauth|sign|restricted");
    assertEquals(
        "rack: the AK may be moved to another TPM (fixedTPM, fixedParent)",
        notInvited(identity(tpm, movable)));
  }

  @Test
  void anEkOfAMakerThatIsNotTrustedIsRefused() {
    assertEquals(
        "rack: ek_certificate: it does not chain to an anchor of the rule, or not at this time",
        notInvited(identity(foreign, ak)));
  }

  @Test
  void anEkCertificateWithoutItsIssuerIsRefused() {
    assertEquals(
        "rack: ek_certificate: it does not chain to an anchor of the rule, or not at this time",
        notInvited(new TpmIdentity(tpm.ekCertificate(), List.of(), ak)));
  }

  @Test
  void theMakersOwnCertificateIsNoEk() {
    assertEquals(
        "rack: ek_certificate: it is the certificate of a CA",
        notInvited(new TpmIdentity(der(maker.issuer()), List.of(), ak)));
  }

  /// What `tpm2_makecredential` does is the same: the TPM opens either.
  @Test
  void makesCredentialsForEllipticCurveEksToo() {
    tpm.run("tpm2_createek", "-G", "ecc", "-c", "ecc-ek.ctx", "-u", "ecc-ek.pem", "-f", "pem");
    tpm.flush();
    tpm.run(
        "tpm2_createak",
        "-C",
        "ecc-ek.ctx",
        "-c",
        "ecc-ak.ctx",
        "-G",
        "ecc",
        "-g",
        "sha256",
        "-s",
        "ecdsa",
        "-u",
        "ecc-ak.pub",
        "-f",
        "tss");
    tpm.flush();
    byte[] secret = "sixteen bytes...sixteen bytes...".getBytes(StandardCharsets.US_ASCII);
    TpmCredential made = assertReadable(tpm.read("ecc-ak.pub"), tpm.read("ecc-ek.pem"), secret);
    tpm.write(
        "ecc.blob",
        ByteBuffer.allocate(8 + made.blob().length + made.secret().length)
            .putLong(0xBADCC0DE_00000001L)
            .put(made.blob())
            .put(made.secret())
            .array());
    tpm.run("tpm2_startauthsession", "--policy-session", "-S", "session.ctx");
    tpm.run("tpm2_policysecret", "-S", "session.ctx", "-c", "e");
    tpm.run(
        "tpm2_activatecredential",
        "-c",
        "ecc-ak.ctx",
        "-C",
        "ecc-ek.ctx",
        "-i",
        "ecc.blob",
        "-o",
        "ecc.out",
        "-P",
        "session:session.ctx");
    tpm.run("tpm2_flushcontext", "session.ctx");
    tpm.flush();
    assertEquals(
        new String(secret, StandardCharsets.US_ASCII),
        new String(tpm.read("ecc.out"), StandardCharsets.US_ASCII));
  }

  private static TpmCredential assertReadable(byte[] ecAk, byte[] ekPem, byte[] secret) {
    try {
      return TpmCredential.make(Rules.publicKey(ekPem), TpmPublic.parse(ecAk).name(), secret);
    } catch (MalformedEvidence malformed) {
      throw new AssertionError(malformed);
    }
  }

  @Test
  void structuresCutShortAndTooLongAreRefused() {
    TpmActivation own = activation(IN);
    for (int length = 0; length < ak.length; length++) {
      byte[] cut = Arrays.copyOf(ak, length);
      assertThrows(MalformedEvidence.class, () -> TpmPublic.parse(cut), length + " bytes");
    }
    for (int length = 0; length < own.quote().length; length++) {
      byte[] cut = Arrays.copyOf(own.quote(), length);
      assertThrows(MalformedEvidence.class, () -> TpmQuote.parse(cut), length + " bytes");
    }
    byte[] longer = Arrays.copyOf(own.quote(), own.quote().length + 1);
    assertThrows(MalformedEvidence.class, () -> TpmQuote.parse(longer));
    byte[] longerKey = Arrays.copyOf(ak, ak.length + 1);
    assertThrows(MalformedEvidence.class, () -> TpmPublic.parse(longerKey));
    byte[] cutSignature = Arrays.copyOf(own.signature(), own.signature().length - 1);
    refused("signature: it is cut short", with(own, own.quote(), cutSignature, own.pcrs()));
    byte[] longerSignature = Arrays.copyOf(own.signature(), own.signature().length + 1);
    refused("signature: bytes follow its end", with(own, own.quote(), longerSignature, own.pcrs()));
  }

  @Test
  void aLengthBeyondItsBoundIsRefused() {
    byte[] huge = new byte[70_000];
    huge[0] = (byte) 0xff;
    huge[1] = (byte) 0xff;
    assertEquals("rack: ak_public: a buffer is too long", notInvited(identity(tpm, huge)));
    assertEquals(
        "rack: ek_certificate: it has not 1 to 4096 bytes",
        notInvited(new TpmIdentity(huge, List.of(), ak)));
  }
}
