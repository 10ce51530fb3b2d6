package dev.mayfly.signature;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.text.ParseException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/// The example keys of RFC 9421 appendix B.1, and signing with them.
public final class RfcKeys {
  public static final byte[] SHARED =
      Base64.getDecoder()
          .decode(
              "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtb"
                  + "mHhIDi6pcl8jsasjlTMtDQ==");

  public static final OctetKeyPair ED25519 =
      (OctetKeyPair)
          jwk(
              """
              {"kty":"OKP","crv":"Ed25519","kid":"test-key-ed25519",
               "d":"n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU",
               "x":"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}
              """);

  public static final ECKey P256 =
      (ECKey)
          jwk(
              """
              {"kty":"EC","crv":"P-256","kid":"test-key-ecc-p256",
               "d":"UpuF81l-kOxbjf7T4mNSv0r5tN67Gim7rnf6EFpcYDs",
               "x":"qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA",
               "y":"Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0"}
              """);

  private RfcKeys() {}

  private static JWK jwk(String json) {
    try {
      return JWK.parse(json);
    } catch (ParseException e) {
      throw new AssertionError(e);
    }
  }

  public static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public static byte[] ed25519(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, new Ed25519PrivateKeyParameters(ED25519.getDecodedD()));
    signer.update(bytes, 0, bytes.length);
    return signer.generateSignature();
  }

  /// `algorithm`: `SHA256withECDSAinP1363Format`, or `SHA256withECDSA` for the wrong form.
  public static byte[] p256(String algorithm, String text) {
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(P256.toECPrivateKey());
      signer.update(text.getBytes(StandardCharsets.UTF_8));
      return signer.sign();
    } catch (GeneralSecurityException | JOSEException e) {
      throw new AssertionError(e);
    }
  }
}
