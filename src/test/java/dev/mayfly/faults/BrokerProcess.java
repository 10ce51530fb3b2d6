package dev.mayfly.faults;

import java.net.URI;

/// One running broker.
record BrokerProcess(Process process, URI url, URI management, boolean replica) {

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
