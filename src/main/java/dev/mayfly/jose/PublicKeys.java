package dev.mayfly.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import dev.mayfly.oauth.JwkThumbprint;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Keys that a client shows us, as JWKs.
public final class PublicKeys {
  /// The length of an Ed25519 SubjectPublicKeyInfo; its last 32 bytes are the point.
  private static final int ED25519_SPKI = 44;

  private PublicKeys() {}

  /// Whether `signature` (r‖s, 64 bytes) is one over the SHA-256 of `input` by this key; false for
  /// a key that is none of P-256.
  public static boolean verifiesP256(ECKey key, byte[] input, byte[] signature) {
    return P256Key.of(key).map(known -> known.verifies(input, signature)).orElse(false);
  }

  private static Base64URL point(EdECPublicKey key) {
    return Base64URL.encode(Arrays.copyOfRange(key.getEncoded(), ED25519_SPKI - 32, ED25519_SPKI));
  }

  /// An instance key: EC P-256, on the curve, without a private part. RFC 7517, RFC 7518 §6.2.
  public static Optional<ECKey> instanceKey(Map<?, ?> jwk) {
    Map<String, Object> members = new HashMap<>();
    jwk.forEach((name, value) -> members.put(String.valueOf(name), value));
    try {
      return JWK.parse(members) instanceof ECKey ec ? instanceKey(ec) : Optional.empty();
    } catch (ParseException | IllegalArgumentException | IllegalStateException malformed) {
      return Optional.empty();
    }
  }

  /// Its members in canonical form: one key has one thumbprint, however it was written.
  public static Optional<ECKey> instanceKey(ECKey key) {
    return key.isPrivate() ? Optional.empty() : P256Key.of(key).map(P256Key::canonical);
  }

  /// RFC 7638 over the canonical form of the key's members. A JWK may be written in more than
  /// one way (spare bits and padding of base64url, leading zeros), and a key that was retired
  /// must be known under each of them.
  public static String canonicalThumbprint(JWK key) {
    try {
      return switch (key) {
        case ECKey ec -> thumbprint(ec.toECPublicKey());
        case RSAKey rsa -> thumbprint(rsa.toRSAPublicKey());
        case OctetKeyPair okp ->
            thumbprint(
                    new OctetKeyPair.Builder(okp.getCurve(), Base64URL.encode(okp.getDecodedX()))
                        .build())
                .value();
        default -> thumbprint(key).value();
      };
    } catch (JOSEException e) {
      throw new IllegalArgumentException("not a public key", e);
    }
  }

  /// As [#canonicalThumbprint]; for a kind of key that JOSE does not know, SHA-256 over its
  /// SubjectPublicKeyInfo.
  public static String thumbprint(PublicKey key) {
    try {
      return switch (key) {
        case ECPublicKey ec when Curve.forECParameterSpec(ec.getParams()) != null ->
            thumbprint(new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec).build())
                .value();
        case EdECPublicKey ed when ed.getEncoded().length == ED25519_SPKI ->
            thumbprint(new OctetKeyPair.Builder(Curve.Ed25519, point(ed)).build()).value();
        case RSAPublicKey rsa -> thumbprint(new RSAKey.Builder(rsa).build()).value();
        default ->
            Base64URL.encode(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()))
                .toString();
      };
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// RFC 7638 with SHA-256, of an instance key.
  public static JwkThumbprint instanceThumbprint(ECKey key) {
    return P256Key.of(key)
        .map(P256Key::thumbprint)
        .orElseThrow(() -> new IllegalArgumentException("not an instance key"));
  }

  /// RFC 7638 with SHA-256.
  public static JwkThumbprint thumbprint(JWK key) {
    try {
      return new JwkThumbprint(key.computeThumbprint().toString());
    } catch (JOSEException e) {
      throw new IllegalStateException("a parsed JWK has a thumbprint", e);
    }
  }
}
