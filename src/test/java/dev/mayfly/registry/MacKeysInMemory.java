package dev.mayfly.registry;

import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import io.smallrye.mutiny.Uni;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// MAC keys without a token and without a registry, and a count of what was asked of them.
public final class MacKeysInMemory extends BrokerKeys {
  private final List<Registration.Key> trusted = new ArrayList<>();
  private int macs;

  public MacKeysInMemory(String... kids) {
    super(null, null, Hsms.of(new KeysInMemory()), Clock.systemUTC());
    for (String kid : kids) {
      trusted.addLast(key(kid));
    }
  }

  private static Registration.Key key(String kid) {
    return BrokerKeysTest.key(kid, Instant.EPOCH);
  }

  /// From now on this one makes.
  public void change(String kid) {
    trusted.addFirst(key(kid));
  }

  public void distrust(String kid) {
    trusted.removeIf(key -> key.kid().equals(kid));
  }

  public int macs() {
    return macs;
  }

  @Override
  public Uni<Registration.Key> current(Purpose purpose) {
    return Uni.createFrom().item(trusted.getFirst());
  }

  @Override
  public List<Registration.Key> trusted(Purpose purpose) {
    return List.copyOf(trusted);
  }

  @Override
  public Optional<Registration.Key> find(Purpose purpose, String kid) {
    return trusted.stream().filter(key -> key.kid().equals(kid)).findFirst();
  }

  @Override
  public Uni<byte[]> mac(Registration.Key key, byte[] data) {
    macs++;
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.kid().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return Uni.createFrom().item(mac.doFinal(data));
    } catch (GeneralSecurityException e) {
      return Uni.createFrom().failure(e);
    }
  }
}
