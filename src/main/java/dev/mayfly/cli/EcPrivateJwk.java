package dev.mayfly.cli;

import dev.mayfly.oauth.JwkThumbprint;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// A private key on P-256 as a JWK, RFC 7518 §6.2: the instance key of a tool, or the admin's key.
/// Shape: `x`, `y` and `d` are 32 bytes each, base64url without padding.
/// Errors: `IllegalArgumentException` on any other shape; its message holds no key material.
record EcPrivateJwk(String x, String y, String d) {
  private static final String CURVE = "secp256r1";
  private static final int FIELD_BYTES = 32;

  EcPrivateJwk {
    requireFieldElement(x, "x");
    requireFieldElement(y, "y");
    requireFieldElement(d, "d");
  }

  static EcPrivateJwk of(Map<String, Object> members) {
    if (!"EC".equals(members.get("kty")) || !"P-256".equals(members.get("crv"))) {
      throw new IllegalArgumentException("not an EC key on P-256");
    }
    return new EcPrivateJwk(
        Json.string(members, "x").orElse(""),
        Json.string(members, "y").orElse(""),
        Json.string(members, "d").orElse(""));
  }

  static EcPrivateJwk generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(CURVE));
      KeyPair pair = generator.generateKeyPair();
      ECPublicKey point = (ECPublicKey) pair.getPublic();
      return new EcPrivateJwk(
          fieldElement(point.getW().getAffineX()),
          fieldElement(point.getW().getAffineY()),
          fieldElement(((ECPrivateKey) pair.getPrivate()).getS()));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this JDK has no P-256", impossible);
    }
  }

  /// The ES256 signature as JWS wants it, RFC 7518 §3.4: 64 bytes r and s.
  byte[] sign(byte[] input) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(privateKey());
      signature.update(input);
      return signature.sign();
    } catch (GeneralSecurityException unusable) {
      throw new IllegalArgumentException("the private key cannot sign", unusable);
    }
  }

  private PrivateKey privateKey() throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(CURVE));
    return KeyFactory.getInstance("EC")
        .generatePrivate(
            new ECPrivateKeySpec(
                new BigInteger(1, Base64.getUrlDecoder().decode(d)),
                parameters.getParameterSpec(ECParameterSpec.class)));
  }

  SequencedMap<String, Object> publicMembers() {
    SequencedMap<String, Object> members = new LinkedHashMap<>();
    members.put("kty", "EC");
    members.put("crv", "P-256");
    members.put("x", x);
    members.put("y", y);
    return members;
  }

  SequencedMap<String, Object> privateMembers() {
    SequencedMap<String, Object> members = publicMembers();
    members.put("d", d);
    return members;
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

  private static void requireFieldElement(String text, String name) {
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

  private static String fieldElement(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] padded = new byte[FIELD_BYTES];
    // toByteArray may lead with a sign byte, or be shorter than the field.
    int length = Math.min(bytes.length, FIELD_BYTES);
    System.arraycopy(bytes, bytes.length - length, padded, FIELD_BYTES - length, length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(padded);
  }

  @Override
  public String toString() {
    return "EcPrivateJwk[redacted]";
  }
}
