package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsFilesTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";

  @TempDir Path folder;

  private TlsFiles at(Instant instant) {
    return new TlsFiles(folder, Clock.fixed(instant, ZoneOffset.UTC));
  }

  private X509Certificate certificate(String name) throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(folder.resolve(name))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private String serverText() throws IOException {
    return Files.readString(folder.resolve("server.crt"));
  }

  @Test
  void givesTheServerACertificateOfTheLocalAuthority() throws Exception {
    at(NOW).ensure(List.of("host.example"));
    var authority = certificate("ca.crt");
    var server = certificate("server.crt");
    assertDoesNotThrow(() -> server.verify(authority.getPublicKey()));
    assertEquals(0, authority.getBasicConstraints());
    assertEquals(-1, server.getBasicConstraints());
    assertEquals(List.of(SERVER_AUTHENTICATION), server.getExtendedKeyUsage());
    var names =
        server.getSubjectAlternativeNames().stream().map(name -> name.get(1)).sorted().toList();
    assertEquals(List.of("0:0:0:0:0:0:0:1", "127.0.0.1", "host.example", "localhost"), names);
  }

  @Test
  void staysWithinTheLifetimeThatClientsAccept() throws Exception {
    at(NOW).ensure(List.of());
    var server = certificate("server.crt");
    var lifetime =
        Duration.between(server.getNotBefore().toInstant(), server.getNotAfter().toInstant());
    assertTrue(lifetime.compareTo(Duration.ofDays(397)) <= 0);
  }

  @Test
  void keepsTheKeysToTheOwner() throws IOException {
    at(NOW).ensure(List.of());
    for (var key : List.of("ca.key", "server.key")) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(key))));
      assertTrue(Files.readString(folder.resolve(key)).startsWith("-----BEGIN PRIVATE KEY-----"));
    }
  }

  @Test
  void keepsWhatIsInOrder() throws IOException {
    at(NOW).ensure(List.of("host.example"));
    var before = serverText();
    at(NOW).ensure(List.of("host.example"));
    assertEquals(before, serverText());
  }

  @Test
  void renewsTheServerWhenThirtyDaysRemainAndKeepsTheAuthority() throws Exception {
    at(NOW).ensure(List.of());
    var authority = certificate("ca.crt").getEncoded();
    var before = serverText();
    var renewal = certificate("server.crt").getNotAfter().toInstant().minus(30, ChronoUnit.DAYS);
    at(renewal.minusSeconds(1)).ensure(List.of());
    assertEquals(before, serverText());
    at(renewal).ensure(List.of());
    assertNotEquals(before, serverText());
    assertArrayEquals(authority, certificate("ca.crt").getEncoded());
  }

  @Test
  void renewsTheServerWhenTheNamesChange() throws IOException {
    at(NOW).ensure(List.of("a.example"));
    var before = serverText();
    at(NOW).ensure(List.of("b.example"));
    assertNotEquals(before, serverText());
  }

  @Test
  void repairsAKeyThatDoesNotMatchItsCertificate() throws Exception {
    at(NOW).ensure(List.of());
    Files.copy(
        folder.resolve("ca.key"),
        folder.resolve("server.key"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    var before = serverText();
    at(NOW).ensure(List.of());
    assertNotEquals(before, serverText());
  }

  @Test
  void repairsAnEmptyFile() throws Exception {
    at(NOW).ensure(List.of());
    Files.writeString(folder.resolve("server.crt"), "");
    at(NOW).ensure(List.of());
    assertFalse(serverText().isEmpty());
  }
}
