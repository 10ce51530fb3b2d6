package dev.mayfly.cli;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// An instance key that its host's TPM 2.0 made and that only this TPM can use: the credentials
/// file has its two parts as the TPM gave them out, the private one encrypted by the TPM's storage
/// key. Whoever copies the file has nothing.
///
/// @param publicPart TPM2B_PUBLIC, base64
/// @param wrapped TPM2B_PRIVATE, base64
/// @param tcti how to reach the TPM; empty: as tpm2-tools' own default is
record TpmKey(EcPublicJwk publicJwk, String publicPart, String wrapped, Optional<String> tcti)
    implements InstanceKey {
  static final String WRAPPED = "tpm2_private";

  private static final String PUBLIC = "tpm2_public";
  private static final String TCTI = "tpm2_tcti";

  static TpmKey of(Map<String, Object> members) {
    return new TpmKey(
        EcPublicJwk.of(members),
        part(members, PUBLIC),
        part(members, WRAPPED),
        Json.string(members, TCTI));
  }

  private static String part(Map<String, Object> members, String name) {
    String part = Json.string(members, name).orElse("");
    try {
      if (Base64.getDecoder().decode(part).length > 0) {
        return part;
      }
    } catch (IllegalArgumentException notBase64) {
      // as one that is missing
    }
    throw new IllegalArgumentException("the member %s of the key is not base64".formatted(name));
  }

  /// A new one. It may not leave the TPM in any form that another could use.
  static TpmKey make(Optional<String> tcti) {
    try (TpmTools tools = new TpmTools(tcti)) {
      storageKey(tools);
      tools.run(
          "tpm2_create",
          "-C",
          "storage.ctx",
          "-G",
          "ecc256:ecdsa-sha256",
          "-a",
          "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign",
          "-u",
          "key.pub",
          "-r",
          "key.priv");
      flush(tools);
      load(tools);
      tools.run("tpm2_readpublic", "-c", "key.ctx", "-f", "der", "-o", "key.der");
      flush(tools);
      return new TpmKey(
          point(tools.read("key.der")),
          Base64.getEncoder().encodeToString(tools.read("key.pub")),
          Base64.getEncoder().encodeToString(tools.read("key.priv")),
          tcti);
    }
  }

  private static EcPublicJwk point(byte[] subjectPublicKeyInfo) {
    try {
      return EcPublicJwk.of(
          (ECPublicKey)
              KeyFactory.getInstance("EC")
                  .generatePublic(new X509EncodedKeySpec(subjectPublicKeyInfo)));
    } catch (GeneralSecurityException | ClassCastException _) {
      throw CliFailure.unreachable("the TPM made no key on P-256");
    }
  }

  @Override
  public byte[] sign(byte[] input) {
    try (TpmTools tools = new TpmTools(tcti)) {
      tools.write("key.pub", Base64.getDecoder().decode(publicPart));
      tools.write("key.priv", Base64.getDecoder().decode(wrapped));
      tools.write("digest", MessageDigest.getInstance("SHA-256").digest(input));
      load(tools);
      tools.run(
          "tpm2_sign",
          "-c",
          "key.ctx",
          "-g",
          "sha256",
          "-s",
          "ecdsa",
          "-f",
          "tss",
          "-o",
          "signature",
          "-d",
          "digest");
      flush(tools);
      return numbers(tools.read("signature"));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this JDK has no SHA-256", impossible);
    }
  }

  /// The owner's storage key follows from the TPM's seed: it is made anew each time, and is the
  /// same until the TPM is cleared.
  private static void storageKey(TpmTools tools) {
    tools.run("tpm2_createprimary", "-C", "o", "-G", "ecc256", "-c", "storage.ctx");
    flush(tools);
  }

  private static void load(TpmTools tools) {
    if (!tools.made("storage.ctx")) {
      storageKey(tools);
    }
    tools.run("tpm2_load", "-C", "storage.ctx", "-u", "key.pub", "-r", "key.priv", "-c", "key.ctx");
    flush(tools);
  }

  private static void flush(TpmTools tools) {
    Optional<String> _ = tools.attempt("tpm2_flushcontext", "-t");
  }

  /// A TPMT_SIGNATURE: algorithm, hash, then r and s, each after its length.
  private static byte[] numbers(byte[] signature) {
    try {
      ByteBuffer from = ByteBuffer.wrap(signature).position(4);
      ByteBuffer to = ByteBuffer.allocate(2 * EcPublicJwk.FIELD_BYTES);
      for (int i = 1; i <= 2; i++) {
        int length = from.getShort();
        to.position(i * EcPublicJwk.FIELD_BYTES - length);
        byte[] number = new byte[length];
        from.get(number);
        to.put(number);
      }
      return to.array();
    } catch (BufferUnderflowException | IllegalArgumentException | NegativeArraySizeException _) {
      throw CliFailure.unreachable("the TPM made no signature of two numbers of 32 bytes");
    }
  }

  @Override
  public SequencedMap<String, Object> members() {
    SequencedMap<String, Object> members = publicJwk.members();
    members.put(PUBLIC, publicPart);
    members.put(WRAPPED, wrapped);
    tcti.ifPresent(where -> members.put(TCTI, where));
    return members;
  }

  @Override
  public String toString() {
    return "TpmKey[" + thumbprint() + "]";
  }
}
