package dev.mayfly.contract;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certification authority of the suite's own, and what it certifies. `above` are the
/// certificates between it and its root, its own first; none for a root.
record Authority(KeyPair keys, X509Certificate certificate, List<X509Certificate> above) {
  private static final AtomicLong SERIAL = new AtomicLong(System.nanoTime());

  static Authority root(String name) {
    return root(name, Optional.empty());
  }

  /// With a name constraint: DNS names below `domain` only.
  static Authority root(String name, Optional<String> domain) {
    KeyPair keys = newKeys();
    X500Name subject = new X500Name("CN=" + name);
    return new Authority(keys, ca(subject, keys, subject, keys, domain), List.of());
  }

  Authority intermediate(String name) {
    KeyPair keys = newKeys();
    X509Certificate own =
        ca(subject(), this.keys, new X500Name("CN=" + name), keys, Optional.empty());
    List<X509Certificate> chain = new ArrayList<>(List.of(own));
    chain.addAll(above);
    return new Authority(keys, own, chain);
  }

  Leaf leaf(String subject) {
    return new Leaf(this, subject);
  }

  private X500Name subject() {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  String base64() {
    return Authority.base64(certificate);
  }

  static String base64(X509Certificate certificate) {
    try {
      return Base64.getEncoder().encodeToString(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  /// As RFC 4514 reads it: the last attribute comes first in the certificate.
  private static X500Name subjectName(String text) {
    return X500Name.getInstance(new X500Principal(text).getEncoded());
  }

  static KeyPair newKeys() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate ca(
      X500Name issuer, KeyPair signer, X500Name subject, KeyPair keys, Optional<String> domain) {
    try {
      Instant now = Instant.now();
      var builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(SERIAL.incrementAndGet()),
              Date.from(now.minus(Duration.ofHours(1))),
              Date.from(now.plus(Duration.ofDays(1))),
              subject,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(2));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      if (domain.isPresent()) {
        builder.addExtension(
            Extension.nameConstraints,
            true,
            new NameConstraints(
                new GeneralSubtree[] {
                  new GeneralSubtree(new GeneralName(GeneralName.dNSName, domain.get()))
                },
                null));
      }
      return certificate(builder, signer);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate certificate(JcaX509v3CertificateBuilder builder, KeyPair signer) {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
    } catch (OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What a peer shows in the handshake: its key and its chain, its own certificate first.
  record Identity(KeyPair keys, List<X509Certificate> chain) {
    X509Certificate certificate() {
      return chain.getFirst();
    }

    /// As files have them: all certificates; and the private key, PKCS#8.
    String certificatePem() {
      return chain.stream().map(each -> pem("CERTIFICATE", base64(each))).collect(joining());
    }

    String keyPem() {
      return pem("PRIVATE KEY", Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded()));
    }

    private static String pem(String kind, String base64) {
      return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
          .formatted(kind, base64.replaceAll("(.{64})(?=.)", "$1\n"));
    }

    @Override
    public String toString() {
      return "Identity[redacted]";
    }
  }

  /// A certificate of a client, good until something is changed.
  static final class Leaf {
    private final Authority issuer;
    private final String subject;
    private final List<GeneralName> names = new ArrayList<>();
    private KeyPair keys = newKeys();
    private KeyPurposeId purpose = KeyPurposeId.id_kp_clientAuth;
    private int usage = KeyUsage.digitalSignature;
    private boolean ca;
    private Duration from = Duration.ofMinutes(-5);
    private Duration to = Duration.ofHours(1);

    private Leaf(Authority issuer, String subject) {
      this.issuer = issuer;
      this.subject = subject;
    }

    Leaf name(int type, String value) {
      names.add(new GeneralName(type, value));
      return this;
    }

    Leaf uri(String value) {
      return name(GeneralName.uniformResourceIdentifier, value);
    }

    Leaf keys(KeyPair keys) {
      this.keys = keys;
      return this;
    }

    Leaf forServers() {
      purpose = KeyPurposeId.id_kp_serverAuth;
      return this;
    }

    Leaf usage(int usage) {
      this.usage = usage;
      return this;
    }

    Leaf certifying() {
      ca = true;
      usage = KeyUsage.digitalSignature | KeyUsage.keyCertSign;
      return this;
    }

    Leaf valid(Duration from, Duration to) {
      this.from = from;
      this.to = to;
      return this;
    }

    /// Signed by its own key instead of the authority's.
    Identity selfSigned() {
      return new Identity(keys, List.of(built(subjectName(subject), keys)));
    }

    Identity identity() {
      List<X509Certificate> chain = new ArrayList<>();
      chain.add(built(issuer.subject(), issuer.keys()));
      chain.addAll(issuer.above());
      return new Identity(keys, chain);
    }

    private X509Certificate built(X500Name issuerName, KeyPair signer) {
      try {
        Instant now = Instant.now();
        var builder =
            new JcaX509v3CertificateBuilder(
                issuerName,
                BigInteger.valueOf(SERIAL.incrementAndGet()),
                Date.from(now.plus(from)),
                Date.from(now.plus(to)),
                subjectName(subject),
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
        if (!names.isEmpty()) {
          builder.addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(names.toArray(GeneralName[]::new)));
        }
        return certificate(builder, signer);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
