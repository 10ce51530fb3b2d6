package dev.mayfly.attestation;

import static dev.mayfly.attestation.AttestationKit.INSTANCE_KEY;
import static dev.mayfly.attestation.AttestationKit.NOW;
import static dev.mayfly.attestation.AttestationKit.REALM;
import static dev.mayfly.attestation.AttestationKit.accepted;
import static dev.mayfly.attestation.AttestationKit.attestation;
import static dev.mayfly.attestation.AttestationKit.key;
import static dev.mayfly.attestation.AttestationKit.pop;
import static dev.mayfly.attestation.AttestationKit.refused;
import static dev.mayfly.oauth.OAuthError.INVALID_CLIENT_ATTESTATION;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.realm.AttestationLevels;
import dev.mayfly.realm.Attester;
import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

/// [ATT-5]: an attester that is known by what its certificate chains to. RFC 5280 §6.
class CertificateChainTest {
  private static final Instant FROM = NOW.minus(Duration.ofDays(1));
  private static final Instant TO = NOW.plus(Duration.ofDays(1));
  private static final ECKey ROOT_KEY = key("root");
  private static final ECKey MIDDLE_KEY = key("middle");
  private static final ECKey LEAF_KEY = key("leaf");
  private static final X509Certificate ROOT = ca("Root", ROOT_KEY, "Root", ROOT_KEY);
  private static final X509Certificate MIDDLE = ca("Middle", MIDDLE_KEY, "Root", ROOT_KEY);
  private static final X509Certificate LEAF = leaf(FROM, TO);

  private static X509Certificate ca(String name, ECKey key, String issuer, ECKey issuerKey) {
    return certificate(
        name, key, issuer, issuerKey, FROM, TO, true, KeyUsage.keyCertSign | KeyUsage.cRLSign);
  }

  private static X509Certificate leaf(Instant from, Instant to) {
    return certificate(
        "Leaf", LEAF_KEY, "Middle", MIDDLE_KEY, from, to, false, KeyUsage.digitalSignature);
  }

