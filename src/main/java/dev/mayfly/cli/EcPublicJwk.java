package dev.mayfly.cli;

import dev.mayfly.oauth.JwkThumbprint;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.interfaces.ECPublicKey;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// A point of P-256 as a JWK, RFC 7518 §6.2: `x` and `y` are 32 bytes each, base64url without
/// padding. Errors: `IllegalArgumentException` on any other shape.
record EcPublicJwk(String x, String y) {
  static final int FIELD_BYTES = 32;

  EcPublicJwk {
    requireFieldElement(x, "x");
    requireFieldElement(y, "y");
  }

  /// Whatever else is among the members.
  static EcPublicJwk of(Map<String, Object> members) {
    if (!"EC".equals(members.get("kty")) || !"P-256".equals(members.get("crv"))) {
      throw new IllegalArgumentException("not an EC key on P-256");
    }
    return new EcPublicJwk(
        Json.string(members, "x").orElse(""), Json.string(members, "y").orElse(""));
  }

  static EcPublicJwk of(ECPublicKey key) {
    return new EcPublicJwk(
        fieldElement(key.getW().getAffineX()), fieldElement(key.getW().getAffineY()));
  }

  SequencedMap<String, Object> members() {
    SequencedMap<String, Object> members = new LinkedHashMap<>();
    members.put("kty", "EC");
    members.put("crv", "P-256");
    members.put("x", x);
    members.put("y", y);
    return members;
  }

  /// In DER: what stands before every uncompressed point of P-256, and the point.
  byte[] subjectPublicKeyInfo() {
    return HexFormat.of()
        .parseHex(
            "3059301306072a8648ce3d020106082a8648ce3d030107034200"
                + "04"
                + HexFormat.of().formatHex(Base64.getUrlDecoder().decode(x))
                + HexFormat.of().formatHex(Base64.getUrlDecoder().decode(y)));
  }

  /// RFC 7638 §3: the hash of the required members, in lexicographic order.
  JwkThumbprint thumbprint() {
    String canonical =
        "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}".formatted(x, y);
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8));
      return new JwkThumbprint(Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this JDK has no SHA-256", impossible);
    }
  }

  static void requireFieldElement(String text, String name) {
    boolean right;
    try {
      right = text.length() == 43 && Base64.getUrlDecoder().decode(text).length == FIELD_BYTES;
    } catch (IllegalArgumentException notBase64Url) {
      right = false;
    }
    if (!right) {
      throw new IllegalArgumentException(
          "the member %s of the key is not 32 bytes of base64url".formatted(name));
    }
  }

  static String fieldElement(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] padded = new byte[FIELD_BYTES];
    // toByteArray may lead with a sign byte, or be shorter than the field.
    int length = Math.min(bytes.length, FIELD_BYTES);
    System.arraycopy(bytes, bytes.length - length, padded, FIELD_BYTES - length, length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(padded);
  }
}
