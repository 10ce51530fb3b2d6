package dev.mayfly.oauth;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Pattern;

/// The SHA-256 thumbprint of a DER-encoded certificate; as a claim it is `cnf.x5t#S256`, RFC 8705
/// §3.1.
/// Shape: 43 characters of base64url without padding.
/// Errors: `IllegalArgumentException` on any other shape.
public record CertificateThumbprint(String value) {
  private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9_-]{43}");

  public CertificateThumbprint {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a certificate thumbprint is 43 characters of base64url without padding");
    }
  }

  public static CertificateThumbprint of(byte[] der) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(der);
      return new CertificateThumbprint(
          Base64.getUrlEncoder().withoutPadding().encodeToString(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
