package dev.mayfly.evidence;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/// A credential that one TPM can open, and only for one key that is in it: TPM2_MakeCredential
/// in software (TPM 2.0 Library, part 1, "Credential Protection"). The TPM that holds the
/// private EK decrypts it only while a key of the name `akName` is loaded beside it.
/// `blob` is a TPM2B_ID_OBJECT, `secret` a TPM2B_ENCRYPTED_SECRET.
@SuppressWarnings("ArrayRecordComponent") // never compared
record TpmCredential(byte[] blob, byte[] secret) {
  private static final SecureRandom RANDOM = new SecureRandom();

  /// What the EK's template fixes beside the key itself; TCG EK Credential Profile, templates
  /// L-1, L-2 and H-1 to H-6.
  private record Template(TpmHash hash, int aesBits) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Seed(byte[] seed, byte[] encrypted) {}

  /// Whether an EK is of a kind that we can make credentials for.
  static boolean suits(PublicKey ek) {
    return template(ek).isPresent();
  }

  /// Precondition: [#suits]; `credential` is 32 bytes at most, the digest of every template's
  /// name algorithm.
  static TpmCredential make(PublicKey ek, byte[] akName, byte[] credential) {
    Template template = template(ek).orElseThrow();
    TpmHash hash = template.hash();
    try {
      Seed seed =
          switch (ek) {
            case RSAPublicKey rsa -> oaep(rsa, hash);
            case ECPublicKey ec -> ecdh(ec, hash);
            default -> throw new IllegalArgumentException("no such EK");
          };
      byte[] none = new byte[0];
      byte[] storageKey = kdfa(hash, seed.seed(), "STORAGE", akName, none, template.aesBits());
      // The IV is zero because the key is used for this one message only.
      Cipher aes = Cipher.getInstance("AES/CFB/NoPadding");
      aes.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(storageKey, "AES"),
          new IvParameterSpec(new byte[16]));
      byte[] identity = aes.doFinal(sized(credential));
      byte[] macKey = kdfa(hash, seed.seed(), "INTEGRITY", none, none, hash.length() * 8);
      byte[] integrity = hmac(hash, macKey, identity, akName);
      return new TpmCredential(
          sized(concatenated(sized(integrity), identity)), sized(seed.encrypted()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks an algorithm of TPM 2.0", e);
    }
  }

  private static Optional<Template> template(PublicKey ek) {
    int bits =
        switch (ek) {
          case RSAPublicKey rsa -> rsa.getModulus().bitLength();
          case ECPublicKey ec -> ec.getParams().getCurve().getField().getFieldSize();
          default -> 0;
        };
    return switch (bits) {
      case 2048, 256 -> Optional.of(new Template(TpmHash.SHA256, 128));
      case 3072, 4096, 384 -> Optional.of(new Template(TpmHash.SHA384, 256));
      default -> Optional.empty();
    };
  }

  private static Seed oaep(RSAPublicKey ek, TpmHash hash) throws GeneralSecurityException {
    byte[] seed = new byte[hash.length()];
    RANDOM.nextBytes(seed);
    Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
    rsa.init(
        Cipher.ENCRYPT_MODE,
        ek,
        new OAEPParameterSpec(
            hash.jca(),
            "MGF1",
            new MGF1ParameterSpec(hash.jca()),
            new PSource.PSpecified(label("IDENTITY"))));
    return new Seed(seed, rsa.doFinal(seed));
  }

  private static Seed ecdh(ECPublicKey ek, TpmHash hash) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(ek.getParams());
    KeyPair ephemeral = generator.generateKeyPair();
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(ephemeral.getPrivate());
    agreement.doPhase(ek, true);
    int size = (ek.getParams().getCurve().getField().getFieldSize() + 7) / 8;
    ECPublicKey own = (ECPublicKey) ephemeral.getPublic();
    byte[] x = fieldElement(own.getW().getAffineX(), size);
    byte[] y = fieldElement(own.getW().getAffineY(), size);
    // KDFe; one round is enough, as the seed is as long as the digest.
    byte[] seed =
        hash.digest(
            number(1),
            agreement.generateSecret(),
            label("IDENTITY"),
            x,
            fieldElement(ek.getW().getAffineX(), size));
    return new Seed(seed, concatenated(sized(x), sized(y)));
  }

  /// KDFa: counter mode of SP 800-108 with HMAC; one round, as no key is longer than the digest.
  private static byte[] kdfa(
      TpmHash hash, byte[] key, String label, byte[] contextU, byte[] contextV, int bits)
      throws GeneralSecurityException {
    byte[] round = hmac(hash, key, number(1), label(label), contextU, contextV, number(bits));
    return Arrays.copyOf(round, bits / 8);
  }

  private static byte[] hmac(TpmHash hash, byte[] key, byte[]... parts)
      throws GeneralSecurityException {
    String algorithm = "Hmac" + hash.jcaWithoutDash();
    Mac mac = Mac.getInstance(algorithm);
    mac.init(new SecretKeySpec(key, algorithm));
    for (byte[] part : parts) {
      mac.update(part);
    }
    return mac.doFinal();
  }

  /// Labels carry a zero byte at their end.
  private static byte[] label(String label) {
    return (label + '\0').getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private static byte[] sized(byte[] bytes) {
    return ByteBuffer.allocate(2 + bytes.length).putShort((short) bytes.length).put(bytes).array();
  }

  private static byte[] concatenated(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  private static byte[] fieldElement(BigInteger value, int size) {
    byte[] bytes = value.toByteArray();
    byte[] padded = new byte[size];
    int length = Math.min(bytes.length, size);
    System.arraycopy(bytes, bytes.length - length, padded, size - length, length);
    return padded;
  }

  @Override
  public String toString() {
    return "TpmCredential[redacted]";
  }
}
