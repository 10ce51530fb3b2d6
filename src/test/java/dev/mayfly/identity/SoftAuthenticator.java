package dev.mayfly.identity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.UUID;

/// An authenticator with one passkey (P-256), and the browser around it, which says what a test
/// makes it say: by default what a browser on the broker's own page would.
public final class SoftAuthenticator {
  private static final int USER_PRESENT = 0x01;
  private static final int USER_VERIFIED = 0x04;
  private static final int CREDENTIAL_INCLUDED = 0x40;

  private final KeyPair key;
  private final byte[] id = AdminSecrets.random(32);
  private String site;
  private String origin;
  private boolean crossOrigin;
  private boolean userVerified = true;
  private long signCount = 1;

  public SoftAuthenticator(String site, String origin) {
    this.site = site;
    this.origin = origin;
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      this.key = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public SoftAuthenticator forSite(String other) {
    site = other;
    return this;
  }

  public SoftAuthenticator onPageOf(String other) {
    origin = other;
    return this;
  }

  public SoftAuthenticator inFrame(boolean framed) {
    crossOrigin = framed;
    return this;
  }

  public SoftAuthenticator verifiesUser(boolean verifies) {
    userVerified = verifies;
    return this;
  }

  /// The next signature says this number.
  public SoftAuthenticator countsFrom(long count) {
    signCount = count;
    return this;
  }

  public String id() {
    return AdminSecrets.encode(id);
  }

  /// As a page sends what `navigator.credentials.create` gave it.
  public ObjectNode create(String challenge) {
    byte[] data = join(authenticatorData(CREDENTIAL_INCLUDED), new byte[16], attested());
    byte[] object =
        join(
            new byte[] {(byte) 0xa3, 0x63},
            text("fmt"),
            new byte[] {0x64},
            text("none"),
            new byte[] {0x67},
            text("attStmt"),
            new byte[] {(byte) 0xa0, 0x68},
            text("authData"),
            new byte[] {0x59, (byte) (data.length >> 8), (byte) data.length},
            data);
    ObjectNode credential = Answers.JSON.createObjectNode().put("id", id());
    credential
        .putObject("response")
        .put("clientDataJSON", AdminSecrets.encode(clientData("webauthn.create", challenge)))
        .put("attestationObject", AdminSecrets.encode(object));
    return credential;
  }

  /// As a page sends what `navigator.credentials.get` gave it. `user`: whose passkey it says to
  /// be.
  public ObjectNode get(String challenge, UUID user) {
    byte[] data = authenticatorData(0);
    byte[] client = clientData("webauthn.get", challenge);
    ObjectNode credential = Answers.JSON.createObjectNode().put("id", id());
    credential
        .putObject("response")
        .put("clientDataJSON", AdminSecrets.encode(client))
        .put("authenticatorData", AdminSecrets.encode(data))
        .put("signature", AdminSecrets.encode(sign(join(data, sha256(client)))))
        .put("userHandle", AdminSecrets.encode(Passkeys.handle(user)));
    return credential;
  }

  private byte[] clientData(String type, String challenge) {
    return text(
        Answers.JSON
            .createObjectNode()
            .put("type", type)
            .put("challenge", challenge)
            .put("origin", origin)
            .put("crossOrigin", crossOrigin)
            .toString());
  }

  private byte[] authenticatorData(int more) {
    int flags = USER_PRESENT | (userVerified ? USER_VERIFIED : 0) | more;
    ByteBuffer data = ByteBuffer.allocate(37).put(sha256(text(site))).put((byte) flags);
    return data.putInt((int) signCount++).array();
  }

  /// The credential's id, and its COSE key: EC2, ES256, P-256, x and y.
  private byte[] attested() {
    ECPublicKey point = (ECPublicKey) key.getPublic();
    return join(
        new byte[] {0, (byte) id.length},
        id,
        new byte[] {(byte) 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20},
        coordinate(point.getW().getAffineX()),
        new byte[] {0x22, 0x58, 0x20},
        coordinate(point.getW().getAffineY()));
  }

  private static byte[] coordinate(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] exact = new byte[32];
    int length = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - length, exact, 32 - length, length);
    return exact;
  }

  private byte[] sign(byte[] text) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(key.getPrivate());
      signature.update(text);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] sha256(byte[] text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
