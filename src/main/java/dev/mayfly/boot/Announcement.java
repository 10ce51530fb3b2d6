package dev.mayfly.boot;

import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// What `./mayfly start` prints at last: where the broker is and what to try next. It waits
/// until the broker is ready, that is, has made a test signature and a test audit write.
record Announcement(String url, String managementUrl, String home, String log, boolean replica) {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int ONE_QUESTION_MS = 5_000;

  static Announcement ofThisProcess() {
    return new Announcement(
        "https://localhost:" + System.getProperty("quarkus.http.ssl-port"),
        "http://" + Ports.LOOPBACK + ":" + System.getProperty("quarkus.management.port"),
        System.getProperty("mayfly.home"),
        System.getProperty("quarkus.log.file.path"),
        Boolean.getBoolean("mayfly.replica"));
  }

  void print(PrintStream out) {
    out.println(text(awaitReadiness()));
    out.flush();
  }

  private boolean awaitReadiness() {
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline && !Thread.currentThread().isInterrupted()) {
      if (isReady()) {
        return true;
      }
      Pause.shortly();
    }
    return false;
  }

  /// By the oldest of Java's clients: the newer one begins with all that TLS takes, which for one
  /// plain question is most of the time until the answer.
  private boolean isReady() {
    try {
      var url = URI.create(managementUrl + "/health/ready").toURL();
      if (!(url.openConnection(Proxy.NO_PROXY) instanceof HttpURLConnection connection)) {
        return false;
      }
      connection.setConnectTimeout(ONE_QUESTION_MS);
      connection.setReadTimeout(ONE_QUESTION_MS);
      try {
        return connection.getResponseCode() == 200;
      } finally {
        connection.disconnect();
      }
    } catch (IOException _) {
      return false;
    }
  }

  String text(boolean ready) {
    var state = ready ? "ready" : "started, but NOT ready (see the log)";
    if (replica) {
      return """
      mayfly: one more broker is %s at %s (management %s)

        the log is      %s

      Ctrl-C stops this one only.\
      """
          .formatted(state, url, managementUrl, log);
    }
    return """
    mayfly: %s at %s (management %s)

      clients trust   %s/tls/ca.crt
      the log is      %s
      the console is  %s/admin
    %s
    Try, in another terminal:
      ./mayfly token --realm nevocoin --client trading-bot --scope "orders:write"
      ./mayfly admin client list --realm nevocoin

    Ctrl-C stops it.\
    """
        .formatted(state, url, managementUrl, home, log, url, firstAdmin());
  }

  /// While nobody can sign in: the link that the broker left, which works once.
  private String firstAdmin() {
    Path file = Path.of(home, "admin", "first-admin.url");
    try {
      return Files.isRegularFile(file)
          ? """

          Nobody is an admin yet. This link makes the first one; it works once, for a day:
            %s
          """
              .formatted(Files.readString(file).strip())
          : "";
    } catch (IOException _) {
      return "\n  (the link for the first admin is in " + file + ")\n";
    }
  }
}
