package dev.mayfly.contract;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SSLSocket;

/// HTTP/1.1 written by hand over TLS: for requests that a decent client library refuses to send
/// or tidies up.
final class RawHttp {
  record Answer(int status, String head, String body) {}

  private RawHttp() {}

  static Answer post(String path, List<String> headers, byte[] body) {
    return send("POST", path, headers, body, null);
  }

  static Answer get(String path) {
    return send("GET", path, List.of(), new byte[0], null);
  }

  /// A body already in chunks.
  static Answer chunked(String path, List<String> headers, byte[] chunks) {
    return send("POST", path, headers, chunks, null, "Transfer-Encoding: chunked");
  }

  /// `from`: the local address to connect from; null for any. With one, the broker is reached
  /// at 127.0.0.1.
  static Answer send(
      String method, String path, List<String> headers, byte[] body, InetAddress from) {
    return send(method, path, headers, body, from, "Content-Length: " + body.length);
  }

  /// The same to one of several brokers.
  static Answer get(URI broker, String path, List<String> headers, InetAddress from) {
    return send(broker, "GET", path, headers, new byte[0], from, "Content-Length: 0");
  }

  private static Answer send(
      String method,
      String path,
      List<String> headers,
      byte[] body,
      InetAddress from,
      String framing) {
    return send(Broker.URL, method, path, headers, body, from, framing);
  }

  private static Answer send(
      URI broker,
      String method,
      String path,
      List<String> headers,
      byte[] body,
      InetAddress from,
      String framing) {
    String host = broker.getHost();
    int port = broker.getPort() < 0 ? 443 : broker.getPort();
    var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    head.append("Host: ").append(broker.getAuthority()).append("\r\n");
    head.append("Connection: close\r\n").append(framing).append("\r\n");
    headers.forEach(header -> head.append(header).append("\r\n"));
    head.append("\r\n");
    try (Socket plain = new Socket()) {
      if (from != null) {
        plain.bind(new InetSocketAddress(from, 0));
      }
      plain.connect(
          new InetSocketAddress(
              from == null ? InetAddress.getByName(host) : InetAddress.getByName("127.0.0.1"),
              port),
          5_000);
      plain.setSoTimeout(20_000);
      try (var tls =
          (SSLSocket) Broker.TLS.getSocketFactory().createSocket(plain, host, port, true)) {
        var parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        return exchange(tls, head.toString().getBytes(StandardCharsets.ISO_8859_1), body, headers);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    }
  }

  private static Answer exchange(SSLSocket tls, byte[] head, byte[] body, List<String> headers)
      throws IOException {
    try {
      tls.getOutputStream().write(head);
      tls.getOutputStream().write(body);
      tls.getOutputStream().flush();
    } catch (IOException refusedEarly) {
      // A server may answer and close before it has read everything: its answer counts.
    }
    var bytes = new ByteArrayOutputStream();
    try {
      tls.getInputStream().transferTo(bytes);
    } catch (IOException closedEarly) {
      if (bytes.size() == 0) {
        throw closedEarly;
      }
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException("no HTTP answer: " + text);
    }
    var answer =
        new Answer(
            Integer.parseInt(text.split(" ", 3)[1]),
            text.substring(0, end),
            text.substring(end + 4));
    String sent = new String(body, StandardCharsets.UTF_8);
    Decency.check("a raw request", headers, sent, answer.status(), answer.head(), answer.body());
    return answer;
  }
}
