package dev.mayfly.cli;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.SequencedMap;

/// A private key on P-256 as a JWK, RFC 7518 §6.2: the instance key of a tool, or the admin's key.
/// Shape: `x`, `y` and `d` are 32 bytes each, base64url without padding.
/// Errors: `IllegalArgumentException` on any other shape; its message holds no key material.
record EcPrivateJwk(String x, String y, String d) implements InstanceKey {
  private static final String CURVE = "secp256r1";

  EcPrivateJwk {
    EcPublicJwk.requireFieldElement(x, "x");
    EcPublicJwk.requireFieldElement(y, "y");
    EcPublicJwk.requireFieldElement(d, "d");
  }

  static EcPrivateJwk of(Map<String, Object> members) {
    EcPublicJwk point = EcPublicJwk.of(members);
    return new EcPrivateJwk(point.x(), point.y(), Json.string(members, "d").orElse(""));
  }

  static EcPrivateJwk generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(CURVE));
      KeyPair pair = generator.generateKeyPair();
      EcPublicJwk point = EcPublicJwk.of((ECPublicKey) pair.getPublic());
      return new EcPrivateJwk(
          point.x(),
          point.y(),
          EcPublicJwk.fieldElement(((ECPrivateKey) pair.getPrivate()).getS()));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this JDK has no P-256", impossible);
    }
  }

  @Override
  public byte[] sign(byte[] input) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(privateKey());
      signature.update(input);
      return signature.sign();
    } catch (GeneralSecurityException unusable) {
      throw new IllegalArgumentException("the private key cannot sign", unusable);
    }
  }

  private PrivateKey privateKey() throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(CURVE));
    return KeyFactory.getInstance("EC")
        .generatePrivate(
            new ECPrivateKeySpec(
                new BigInteger(1, Base64.getUrlDecoder().decode(d)),
                parameters.getParameterSpec(ECParameterSpec.class)));
  }

  @Override
  public EcPublicJwk publicJwk() {
    return new EcPublicJwk(x, y);
  }

  @Override
  public SequencedMap<String, Object> members() {
    SequencedMap<String, Object> members = publicJwk().members();
    members.put("d", d);
    return members;
  }

  @Override
  public String toString() {
    return "EcPrivateJwk[redacted]";
  }
}
