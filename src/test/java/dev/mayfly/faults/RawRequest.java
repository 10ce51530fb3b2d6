package dev.mayfly.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A request as bytes, from an address of ours: for what no HTTP library would send.
record RawRequest(String from, String method, String target, List<String> headers) {
  record Answer(int status, String head, String body) {
    /// Empty where there is none.
    String header(String name) {
      String wanted = name.toLowerCase(Locale.ROOT) + ":";
      return head.lines()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(wanted))
          .map(line -> line.substring(wanted.length()).strip())
          .findFirst()
          .orElse("");
    }
  }

  /// As a tool would: whoever is told to come back does, for ten seconds. A broker on a busy
  /// machine may not have read of revocations for so long that it refuses to judge.
  Answer ask(int port) {
    List<Answer> last = new ArrayList<>();
    var _ =
        Runs.within(
            Duration.ofSeconds(10),
            () -> {
              last.clear();
              last.add(send(port));
              return last.getFirst().status() != 503;
            });
    return last.getFirst();
  }

  Answer send(int port) {
    var text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    text.append("Host: api.exchange.example\r\nConnection: close\r\n");
    headers.forEach(header -> text.append(header).append("\r\n"));
    if (method.equals("POST") || method.equals("PUT")) {
      text.append("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    } else {
      text.append("\r\n");
    }
    try (var socket = new Socket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
      socket.setSoTimeout(15_000);
      socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
      socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
      return parse(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new AssertionError(method + " " + target + " from " + from, e);
    }
  }

  private static Answer parse(String text) {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new AssertionError("no answer: " + text);
    }
    return new Answer(
        Integer.parseInt(text.substring(9, 12)), text.substring(0, end), text.substring(end + 4));
  }
}
