package dev.mayfly.evidence;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Makes attestation documents as a Nitro Security Module does, with a root of our own in the
/// place of AWS's: the same fields, encoding, chain and algorithms. A real module can be had on
/// AWS only.
public final class NitroModule {
  private static final byte[] HEADER = {(byte) 0xa1, 0x01, 0x38, 0x22};

  private final KeyPair rootKey = newKey("secp384r1");
  private final KeyPair zoneKey = newKey("secp384r1");
  private final Instant made;
  private final X509Certificate root;
  private final X509Certificate zone;

  public NitroModule(Instant made) {
    this.made = made;
    Instant end = made.plus(Duration.ofDays(3650));
    root =
        certificate("CN=aws.nitro-enclaves", rootKey, "CN=aws.nitro-enclaves", rootKey, true, end);
    zone = certificate("CN=zone", zoneKey, "CN=aws.nitro-enclaves", rootKey, true, end);
  }

  public X509Certificate root() {
    return root;
  }

  public static KeyPair newKey(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private X509Certificate certificate(
      String subject, KeyPair key, String issuer, KeyPair issuerKey, boolean ca, Instant end) {
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Principal(issuer),
              BigInteger.valueOf(System.nanoTime()),
              Date.from(made.minusSeconds(600)),
              Date.from(end),
              new X500Principal(subject),
              key.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(ca ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature));
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA384withECDSA").build(issuerKey.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new AssertionError(e);
    }
  }

  /// A document before it is signed. Each starts out correct, and a test spoils one thing.
  public final class Draft {
    private final SequencedMap<String, Object> fields = new LinkedHashMap<>();
    private final KeyPair leafKey;
    private byte[] header = HEADER;
    private KeyPair signer;

    public Draft(Instant at, Duration certificateLife, byte[] nonce, byte[] publicKey) {
      this(at, certificateLife, nonce, publicKey, "secp384r1");
    }

    public Draft(
        Instant at, Duration certificateLife, byte[] nonce, byte[] publicKey, String curve) {
      leafKey = newKey(curve);
      signer = leafKey;
      Map<Object, Object> pcrs = new TreeMap<>();
      for (long pcr = 0; pcr < 16; pcr++) {
        byte[] value = new byte[48];
        if (pcr < 3) {
          Arrays.fill(value, (byte) (pcr + 1));
        }
        pcrs.put(pcr, value);
      }
      fields.put("module_id", "i-0936512d5ae6ee91a-enc01823bcde8eba8af");
      fields.put("digest", "SHA384");
      fields.put("timestamp", at.toEpochMilli());
      fields.put("pcrs", pcrs);
      fields.put(
          "certificate",
          encoded(
              certificate(
                  "CN=module", leafKey, "CN=zone", zoneKey, false, at.plus(certificateLife))));
      fields.put("cabundle", List.of(encoded(root), encoded(zone)));
      fields.put("public_key", publicKey);
      fields.put("user_data", CborReader.NULL);
      fields.put("nonce", nonce);
    }

    public Draft with(String field, Object value) {
      fields.put(field, value);
      return this;
    }

    public Draft without(String field) {
      fields.remove(field);
      return this;
    }

    Draft withHeader(byte... other) {
      header = other.clone();
      return this;
    }

    public Draft signedBy(KeyPair other) {
      signer = other;
      return this;
    }

    byte[] payload() {
      return cbor(fields);
    }

    public byte[] signed() {
      return signed(payload());
    }

    byte[] signed(byte[] payload) {
      try {
        Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format");
        signature.initSign(signer.getPrivate());
        signature.update(cbor(List.of("Signature1", header, new byte[0], payload)));
        return cbor(List.of(header, Map.of(), payload, signature.sign()));
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] cbor(Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(out, value);
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, Object value) {
    switch (value) {
      case Long number when number >= 0 -> head(out, 0, number);
      case Long number -> head(out, 1, -1 - number);
      case byte[] bytes -> {
        head(out, 2, bytes.length);
        out.writeBytes(bytes);
      }
      case String text -> {
        head(out, 3, text.length());
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
      }
      case List<?> list -> {
        head(out, 4, list.size());
        new ArrayList<>(list).forEach(item -> write(out, item));
      }
      case Map<?, ?> map -> {
        head(out, 5, map.size());
        map.forEach(
            (key, item) -> {
              write(out, key);
              write(out, item);
            });
      }
      default -> out.write(0xf6);
    }
  }

  private static void head(ByteArrayOutputStream out, int major, long argument) {
    int size = argument < 24 ? 0 : argument < 256 ? 1 : argument < 65_536 ? 2 : 8;
    int info =
        switch (size) {
          case 0 -> (int) argument;
          case 1 -> 24;
          case 2 -> 25;
          default -> 27;
        };
    out.write(major << 5 | info);
    for (int i = size - 1; i >= 0; i--) {
      out.write((int) (argument >> (8 * i)));
    }
  }
}
