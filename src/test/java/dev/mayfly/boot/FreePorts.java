package dev.mayfly.boot;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// Ports for programs that a test starts. They lie below those that the system gives to outgoing
/// connections: such a port can be lost between the look and the start, and who asks a free one of
/// them again and again whether somebody listens is in the end connected to himself.
public final class FreePorts {
  private static final int LOWEST = 10_000;
  private static final int HIGHEST = 20_000;

  private FreePorts() {}

  public static int one() {
    return inARow(1);
  }

  /// The first of several neighbours.
  public static int inARow(int count) {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int first = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (areFree(first, count)) {
        return first;
      }
    }
    throw new AssertionError("no ports are free: " + count + " in a row");
  }

  private static boolean areFree(int first, int count) {
    for (int port = first; port < first + count; port++) {
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        continue;
      } catch (IOException _) {
        return false;
      }
    }
    return true;
  }
}
