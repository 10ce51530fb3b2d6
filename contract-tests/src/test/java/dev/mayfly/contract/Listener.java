package dev.mayfly.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/// A local port that nobody has a reason to visit, and the count of those who did.
final class Listener implements AutoCloseable {
  private final ServerSocket socket;
  private final AtomicInteger visits = new AtomicInteger();

  Listener() {
    try {
      socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  private void accept() {
    while (!socket.isClosed()) {
      try (var visitor = socket.accept()) {
        visits.incrementAndGet();
        visitor.shutdownOutput();
      } catch (IOException closed) {
        // The test is over, or the visitor has left: either way the count stands.
      }
    }
  }

  String url() {
    return "http://127.0.0.1:" + socket.getLocalPort() + "/jwks";
  }

  int visits() {
    return visits.get();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
