package dev.mayfly.boot;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;

/// The running broker, from the moment the server accepts connections until a signal.
public final class Broker implements QuarkusApplication {
  @Override
  public int run(String... arguments) {
    Announcement.ofThisProcess().print(System.out);
    Quarkus.waitForExit();
    return 0;
  }
}
