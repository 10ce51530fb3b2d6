package dev.mayfly.jose;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Makes compact JWTs for tests, from the very text of header and payload, with the JDK's own
/// signatures: neither the library nor the provider that verifies them has a hand in it.
public final class JwtMaker {
  private JwtMaker() {}

  public static String es256(String header, String payload, PrivateKey key) {
    return signed(header, payload, key, "SHA256withECDSAinP1363Format");
  }

  public static String ed25519(String header, String payload, PrivateKey key) {
    return signed(header, payload, key, "Ed25519");
  }

  public static String ps256(String header, String payload, PrivateKey key) {
    return signed(header, payload, key, "RSASSA-PSS");
  }

  /// HMAC-SHA256, RFC 7518 §3.2.
  public static String hs256(String header, String payload, byte[] secret) {
    String input = base64url(header.getBytes(UTF_8)) + '.' + base64url(payload.getBytes(UTF_8));
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return input + '.' + base64url(mac.doFinal(input.getBytes(US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String signed(String header, String payload, PrivateKey key, String algorithm) {
    String input = base64url(header.getBytes(UTF_8)) + '.' + base64url(payload.getBytes(UTF_8));
    try {
      Signature signature = Signature.getInstance(algorithm);
      if (algorithm.equals("RSASSA-PSS")) {
        signature.setParameter(
            new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
      }
      signature.initSign(key);
      signature.update(input.getBytes(US_ASCII));
      return input + '.' + base64url(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static String base64url(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
