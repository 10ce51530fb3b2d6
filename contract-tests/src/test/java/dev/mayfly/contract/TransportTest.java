package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.RestAssured;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/// TLS, and the health and metrics beside it.
class TransportTest {
  private static SSLSocket tls(String protocol) throws IOException {
    var socket =
        (SSLSocket)
            Broker.TLS.getSocketFactory().createSocket(Broker.URL.getHost(), Broker.URL.getPort());
    socket.setSoTimeout(10_000);
    socket.setEnabledProtocols(new String[] {protocol});
    return socket;
  }

  @Test
  @Covers({"6749-1", "9700-10", "FAPI-14"})
  void speaksTls13() throws IOException {
    try (var socket = tls("TLSv1.3")) {
      socket.startHandshake();
      assertEquals("TLSv1.3", socket.getSession().getProtocol());
    }
  }

  @Test
  @Covers({"6749-1", "FAPI-14"})
  void doesNotSpeakTls12UnlessTold() throws IOException {
    try (var socket = tls("TLSv1.2")) {
      assertThrows(IOException.class, socket::startHandshake);
    }
  }

  @Test
  @Covers("6749-1")
  void plainHttpIsNotServed() throws IOException {
    try (var socket = new Socket(Broker.URL.getHost(), Broker.URL.getPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              "GET /realms/nevocoin/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer;
      try {
        answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      } catch (IOException reset) {
        answer = "";
      }
      assertFalse(answer.contains(" 200 "), answer);
    }
  }

  @Test
  void isReadyAndLive() {
    for (String check : new String[] {"live", "ready"}) {
      var answer = Broker.given().get(Broker.MANAGEMENT + "/health/" + check);
      assertEquals(200, answer.statusCode(), answer::asString);
      assertEquals("UP", answer.path("status"));
    }
  }

  /// Metric names may contain package names, so this one answer does not pass [Decency].
  @Test
  void countsWhatItIssuesAndShowsNoClientSecret() {
    Tool dashboard = Tool.webDashboard();
    dashboard.getsTokens("balance:read");
    var answer = RestAssured.get(Broker.MANAGEMENT + "/metrics");
    assertEquals(200, answer.statusCode());
    assertTrue(answer.asString().contains("mayfly"), "no metric of ours");
    assertFalse(answer.asString().contains(dashboard.secret()));
  }
}
