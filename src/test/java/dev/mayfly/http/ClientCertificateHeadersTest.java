package dev.mayfly.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientCertificateHeadersTest {
  private static final X509Certificate CERTIFICATE = certificate("CN=bot");
  private static final X509Certificate ISSUER = certificate("CN=issuer");

  private static X509Certificate certificate(String name) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      KeyPair keys = generator.generateKeyPair();
      Instant now = Instant.parse("2026-11-22T12:00:00Z");
      return new JcaX509CertificateConverter()
          .getCertificate(
              new JcaX509v3CertificateBuilder(
                      new X500Name(name),
                      BigInteger.ONE,
                      Date.from(now),
                      Date.from(now.plusSeconds(60)),
                      new X500Name(name),
                      keys.getPublic())
                  .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(X509Certificate certificate) {
    return Base64.getEncoder().encodeToString(der(certificate));
  }

  private static String item(X509Certificate certificate) {
    return ":" + base64(certificate) + ":";
  }

  private static void refused(List<String> certificate, List<String> chain) {
    assertInstanceOf(
        PresentedCertificate.Unacceptable.class,
        ClientCertificateHeaders.parse(certificate, chain));
  }

  @Test
  void readsACertificateAndItsChain() {
    assertEquals(
        new PresentedCertificate.Chain(List.of(CERTIFICATE)),
        ClientCertificateHeaders.parse(List.of(item(CERTIFICATE)), List.of()));
    assertEquals(
        new PresentedCertificate.Chain(List.of(CERTIFICATE, ISSUER, CERTIFICATE)),
        ClientCertificateHeaders.parse(
            List.of(" " + item(CERTIFICATE)), List.of(item(ISSUER) + " ,\t" + item(CERTIFICATE))));
  }

  @Test
  void severalChainFieldsAreOneList() {
    assertEquals(
        new PresentedCertificate.Chain(List.of(CERTIFICATE, ISSUER, ISSUER)),
        ClientCertificateHeaders.parse(
            List.of(item(CERTIFICATE)), List.of(item(ISSUER), item(ISSUER))));
  }

  @Test
  void withoutHeadersThereIsNoCertificate() {
    assertEquals(
        new PresentedCertificate.None(), ClientCertificateHeaders.parse(List.of(), List.of()));
  }

  @Test
  void refusesAChainWithoutACertificateAndTwoCertificates() {
    refused(List.of(), List.of(item(ISSUER)));
    refused(List.of(item(CERTIFICATE), item(CERTIFICATE)), List.of());
    refused(List.of(item(CERTIFICATE) + ", " + item(CERTIFICATE)), List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", "::", ":AAAA:", "x", ":%:", "\"x\"", "?1", "::;a=1"})
  void refusesWhatIsNoCertificate(String text) {
    refused(List.of(text), List.of());
    refused(List.of(item(CERTIFICATE)), List.of(text));
  }

  @Test
  void refusesOtherSpellingsOfACertificate() {
    String text = base64(CERTIFICATE);
    refused(List.of(text), List.of());
    refused(List.of(item(CERTIFICATE) + ";a=1"), List.of());
    refused(List.of(":" + text.replaceAll("=+$", "") + "===:"), List.of());
    refused(List.of(":" + text.substring(0, 64) + "\n" + text.substring(64) + ":"), List.of());
    refused(
        List.of(":" + Base64.getUrlEncoder().encodeToString(der(CERTIFICATE)) + "_:"), List.of());
  }

  @Test
  void refusesBytesAfterTheCertificateAndPem() throws IOException {
    byte[] der = der(CERTIFICATE);
    byte[] longer = java.util.Arrays.copyOf(der, der.length + 3);
    refused(List.of(":" + Base64.getEncoder().encodeToString(longer) + ":"), List.of());
    String pem =
        "-----BEGIN CERTIFICATE-----\n" + base64(CERTIFICATE) + "\n-----END CERTIFICATE-----\n";
    refused(
        List.of(
            ":"
                + Base64.getEncoder()
                    .encodeToString(pem.getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                + ":"),
        List.of());
  }

  @Test
  void boundsTheChain() {
    List<String> four = Collections.nCopies(ClientCertificateHeaders.MOST, item(ISSUER));
    assertInstanceOf(
        PresentedCertificate.Chain.class,
        ClientCertificateHeaders.parse(List.of(item(CERTIFICATE)), four));
    refused(
        List.of(item(CERTIFICATE)),
        Collections.nCopies(ClientCertificateHeaders.MOST + 1, item(ISSUER)));
    refused(List.of(":" + "A".repeat(ClientCertificateHeaders.LONGEST) + ":"), List.of());
  }
}
