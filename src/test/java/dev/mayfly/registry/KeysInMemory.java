package dev.mayfly.registry;

import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.SigningAlgorithm;
import io.smallrye.mutiny.Uni;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Keys of the JDK behind the HSM's interface, for tests of what is not about the HSM.
public final class KeysInMemory implements Hsm {
  private final String tokenLabel;
  private final Map<String, KeyPair> pairs = new ConcurrentHashMap<>();
  private final Map<String, byte[]> macKeys = new ConcurrentHashMap<>();

  public KeysInMemory() {
    this("in memory");
  }

  public KeysInMemory(String tokenLabel) {
    this.tokenLabel = tokenLabel;
  }

  @Override
  public String tokenLabel() {
    return tokenLabel;
  }

  @Override
  public Uni<byte[]> sign(String label, SigningAlgorithm algorithm, byte[] input) {
    return Uni.createFrom()
        .item(
            () -> {
              try {
                Signature signature = signature(algorithm);
                signature.initSign(pairs.get(label).getPrivate());
                signature.update(input);
                return signature.sign();
              } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  private static Signature signature(SigningAlgorithm algorithm) throws GeneralSecurityException {
    return switch (algorithm) {
      case ES256 -> Signature.getInstance("SHA256withECDSAinP1363Format");
      case ES384 -> Signature.getInstance("SHA384withECDSAinP1363Format");
      case RS256 -> Signature.getInstance("SHA256withRSA");
      case EDDSA -> Signature.getInstance("Ed25519");
      case PS256 -> {
        Signature pss = Signature.getInstance("RSASSA-PSS");
        pss.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        yield pss;
      }
    };
  }

  @Override
  public Uni<byte[]> mac(String label, byte[] data) {
    return Uni.createFrom()
        .item(
            () -> {
              try {
                Mac mac = Mac.getInstance("HmacSHA256");
                byte[] key = macKeys.getOrDefault(label, new byte[32]);
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                return mac.doFinal(data);
              } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @Override
  public Uni<PublicKey> generateSigningKey(String label, SigningAlgorithm algorithm) {
    try {
      KeyPair pair = generator(algorithm).generateKeyPair();
      pairs.put(label, pair);
      return Uni.createFrom().item(pair.getPublic());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPairGenerator generator(SigningAlgorithm algorithm)
      throws GeneralSecurityException {
    KeyPairGenerator generator =
        KeyPairGenerator.getInstance(
            switch (algorithm) {
              case ES256, ES384 -> "EC";
              case PS256, RS256 -> "RSA";
              case EDDSA -> "Ed25519";
            });
    switch (algorithm) {
      case ES256 -> generator.initialize(new ECGenParameterSpec("secp256r1"));
      case ES384 -> generator.initialize(new ECGenParameterSpec("secp384r1"));
      case PS256, RS256 -> generator.initialize(2048);
      case EDDSA -> {}
    }
    return generator;
  }

  @Override
  public Uni<Optional<PublicKey>> findSigningKey(String label, SigningAlgorithm algorithm) {
    return Uni.createFrom()
        .item(() -> Optional.ofNullable(pairs.get(label)).map(KeyPair::getPublic));
  }

  @Override
  public Uni<Void> ensureMacKey(String label) {
    return Uni.createFrom().voidItem();
  }

  @Override
  public Uni<Void> plantMacKey(String label, byte[] key) {
    macKeys.put(label, key.clone());
    return Uni.createFrom().voidItem();
  }

  @Override
  public Uni<byte[]> random(int length) {
    byte[] random = new byte[length];
    new SecureRandom().nextBytes(random);
    return Uni.createFrom().item(random);
  }

  @Override
  public Uni<Void> destroy(String label) {
    pairs.remove(label);
    macKeys.remove(label);
    return Uni.createFrom().voidItem();
  }

  @Override
  public Set<SigningAlgorithm> algorithms() {
    return EnumSet.allOf(SigningAlgorithm.class);
  }

  @Override
  public boolean macs() {
    return true;
  }

  @Override
  public HsmState state() {
    return new HsmState.Ready(tokenLabel, 1);
  }

  @Override
  public void distrust(String because) {
    throw new IllegalStateException(because);
  }
}
