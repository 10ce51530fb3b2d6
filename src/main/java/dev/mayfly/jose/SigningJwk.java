package dev.mayfly.jose;

import com.nimbusds.jose.Algorithm;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.Arrays;

/// Public halves of our own signing keys: JWKs (RFC 7517) as the registry keeps them and the
/// JWKS shows them, and as the JDK's keys.
public final class SigningJwk {
  /// `SubjectPublicKeyInfo` of an Ed25519 key up to the key itself.
  private static final byte[] ED25519_INFO = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
  };

  private SigningJwk() {}

  /// Errors: `IllegalArgumentException` for a key of another kind.
  public static JWK of(PublicKey key) {
    return switch (key) {
      case ECPublicKey ec ->
          new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec).build();
      case RSAPublicKey rsa -> new RSAKey.Builder(rsa).build();
      case EdECPublicKey ed -> new OctetKeyPair.Builder(Curve.Ed25519, raw(ed)).build();
      default -> throw new IllegalArgumentException("not a kind of key that signs here");
    };
  }

  private static Base64URL raw(EdECPublicKey key) {
    byte[] info = key.getEncoded();
    return Base64URL.encode(Arrays.copyOfRange(info, info.length - 32, info.length));
  }

  /// With its `kid`, `use` and `alg`.
  /// Errors: `IllegalArgumentException` for what is not a public JWK of a kind that signs here.
  public static JWK published(String json, String kid, String algorithm) {
    Algorithm alg = Algorithm.parse(algorithm);
    return switch (parse(json)) {
      case ECKey ec ->
          new ECKey.Builder(ec).keyID(kid).keyUse(KeyUse.SIGNATURE).algorithm(alg).build();
      case RSAKey rsa ->
          new RSAKey.Builder(rsa).keyID(kid).keyUse(KeyUse.SIGNATURE).algorithm(alg).build();
      case OctetKeyPair ed ->
          new OctetKeyPair.Builder(ed).keyID(kid).keyUse(KeyUse.SIGNATURE).algorithm(alg).build();
      default -> throw new IllegalArgumentException("not a kind of key that signs here");
    };
  }

  private static JWK parse(String json) {
    try {
      JWK jwk = JWK.parse(json);
      if (!jwk.isPrivate()) {
        return jwk;
      }
    } catch (ParseException malformed) {
      // Said below: it is wrong in the same way as one with a private part.
    }
    throw new IllegalArgumentException("not a public JWK");
  }

  /// Errors: `IllegalArgumentException` for a JWK that is no key.
  public static PublicKey publicKey(JWK jwk) {
    try {
      return switch (jwk) {
        case ECKey ec -> ec.toECPublicKey();
        case RSAKey rsa -> rsa.toRSAPublicKey();
        case OctetKeyPair ed ->
            KeyFactory.getInstance("Ed25519")
                .generatePublic(new X509EncodedKeySpec(info(ed.getDecodedX())));
        default -> throw new IllegalArgumentException("not a kind of key that signs here");
      };
    } catch (JOSEException | GeneralSecurityException e) {
      throw new IllegalArgumentException("not a public key", e);
    }
  }

  private static byte[] info(byte[] raw) {
    return ByteBuffer.allocate(ED25519_INFO.length + raw.length).put(ED25519_INFO).put(raw).array();
  }
}
