package dev.mayfly.keys;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The right to initialise and finalise a module. A module has one state per process, so a second
/// user in the process would end the first one's sessions at each recovery, and the other way
/// round.
record ModuleClaim(Path module) implements AutoCloseable {
  private static final Set<Path> CLAIMED = ConcurrentHashMap.newKeySet();

  /// Errors: [HsmUnavailableException] for a file that is not there, `IllegalStateException` for a
  /// module that is in use.
  static ModuleClaim of(Path module) {
    Path real = real(module);
    if (!CLAIMED.add(real)) {
      throw new IllegalStateException("the PKCS#11 module " + real + " is in use in this process");
    }
    return new ModuleClaim(real);
  }

  /// Errors: [HsmUnavailableException] for a file that is not there.
  static Path real(Path module) {
    try {
      return module.toRealPath();
    } catch (IOException e) {
      throw new HsmUnavailableException("there is no PKCS#11 module " + module, e);
    }
  }

  @Override
  public void close() {
    CLAIMED.remove(module);
  }
}
