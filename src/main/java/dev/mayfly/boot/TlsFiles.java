package dev.mayfly.boot;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/// The local certification authority (`tls/ca.crt`: what clients trust) and the server's
/// certificate.
/// Keys: EC P-256, PKCS#8 PEM, mode 0600. The server's certificate is made anew when less than
/// 30 days of it remain, when the host's names changed, or when its key, itself and the
/// authority do not belong together.
final class TlsFiles {
  private static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);
  private static final Duration SERVER_LIFETIME = Duration.ofDays(365);
  private static final Duration RENEWAL = Duration.ofDays(30);

  /// For clients whose clocks are a little behind.
  private static final Duration BACKDATING = Duration.ofMinutes(5);

  private final Path folder;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  TlsFiles(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
  }

  Path authorityCertificate() {
    return folder.resolve("ca.crt");
  }

  Path serverCertificate() {
    return folder.resolve("server.crt");
  }

  Path serverKey() {
    return folder.resolve("server.key");
  }

  private Path authorityKey() {
    return folder.resolve("ca.key");
  }

  private record Identity(PrivateKey key, X509Certificate certificate) {}

  /// Makes what is missing or due. `names` are further host names and addresses beside the
  /// always present `localhost`, `127.0.0.1` and `::1`.
  void ensure(Collection<String> names) {
    var all = new TreeSet<>(names);
    all.add("localhost");
    all.add(canonical("127.0.0.1"));
    all.add(canonical("::1"));
    try {
      var authority = readIdentity(authorityKey(), authorityCertificate()).filter(this::isFresh);
      var signer = authority.isPresent() ? authority.get() : createAuthority();
      var server = readIdentity(serverKey(), serverCertificate());
      if (server
          .filter(s -> isFresh(s) && isSignedBy(s, signer) && namesOf(s).equals(all))
          .isEmpty()) {
        createServer(signer, all);
      }
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new BootException("cannot make the TLS files in " + folder + ": " + e.getMessage(), e);
    }
  }

  private boolean isFresh(Identity identity) {
    return clock.instant().plus(RENEWAL).isBefore(identity.certificate().getNotAfter().toInstant());
  }

  private static boolean isSignedBy(Identity server, Identity authority) {
    try {
      server.certificate().verify(authority.certificate().getPublicKey());
      return true;
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static SortedSet<String> namesOf(Identity identity) {
    var names = new TreeSet<String>();
    try {
      for (var entry : identity.certificate().getSubjectAlternativeNames()) {
        names.add(canonical((String) entry.get(1)));
      }
    } catch (GeneralSecurityException _) {
      names.clear();
    }
    return names;
  }

  /// One spelling per address, so that the names of a certificate can be compared.
  static String canonical(String name) {
    try {
      return InetAddress.ofLiteral(name).getHostAddress();
    } catch (IllegalArgumentException _) {
      return name;
    }
  }

  private Identity createAuthority()
      throws GeneralSecurityException, OperatorCreationException, CertIOException {
    var pair = newKeyPair();
    var now = clock.instant();
    // The serial in the name keeps two homes' authorities apart in one trust store.
    var serial = newSerial();
    var name =
        new X500Name("CN=Mayfly local CA " + serial.toString(16).substring(0, 8) + ",O=Mayfly");
    var builder =
        new JcaX509v3CertificateBuilder(
            name, serial, from(now), to(now, AUTHORITY_LIFETIME), name, pair.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
    builder.addExtension(
        Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
    return write(builder, pair.getPrivate(), pair, authorityKey(), authorityCertificate());
  }

  private void createServer(Identity authority, SortedSet<String> names)
      throws GeneralSecurityException, OperatorCreationException, CertIOException {
    var pair = newKeyPair();
    var now = clock.instant();
    var issuer =
        X500Name.getInstance(authority.certificate().getSubjectX500Principal().getEncoded());
    var utils = new JcaX509ExtensionUtils();
    var builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            newSerial(),
            from(now),
            to(now, SERVER_LIFETIME),
            new X500Name("CN=localhost,O=Mayfly"),
            pair.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    builder.addExtension(
        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    builder.addExtension(Extension.subjectAlternativeName, false, alternativeNames(names));
    builder.addExtension(
        Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(pair.getPublic()));
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        utils.createAuthorityKeyIdentifier(authority.certificate().getPublicKey()));
    write(builder, authority.key(), pair, serverKey(), serverCertificate());
  }

  private static GeneralNames alternativeNames(SortedSet<String> names) {
    return new GeneralNames(
        names.stream()
            .map(
                name ->
                    new GeneralName(
                        isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
            .toArray(GeneralName[]::new));
  }

  private static boolean isAddress(String name) {
    try {
      return InetAddress.ofLiteral(name) != null;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static Identity write(
      JcaX509v3CertificateBuilder builder,
      PrivateKey signer,
      KeyPair pair,
      Path keyFile,
      Path certificateFile)
      throws GeneralSecurityException, OperatorCreationException {
    var holder = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer));
    var certificate = new JcaX509CertificateConverter().getCertificate(holder);
    PrivateFiles.write(keyFile, pem(new PemObject("PRIVATE KEY", pair.getPrivate().getEncoded())));
    // If we were to crash here, key and certificate would not match, and the next start would
    // make both anew.
    PrivateFiles.write(certificateFile, pem(certificate), "rw-r--r--");
    return new Identity(pair.getPrivate(), certificate);
  }

  private static String pem(Object object) {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /// Empty when a file is missing, unreadable as PEM, or when key and certificate do not belong
  /// together.
  private static Optional<Identity> readIdentity(Path keyFile, Path certificateFile) {
    if (!Files.exists(keyFile) || !Files.exists(certificateFile)) {
      return Optional.empty();
    }
    try (var keyReader = new PemReader(new StringReader(PrivateFiles.read(keyFile)));
        var parser = new PEMParser(new StringReader(PrivateFiles.read(certificateFile)))) {
      var pem = keyReader.readPemObject();
      if (pem == null || !(parser.readObject() instanceof X509CertificateHolder holder)) {
        return Optional.empty();
      }
      var key =
          (ECPrivateKey)
              KeyFactory.getInstance("EC")
                  .generatePrivate(new PKCS8EncodedKeySpec(pem.getContent()));
      var certificate = new JcaX509CertificateConverter().getCertificate(holder);
      return belongTogether(key, certificate)
          ? Optional.of(new Identity(key, certificate))
          : Optional.empty();
    } catch (IOException | GeneralSecurityException | ClassCastException _) {
      return Optional.empty();
    }
  }

  private static boolean belongTogether(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    var sample = new byte[] {1, 2, 3};
    var signer = java.security.Signature.getInstance("SHA256withECDSA");
    signer.initSign(key);
    signer.update(sample);
    var signature = signer.sign();
    signer.initVerify(certificate.getPublicKey());
    signer.update(sample);
    return signer.verify(signature);
  }

  private static KeyPair newKeyPair() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /// Positive, at most 20 octets, unpredictable (RFC 5280 §4.1.2.2 sets the first two).
  private BigInteger newSerial() {
    return new BigInteger(127, random).setBit(126);
  }

  private static Date from(Instant now) {
    return Date.from(now.minus(BACKDATING));
  }

  private static Date to(Instant now, Duration lifetime) {
    return Date.from(now.plus(lifetime));
  }
}
