package dev.mayfly.faults;

import dev.mayfly.keys.SoftHsmToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// A second token: SoftHSM2 inside of the broker.
final class LocalToken implements AutoCloseable {
  private static final String LABEL = "local";

  private final Path folder;
  private final Path module = SoftHsmToken.findModule().orElseThrow();

  LocalToken() throws IOException {
    folder = Files.createTempDirectory("mayfly-hsm");
    String pin = UUID.randomUUID().toString();
    Files.writeString(folder.resolve("pin"), pin + "\n");
    Path configuration = folder.resolve("softhsm2.conf");
    SoftHsmToken.configure(configuration, folder.resolve("tokens"));
    boolean _ =
        SoftHsmToken.initialise(module, LABEL, bytes(UUID.randomUUID().toString()), bytes(pin));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// What a broker is told of both.
  Map<String, String> besides(Map<String, String> first) {
    var both = new HashMap<>(first);
    both.put("SOFTHSM2_CONF", folder.resolve("softhsm2.conf").toString());
    both.put("MAYFLY_PKCS11_2_MODULE", module.toString());
    both.put("MAYFLY_PKCS11_2_PIN_FILE", folder.resolve("pin").toString());
    both.put("MAYFLY_PKCS11_2_TOKEN_LABEL", LABEL);
    return both;
  }

  @Override
  public void close() throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
