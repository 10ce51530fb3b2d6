package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PortsTest {
  private static ServerSocket taken() throws IOException {
    return new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
  }

  @Test
  void namesTheVariableOfATakenPort() throws IOException {
    try (var socket = taken()) {
      var port = socket.getLocalPort();
      var e =
          assertThrows(BootException.class, () -> Ports.require("MAYFLY_PORT", "127.0.0.1", port));
      assertEquals("port " + port + " is in use; set MAYFLY_PORT to another", e.getMessage());
    }
  }

  @Test
  void namesTheHostWhenItIsNotOurs() {
    var e =
        assertThrows(BootException.class, () -> Ports.require("MAYFLY_PORT", "203.0.113.7", 8443));
    assertTrue(e.getMessage().startsWith("MAYFLY_HOST: "));
  }

  @Test
  void skipsTakenAndClaimedPortsForAReplica() throws IOException {
    try (var socket = taken()) {
      var port = socket.getLocalPort();
      var next = Ports.next("127.0.0.1", port - 1, Set.of(port + 1));
      assertTrue(next > port + 1);
    }
  }

  @Test
  void findsAFreePort() {
    assertNotEquals(0, Ports.anyFree());
  }
}
