package dev.mayfly.boot;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;

/// Which TCP ports are free. A port can be taken between the look and its use; that end is then
/// a start-up error of the server, not a wrong answer here.
final class Ports {
  static final String LOOPBACK = "127.0.0.1";

  private Ports() {}

  /// The wanted port, or any free one for 0. `variable` is named in the refusal.
  static int require(String variable, String host, int wanted) {
    try (var socket = open(host, wanted)) {
      return socket.getLocalPort();
    } catch (BindException e) {
      var unassignable = String.valueOf(e.getMessage()).contains("assign");
      throw new BootException(
          unassignable
              ? "MAYFLY_HOST: this host has no address " + host
              : "port " + wanted + " is in use; set " + variable + " to another",
          e);
    } catch (IOException e) {
      throw new BootException(
          variable + ": cannot listen on " + host + ":" + wanted + ": " + e.getMessage(), e);
    }
  }

  /// The first free port above `start` that no one in `taken` has claimed.
  static int next(String host, int start, Set<Integer> taken) {
    for (var port = start + 1; port <= 65_535; port++) {
      if (!taken.contains(port) && isFree(host, port)) {
        return port;
      }
    }
    throw new BootException("no port above " + start + " is free");
  }

  static int anyFree() {
    return require("port", LOOPBACK, 0);
  }

  static boolean isFree(String host, int port) {
    try (var socket = open(host, port)) {
      return socket.isBound();
    } catch (IOException _) {
      return false;
    }
  }

  private static ServerSocket open(String host, int port) throws IOException {
    var socket = new ServerSocket();
    try {
      // As the server does: a port whose last connections are in TIME_WAIT is free.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }
}
