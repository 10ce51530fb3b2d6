package dev.mayfly.keys;

import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/// A process of [HeldKeyTest]: waits for a line on its input and destroys a key.
final class KeyRemover {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private KeyRemover() {}

  public static void main(String[] args) throws Exception {
    Uni.createFrom().emitter(one -> one.complete(1)).await().indefinitely(); // see MacKeyRacer
    ProcessEnvironment.set("SOFTHSM2_CONF", args[0]);
    HsmConfig config = new HsmConfig(Path.of(args[1]), args[2], Path.of(args[3]), 1, PATIENCE, 256);
    try (Pkcs11Hsm hsm = new Pkcs11Hsm(config, Clock.systemUTC())) {
      hsm.start();
      if (!hsm.awaitReady(PATIENCE)) {
        throw new IllegalStateException(hsm.state().toString());
      }
      System.out.println("ready");
      if (System.in.read() < 0) {
        return;
      }
      var _ = hsm.destroy(args[4]).await().atMost(PATIENCE);
      System.out.println("destroyed");
    }
  }
}
