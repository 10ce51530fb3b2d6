package dev.mayfly.contract;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/// Tests of address rules connect from 127.0.0.1 and 127.0.0.2, which needs a broker on this
/// Linux machine.
final class LocalAddresses {
  private LocalAddresses() {}

  static void assumeTheBrokerIsLocal() {
    assumeTrue(
        reachableFrom("127.0.0.2"), "the broker does not listen on 127.0.0.1 of this machine");
  }

  private static boolean reachableFrom(String address) {
    try (var socket = new Socket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
      socket.connect(new InetSocketAddress("127.0.0.1", Broker.URL.getPort()), 2_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