  private static X509Certificate certificate(
      String name,
      ECKey key,
      String issuer,
      ECKey issuerKey,
      Instant from,
      Instant to,
      boolean isCa,
      int usage) {
    try {
      PublicKey publicKey = key.toECPublicKey();
      PrivateKey issuerPrivateKey = issuerKey.toECPrivateKey();
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + issuer),
              BigInteger.valueOf(name.hashCode() & 0x7FFF_FFFF),
              Date.from(from),
              Date.from(to),
              new X500Name("CN=" + name),
              publicKey);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isCa));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(issuerPrivateKey)));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Attester trusting(X509Certificate... anchors) {
    return new Attester.X5c(
        "corp", List.of(anchors), AttestationKit.LONGEST, AttestationLevels.ONE.weakest());
  }

  private static AttestationResult presents(
      Attester attester, ECKey signer, X509Certificate... chain) {
    String x5c =
        Arrays.stream(chain)
            .map(CertificateChainTest::encoded)
            .collect(Collectors.joining(",", "[", "]"));
    return presents(attester, signer, x5c);
  }

  private static AttestationResult presents(Attester attester, ECKey signer, String x5c) {
    return AttestationKit.verify(
        REALM,
        NOW,
        attester,
        attestation().withHeader("x5c", x5c).signedBy(signer),
        pop().signedBy(INSTANCE_KEY));
  }

  private static String encoded(X509Certificate certificate) {
    try {
      return '"' + Base64.getEncoder().encodeToString(certificate.getEncoded()) + '"';
    } catch (java.security.cert.CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void untrusted(AttestationResult result) {
    refused(
        INVALID_CLIENT_ATTESTATION,
        "attestation: no attester that counts for this client signed it",
        result);
  }

  @Test
  void acceptsALeafThatChainsToAnAnchor() {
    AttestationEvidence evidence = accepted(presents(trusting(ROOT), LEAF_KEY, LEAF, MIDDLE));
    assertEquals("corp", evidence.kind());
  }

  @Test
  void anAnchorInTheChainDoesNoHarm() {
    accepted(presents(trusting(ROOT), LEAF_KEY, LEAF, MIDDLE, ROOT));
  }

  @Test
  void anIntermediateMayBeAnAnchor() {
    accepted(presents(trusting(MIDDLE), LEAF_KEY, LEAF));
  }

  @Test
  void refusesAChainWithAHole() {
    untrusted(presents(trusting(ROOT), LEAF_KEY, LEAF));
  }

  @Test
  void refusesAChainInAnotherOrder() {
    untrusted(presents(trusting(ROOT), LEAF_KEY, MIDDLE, LEAF));
  }

  @Test
  void refusesAForeignRoot() {
    ECKey foreign = key("foreign");
    untrusted(presents(trusting(ca("Root", foreign, "Root", foreign)), LEAF_KEY, LEAF, MIDDLE));
  }

  @Test
  void refusesASelfSignedLeaf() {
    X509Certificate own =
        certificate("Leaf", LEAF_KEY, "Leaf", LEAF_KEY, FROM, TO, false, KeyUsage.digitalSignature);
    untrusted(presents(trusting(ROOT), LEAF_KEY, own));
  }

  @Test
  void aCertificateIsValidFromItsFirstSecondToItsLast() {
    untrusted(presents(trusting(ROOT), LEAF_KEY, leaf(NOW.plusSeconds(1), TO), MIDDLE));
    accepted(presents(trusting(ROOT), LEAF_KEY, leaf(NOW, TO), MIDDLE));
    accepted(presents(trusting(ROOT), LEAF_KEY, leaf(FROM, NOW), MIDDLE));
    untrusted(presents(trusting(ROOT), LEAF_KEY, leaf(FROM, NOW.minusSeconds(1)), MIDDLE));
  }

  @Test
  void aCaIsNoAttester() {
    untrusted(presents(trusting(ROOT), MIDDLE_KEY, MIDDLE));
    untrusted(presents(trusting(ROOT), ROOT_KEY, ROOT));
  }

  @Test
  void aLeafMayNotIssue() {
    ECKey own = key("own");
    X509Certificate below =
        certificate("Below", own, "Leaf", LEAF_KEY, FROM, TO, false, KeyUsage.digitalSignature);
    untrusted(presents(trusting(ROOT), own, below, LEAF, MIDDLE));
  }

  @Test
  void aLeafThatMayNotSignIsNoAttester() {
    X509Certificate encrypting =
        certificate("Leaf", LEAF_KEY, "Middle", MIDDLE_KEY, FROM, TO, false, KeyUsage.keyAgreement);
    untrusted(presents(trusting(ROOT), LEAF_KEY, encrypting, MIDDLE));
  }

  @Test
  void theLeafsKeySignsTheAttestation() {
    untrusted(presents(trusting(ROOT), MIDDLE_KEY, LEAF, MIDDLE));
    untrusted(presents(trusting(ROOT), key("another"), LEAF, MIDDLE));
  }

  /// An anchor at the head of the chain must not lend its key to a path that is somebody else's.
  @Test
  void anAnchorAtTheHeadIsNotExcusedByAValidPathBehindIt() {
    ECKey own = key("pinned");
    X509Certificate pinned =
        certificate(
            "Pinned",
            own,
            "Pinned",
            ROOT_KEY,
            FROM,
            NOW.minusSeconds(1),
            false,
            KeyUsage.digitalSignature);
    untrusted(presents(trusting(ROOT, pinned), own, pinned, LEAF, MIDDLE));
  }

  @Test
  void aChainHas1To4Certificates() {
    untrusted(presents(trusting(ROOT), LEAF_KEY, "[]"));
    accepted(presents(trusting(ROOT), LEAF_KEY, LEAF, MIDDLE, ROOT, ROOT));
    untrusted(presents(trusting(ROOT), LEAF_KEY, LEAF, MIDDLE, ROOT, ROOT, ROOT));
  }

  @Test
  void refusesWhatIsNoCertificate() {
    untrusted(presents(trusting(ROOT), LEAF_KEY, "[\"AAAA\"]"));
    untrusted(presents(trusting(ROOT), LEAF_KEY, "[\"\"]"));
  }

  @Test
  void refusesAnAttestationWithoutAChain() {
    untrusted(
        AttestationKit.verify(
            REALM,
            NOW,
            trusting(ROOT),
            attestation().signedBy(LEAF_KEY),
            pop().signedBy(INSTANCE_KEY)));
  }
}
