package dev.mayfly.faults;

import java.net.URI;

/// One running broker. `number` 0 is the first of its home, the others are replicas.
record BrokerProcess(Process process, URI url, URI management, int number) {

  /// `kill -9`, and waits until the system has cleared it away.
  void kill() {
    process.destroyForcibly();
    var _ = process.onExit().join();
  }

  URI endpoint(String realm, String name) {
    return url.resolve("/realms/" + realm + "/" + name);
  }

  URI readiness() {
    return management.resolve("/health/ready");
  }
}
