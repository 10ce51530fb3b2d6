package dev.mayfly.evidence;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Signature;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERSequence;

/// A signature as a TPM makes it (TPMT_SIGNATURE). The key decides what it has to be: the scheme
/// and the hash that the signature names must be those of the attestation key.
final class TpmSignature {
  private static final int RSASSA = 0x0014;
  private static final int ECDSA = 0x0018;
  private static final int LONGEST_RSA = 512;
  private static final int LONGEST_COORDINATE = 48;

  private TpmSignature() {}

  static boolean verifies(byte[] tpmtSignature, byte[] message, TpmPublic key)
      throws MalformedEvidence {
    TpmReader in = new TpmReader("signature", tpmtSignature);
    int scheme = in.u16();
    int wanted =
        switch (key.scheme()) {
          case RSASSA -> RSASSA;
          case ECDSA -> ECDSA;
        };
    if (scheme != wanted || in.u16() != key.signingHash().id()) {
      throw in.refused("its scheme or its hash is not that of the AK");
    }
    String hash = key.signingHash().jcaWithoutDash();
    byte[] value =
        switch (key.scheme()) {
          case RSASSA -> in.sized(LONGEST_RSA);
          case ECDSA -> der(in.sized(LONGEST_COORDINATE), in.sized(LONGEST_COORDINATE));
        };
    String algorithm =
        switch (key.scheme()) {
          case RSASSA -> hash + "withRSA";
          case ECDSA -> hash + "withECDSA";
        };
    in.end();
    try {
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(key.key());
      verifier.update(message);
      return verifier.verify(value);
    } catch (GeneralSecurityException wrong) {
      return false;
    }
  }

  private static byte[] der(byte[] r, byte[] s) {
    ASN1EncodableVector pair = new ASN1EncodableVector();
    pair.add(new ASN1Integer(new BigInteger(1, r)));
    pair.add(new ASN1Integer(new BigInteger(1, s)));
    try {
      return new DERSequence(pair).getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
  }
}
