package dev.mayfly.signature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The signatures of RFC 9421 appendix B for our algorithms and components, both ways: ours
/// verifies them, and where an algorithm is deterministic ours makes the same. The message is
/// read as it would arrive; the base is our own.
class RfcVectorsTest {
  private static final VerificationKey SHARED = new VerificationKey.Hmac(RfcKeys.SHARED);
  private static final VerificationKey ED25519 = new VerificationKey.Ed25519(RfcKeys.ED25519);
  private static final VerificationKey P256 = new VerificationKey.EcdsaP256(RfcKeys.P256);

  /// A message of the appendix: what it derives, and its fields.
  private record Example(Map<String, String> derived, Map<String, List<String>> fields)
      implements MessageComponents {
    @Override
    public Optional<String> derived(String name) {
      return Optional.ofNullable(derived.get(name));
    }

    @Override
    public List<String> field(String name) {
      return fields.getOrDefault(name, List.of());
    }
  }

  private static Example message(Map<String, String> derived, String... lines) {
    Map<String, List<String>> fields = new LinkedHashMap<>();
    for (String line : lines) {
      String[] parts = line.split(": ", 2);
      fields
          .computeIfAbsent(parts[0].toLowerCase(Locale.ROOT), _ -> new java.util.ArrayList<>())
          .add(parts[1]);
    }
    return new Example(derived, fields);
  }

  /// The request of appendix B.2, as far as our components go.
  private static final Example REQUEST =
      message(
          Map.of(
              "@method", "POST",
              "@authority", "example.com",
              "@path", "/foo",
              "@query", "?param=Value&Pet=dog"),
          "Date: Tue, 20 Apr 2021 02:07:55 GMT",
          "Content-Type: application/json",
          "Content-Length: 18");

  private static String base(String input, MessageComponents message) throws MalformedField {
    return SignatureBase.of(SignatureInput.read(List.of(input)).get("sig"), message);
  }

  private static byte[] decoded(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  private static boolean verifies(VerificationKey key, String signature, String base) {
    return key.made(decoded(signature), base.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void b25HmacSha256() throws MalformedField {
    String base =
        base(
            "sig=(\"date\" \"@authority\" \"content-type\");created=1618884473"
                + ";keyid=\"test-shared-secret\"",
            REQUEST);
    assertEquals(
        """
        "date": Tue, 20 Apr 2021 02:07:55 GMT
        "@authority": example.com
        "content-type": application/json
        "@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret\"""",
        base);
    String signature = "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=";
    assertTrue(verifies(SHARED, signature, base));
    assertEquals(signature, Base64.getEncoder().encodeToString(RfcKeys.hmac(RfcKeys.SHARED, base)));
    assertFalse(verifies(SHARED, signature, base + "\n"));
  }

  @Test
  void b26Ed25519() throws MalformedField {
    String base =
        base(
            "sig=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")"
                + ";created=1618884473;keyid=\"test-key-ed25519\"",
            REQUEST);
    String signature =
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
    assertTrue(verifies(ED25519, signature, base));
    assertEquals(signature, Base64.getEncoder().encodeToString(RfcKeys.ed25519(base)));
    assertFalse(verifies(ED25519, signature, base.replace("POST", "PUT")));
  }

  @Test
  void b24EcdsaP256OfAResponse() throws MalformedField {
    Example response =
        message(
            Map.of("@status", "200"),
            "Content-Type: application/json",
            "Content-Digest: sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69w"
                + "WdXymyU0rjJuahq4l5aGgfLQ==:",
            "Content-Length: 23");
    String base =
        base(
            "sig=(\"@status\" \"content-type\" \"content-digest\" \"content-length\")"
                + ";created=1618884473;keyid=\"test-key-ecc-p256\"",
            response);
    String signature =
        "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==";
    assertTrue(verifies(P256, signature, base));
    assertFalse(verifies(P256, signature, base.replace("200", "201")));
    assertTrue(
        P256.made(
            RfcKeys.p256("SHA256withECDSAinP1363Format", base),
            base.getBytes(StandardCharsets.US_ASCII)));
  }

  /// Appendix B.3: by a proxy that ends TLS, with a query.
  @Test
  void b3EcdsaP256WithAClientCertificate() throws MalformedField {
    Example request =
        message(
            Map.of(
                "@method", "POST",
                "@authority", "service.internal.example",
                "@path", "/foo",
                "@query", "?param=Value&Pet=dog"),
            "Client-Cert: :MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50"
                + "aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMy"
                + "MjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU"
                + "/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYD"
                + "VR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYD"
                + "VR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMC"
                + "A0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk"
                + "0wmuydBVoU4hBVZ1yhk=:");
    String base =
        base(
            "sig=(\"@path\" \"@query\" \"@method\" \"@authority\" \"client-cert\")"
                + ";created=1618884473;keyid=\"test-key-ecc-p256\"",
            request);
    assertTrue(
        verifies(
            P256,
            "xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0yzhD9ah4JHRwMLOgmizw"
                + "==",
            base));
  }

  /// Appendix B.4: which changes on the way a signature survives.
  @Test
  void b4TwoLinesOfAFieldAreOneAndTheirOrderCounts() throws MalformedField {
    String input =
        "sig=(\"@method\" \"@path\" \"@authority\" \"accept\");created=1618884473"
            + ";keyid=\"test-key-ed25519\"";
    String signature =
        "ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==";
    Map<String, String> get =
        Map.of("@method", "GET", "@authority", "example.org", "@path", "/demo");
    String two = base(input, message(get, "Accept: application/json", "Accept: */*"));
    assertTrue(verifies(ED25519, signature, two));
    assertEquals(signature, Base64.getEncoder().encodeToString(RfcKeys.ed25519(two)));
    String one = base(input, message(get, "Accept:   application/json, */*  "));
    assertEquals(two, one);
    assertFalse(
        verifies(
            ED25519,
            signature,
            base(input, message(get, "Accept: */*", "Accept: application/json"))));
  }

  @Test
  void noKeyVerifiesWhatAnotherKindMade() {
    byte[] base = "base".getBytes(StandardCharsets.US_ASCII);
    byte[] hmac = RfcKeys.hmac(RfcKeys.ED25519.getDecodedX(), "base");
    assertFalse(ED25519.made(hmac, base), "the public key taken for a secret");
    assertFalse(ED25519.made(RfcKeys.p256("SHA256withECDSAinP1363Format", "base"), base));
    assertFalse(P256.made(RfcKeys.ed25519("base"), base));
    assertFalse(P256.made(RfcKeys.p256("SHA256withECDSA", "base"), base), "DER");
    assertFalse(P256.made(new byte[64], base), "zeros");
    assertFalse(ED25519.made(new byte[0], base));
    assertFalse(SHARED.made(new byte[32], base));
  }

  @Test
  void aSharedKeyIsNotShownAndNotShort() {
    assertEquals("Hmac[redacted]", SHARED.toString());
    assertTrue(
        org.junit.jupiter.api.Assertions.assertThrows(
                IllegalArgumentException.class, () -> new VerificationKey.Hmac(new byte[31]))
            .getMessage()
            .contains("256"));
  }
}
