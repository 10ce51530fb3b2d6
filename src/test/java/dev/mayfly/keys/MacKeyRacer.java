package dev.mayfly.keys;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.smallrye.mutiny.Uni;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;

/// A process of [TwoProcessesTest]: waits for a line on its input, then makes MAC keys as fast
/// as it can and prints what each MACs.
final class MacKeyRacer {
  static final int KEYS = 40;

  private MacKeyRacer() {}

  public static void main(String[] args) throws Exception {
    // Mutiny looks for its context propagation at first use, and two threads that do so at once
    // fail. Quarkus does it at its start; this process has no Quarkus.
    Uni.createFrom().emitter(one -> one.complete(1)).await().indefinitely();
    ProcessEnvironment.set("SOFTHSM2_CONF", args[0]);
    HsmConfig config =
        new HsmConfig(Path.of(args[1]), args[2], Path.of(args[3]), 1, Duration.ofSeconds(20), 256);
    try (Pkcs11Hsm hsm = new Pkcs11Hsm(config, Clock.systemUTC())) {
      hsm.start();
      if (!hsm.awaitReady(Duration.ofSeconds(20))) {
        throw new IllegalStateException(hsm.state().toString());
      }
      System.out.println("ready");
      if (System.in.read() < 0) {
        return;
      }
      for (int i = 0; i < KEYS; i++) {
        String label = "raced-" + i;
        try (FileChannel file = FileChannel.open(Path.of(args[4]), CREATE, WRITE);
            FileLock _ = file.lock()) {
          var _ = hsm.ensureMacKey(label).await().atMost(Duration.ofSeconds(20));
        }
        byte[] mac = hsm.mac(label, new byte[] {1}).await().atMost(Duration.ofSeconds(20));
        System.out.println("mac " + HexFormat.of().formatHex(mac));
      }
    }
  }
}
