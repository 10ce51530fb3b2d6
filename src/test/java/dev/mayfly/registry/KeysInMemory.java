package dev.mayfly.registry;

import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmState;
import io.smallrye.mutiny.Uni;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Keys of the JDK behind the HSM's interface, for tests of what is not about the HSM.
public final class KeysInMemory implements Hsm {
  private final Map<String, KeyPair> pairs = new ConcurrentHashMap<>();

  @Override
  public Uni<byte[]> sign(String label, byte[] digest) {
    return Uni.createFrom()
        .item(
            () -> {
              try {
                Signature signature = Signature.getInstance("NONEwithECDSAinP1363Format");
                signature.initSign(pairs.get(label).getPrivate());
                signature.update(digest);
                return signature.sign();
              } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @Override
  public Uni<byte[]> mac(String label, byte[] data) {
    return Uni.createFrom()
        .item(
            () -> {
              try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
                return mac.doFinal(data);
              } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @Override
  public Uni<ECPublicKey> generateSigningKey(String label) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      pairs.put(label, pair);
      return Uni.createFrom().item((ECPublicKey) pair.getPublic());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Uni<Optional<ECPublicKey>> findSigningKey(String label) {
    return Uni.createFrom()
        .item(Optional.ofNullable(pairs.get(label)).map(pair -> (ECPublicKey) pair.getPublic()));
  }

  @Override
  public Uni<Void> ensureMacKey(String label) {
    return Uni.createFrom().voidItem();
  }

  @Override
  public HsmState state() {
    return new HsmState.Ready("in memory", 1);
  }

  @Override
  public void distrust(String because) {
    throw new IllegalStateException(because);
  }
}
