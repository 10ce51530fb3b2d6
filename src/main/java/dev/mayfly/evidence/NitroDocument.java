package dev.mayfly.evidence;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/// An attestation document as the Nitro Security Module makes it, read and not yet believed: a
/// COSE_Sign1 (RFC 9052 §4.2) with ES384, and in it the map that AWS describes in "Cryptographic
/// attestation" of its Nitro Enclaves guide. Fields that we do not know are refused.
/// `signedBytes` is the Sig_structure that `signature` is over.
@SuppressWarnings("ArrayRecordComponent") // never compared
record NitroDocument(
    String moduleId,
    Instant timestamp,
    SortedMap<Integer, byte[]> pcrs,
    X509Certificate certificate,
    List<X509Certificate> cabundle,
    Optional<byte[]> publicKey,
    Optional<byte[]> userData,
    Optional<byte[]> nonce,
    byte[] signedBytes,
    byte[] signature) {
  static final int LONGEST = 16 * 1024;

  private static final String WHAT = "document";

  /// `{1: -35}`: the algorithm is ES384, and nothing else is in the protected header.
  private static final byte[] ES384_HEADER = {(byte) 0xa1, 0x01, 0x38, 0x22};

  private static final int SIGNATURE = 96;
  private static final int PCR = 48;
  private static final int HIGHEST_PCR = 31;
  private static final int LONGEST_BUNDLE = 8;
  private static final int LONGEST_FREE_FIELD = 1024;

  static NitroDocument parse(byte[] coseSign1) throws MalformedEvidence {
    if (coseSign1.length > LONGEST) {
      throw refused("it is longer than 16 KiB");
    }
    if (!(CborReader.read(WHAT, coseSign1) instanceof List<?> message)
        || message.size() != 4
        || !(message.get(0) instanceof byte[] header)
        || !(message.get(1) instanceof Map<?, ?> unprotected)
        || !(message.get(2) instanceof byte[] payload)
        || !(message.get(3) instanceof byte[] signature)) {
      throw refused("it is not a COSE_Sign1");
    }
    if (!Arrays.equals(header, ES384_HEADER) || !unprotected.isEmpty()) {
      throw refused("its header is not just ES384");
    }
    if (signature.length != SIGNATURE) {
      throw refused("its signature has not 96 bytes");
    }
    if (!(CborReader.read("document's payload", payload) instanceof Map<?, ?> fields)) {
      throw refused("its payload is not a map");
    }
    return new Payload(fields).document(signedBytes(header, payload), signature);
  }

  /// The fields, taken one by one; what is left over is refused.
  private static final class Payload {
    private final SequencedMap<Object, Object> fields;

    Payload(Map<?, ?> fields) {
      this.fields = new LinkedHashMap<>(fields);
    }

    NitroDocument document(byte[] signedBytes, byte[] signature) throws MalformedEvidence {
      String moduleId = of(String.class, "module_id");
      if (moduleId.isEmpty() || moduleId.length() > 256 || !moduleId.matches("[!-~]+")) {
        throw refused("module_id is not 1 to 256 visible ASCII characters");
      }
      if (!of(String.class, "digest").equals("SHA384")) {
        throw refused("digest is not SHA384");
      }
      long timestamp = of(Long.class, "timestamp");
      if (timestamp <= 0) {
        throw refused("timestamp is not a time");
      }
      SortedMap<Integer, byte[]> pcrs = pcrs(of(Map.class, "pcrs"));
      X509Certificate certificate =
          EvidenceChain.certificate("certificate", of(byte[].class, "certificate"));
      List<X509Certificate> bundle = bundle(of(List.class, "cabundle"));
      Optional<byte[]> publicKey = optional("public_key");
      Optional<byte[]> userData = optional("user_data");
      Optional<byte[]> nonce = optional("nonce");
      if (!fields.isEmpty()) {
        throw refused("it has a field that is not known");
      }
      return new NitroDocument(
          moduleId,
          Instant.ofEpochMilli(timestamp),
          pcrs,
          certificate,
          bundle,
          publicKey,
          userData,
          nonce,
          signedBytes,
          signature);
    }

    private <T> T of(Class<T> type, String name) throws MalformedEvidence {
      Object value = fields.remove(name);
      if (!type.isInstance(value)) {
        throw refused(name + " is missing or of another type");
      }
      return type.cast(value);
    }

    private Optional<byte[]> optional(String name) throws MalformedEvidence {
      Object value = fields.getOrDefault(name, CborReader.NULL);
      if (value.equals(CborReader.NULL)) {
        fields.remove(name);
        return Optional.empty();
      }
      byte[] bytes = of(byte[].class, name);
      if (bytes.length > LONGEST_FREE_FIELD) {
        throw refused(name + " is longer than 1,024 bytes");
      }
      return Optional.of(bytes);
    }

    private static SortedMap<Integer, byte[]> pcrs(Map<?, ?> values) throws MalformedEvidence {
      SortedMap<Integer, byte[]> pcrs = new TreeMap<>();
      for (Map.Entry<?, ?> pcr : values.entrySet()) {
        if (!(pcr.getKey() instanceof Long index)
            || index < 0
            || index > HIGHEST_PCR
            || !(pcr.getValue() instanceof byte[] value)
            || value.length != PCR) {
          throw refused("a PCR is not a number from 0 to 31 with 48 bytes");
        }
        pcrs.put(index.intValue(), value);
      }
      return Collections.unmodifiableSortedMap(pcrs);
    }

    private static List<X509Certificate> bundle(List<?> values) throws MalformedEvidence {
      if (values.isEmpty() || values.size() > LONGEST_BUNDLE) {
        throw refused("cabundle has not 1 to 8 certificates");
      }
      List<X509Certificate> bundle = new ArrayList<>();
      for (Object value : values) {
        if (!(value instanceof byte[] der)) {
          throw refused("cabundle holds something else than certificates");
        }
        bundle.add(EvidenceChain.certificate("cabundle", der));
      }
      return List.copyOf(bundle);
    }
  }

  /// `["Signature1", header, h'', payload]`, RFC 9052 §4.4.
  private static byte[] signedBytes(byte[] header, byte[] payload) {
    byte[] context = "Signature1".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer out = ByteBuffer.allocate(64 + header.length + payload.length);
    out.put((byte) 0x84).put((byte) (0x60 + context.length)).put(context);
    out.put((byte) (0x40 + header.length)).put(header).put((byte) 0x40);
    if (payload.length < 24) {
      out.put((byte) (0x40 + payload.length));
    } else if (payload.length < 256) {
      out.put((byte) 0x58).put((byte) payload.length);
    } else {
      out.put((byte) 0x59).putShort((short) payload.length);
    }
    out.put(payload);
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  /// Whether the key of [#certificate] signed it.
  boolean isSigned() {
    PublicKey key = certificate.getPublicKey();
    if (!(key instanceof ECPublicKey ec)
        || ec.getParams().getCurve().getField().getFieldSize() != 384) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance("SHA384withECDSAinP1363Format");
      verifier.initVerify(key);
      verifier.update(signedBytes);
      return verifier.verify(signature);
    } catch (GeneralSecurityException wrong) {
      return false;
    }
  }

  private static MalformedEvidence refused(String because) {
    return new MalformedEvidence(WHAT + ": " + because);
  }
}
