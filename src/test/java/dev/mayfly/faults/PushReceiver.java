package dev.mayfly.faults;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// To whom security events are pushed: over TLS, and it knows which process sent it what. Of the
/// events that it is told to keep waiting it says nothing to whoever sends one first.
final class PushReceiver implements AutoCloseable {
  private static final String HOST = "localhost";

  /// @param grant of which it says that it was revoked
  record Sent(String jti, String grant, long pid) {}

  private final HttpsServer server;
  private final X509Certificate certificate;
  private final List<Sent> sent = new CopyOnWriteArrayList<>();
  private volatile int silentAt = -1;

  PushReceiver() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      KeyPair pair = generator.generateKeyPair();
      certificate = certificate(pair);
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(tls(pair)));
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::take);
    server.start();
  }

  private SSLContext tls(KeyPair pair) throws GeneralSecurityException, IOException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry("a", pair.getPrivate(), new char[0], new Certificate[] {certificate});
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    return tls;
  }

  private static X509Certificate certificate(KeyPair pair)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    X500Name name = new X500Name("CN=" + HOST);
    Instant now = Clock.systemUTC().instant();
    return new JcaX509CertificateConverter()
        .getCertificate(
            new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.ONE,
                    Date.from(now.minusSeconds(60)),
                    Date.from(now.plusSeconds(3600)),
                    name,
                    pair.getPublic())
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                .addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.dNSName, HOST)))
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
  }

  private void take(HttpExchange exchange) throws IOException {
    String set = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    long pid = pidOf(exchange.getRemoteAddress().getPort(), server.getAddress().getPort());
    boolean silent = sent.size() == silentAt;
    sent.add(sent(set, pid));
    if (!silent) {
      exchange.sendResponseHeaders(202, -1);
      exchange.close();
    }
  }

  private static Sent sent(String set, long pid) {
    try {
      JWTClaimsSet claims = SignedJWT.parse(set).getJWTClaimsSet();
      var session = (Map<?, ?>) claims.getJSONObjectClaim("sub_id").get("session");
      return new Sent(claims.getJWTID(), (String) session.get("id"), pid);
    } catch (ParseException e) {
      throw new AssertionError("not a SET: " + set, e);
    }
  }

  /// Who holds the other end of a connection to this machine.
  private static long pidOf(int from, int to) throws IOException {
    String ports = ":%04X [0-9A-F]*:%04X ".formatted(from, to);
    String inode =
        Stream.concat(
                Files.readAllLines(Path.of("/proc/net/tcp")).stream(),
                Files.readAllLines(Path.of("/proc/net/tcp6")).stream())
            .filter(line -> line.matches(".*" + ports + ".*"))
            .map(line -> line.strip().split("\\s+", -1)[9])
            .findFirst()
            .orElseThrow();
    return ProcessHandle.allProcesses()
        .mapToLong(ProcessHandle::pid)
        .filter(pid -> holds(pid, "socket:[" + inode + "]"))
        .findFirst()
        .orElseThrow();
  }

  private static boolean holds(long pid, String file) {
    try (var files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return files.anyMatch(open -> isLinkTo(open, file));
    } catch (IOException gone) {
      return false;
    }
  }

  private static boolean isLinkTo(Path open, String file) {
    try {
      return Files.readSymbolicLink(open).toString().equals(file);
    } catch (IOException closed) {
      return false;
    }
  }

  /// Of so many it says that it has them; the one that follows hears nothing.
  void isSilentAfter(int events) {
    silentAt = sent.size() + events;
  }

  List<Sent> sent() {
    return List.copyOf(sent);
  }

  String url() {
    return "https://" + HOST + ":" + server.getAddress().getPort() + "/";
  }

  /// As a realm file has it.
  String ca() {
    try {
      return Base64.getEncoder().encodeToString(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
