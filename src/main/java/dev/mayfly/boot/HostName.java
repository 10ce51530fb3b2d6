package dev.mayfly.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// This host's own name, without asking a name server (which may hang).
final class HostName {
  private static final Pattern DNS_NAME =
      Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");

  private HostName() {}

  static Optional<String> find() {
    return fromKernel()
        .or(() -> Optional.ofNullable(System.getenv("HOSTNAME")))
        .map(name -> name.strip().toLowerCase(Locale.ROOT))
        .filter(name -> name.length() <= 253 && DNS_NAME.matcher(name).matches());
  }

  private static Optional<String> fromKernel() {
    try {
      return Optional.of(Files.readString(Path.of("/proc/sys/kernel/hostname")));
    } catch (IOException _) {
      return Optional.empty();
    }
  }
}
