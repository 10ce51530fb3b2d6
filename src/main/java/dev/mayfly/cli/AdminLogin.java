package dev.mayfly.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// Signs a person in from the terminal: with the passkey that the browser has, or with the login
/// secret and a code of the authenticator app.
record AdminLogin(
    Invocation invocation, BrokerClient http, String server, Optional<Path> trust, Prompt prompt) {
  private static final String SESSION = "/admin/api/session";
  private static final String COOKIE = "__Host-mayfly-admin=";
  private static final int SLOWED = 429;
  private static final int LONGEST_NAME = 64;

  /// What a browser would say of a page of the broker itself: the admin API takes a change from
  /// nobody who does not say where it comes from.
  private static final Map<String, String> OPEN =
      Map.of("Sec-Fetch-Site", "same-origin", "Content-Type", "application/json");

  private Answer post(String path, Map<String, Object> body) {
    return http.post(server + SESSION + path, OPEN, Json.compact(body));
  }

  /// Nothing that is typed is shown.
  KeptSession byTotp(String name) {
    String secret = prompt.secret("Login secret: ");
    String code = prompt.secret("Code of the authenticator app: ");
    return session(post("/totp", Map.of("name", name, "secret", secret, "code", code)));
  }

  /// Shows a code, which the admin types in the console, and waits.
  /// Errors: exit 1 when the admin says no, or nothing for five minutes.
  KeptSession byBrowser() {
    Answer begun = post("/terminal", Map.of("terminal", terminal()));
    if (!begun.isOk()) {
      throw begun.problem();
    }
    Map<String, Object> told = begun.object();
    String login = Json.string(told, "login").orElse("");
    invocation.note(
        "open %s in your browser, sign in, and type this code there: %s"
            .formatted(
                Printable.line(Json.string(told, "page").orElse("")),
                Printable.line(Json.string(told, "user_code").orElse(""))));
    invocation.note("waiting for you; the code is good for five minutes");
    Duration interval = Duration.ofSeconds(Json.number(told, "interval").orElse(2L));
    Instant end = invocation.clock().instant().plus(Duration.ofMinutes(5));
    while (invocation.clock().instant().isBefore(end)) {
      pause(interval);
      Answer answer = post("/terminal/poll", Map.of("login", login));
      if (answer.status() != SLOWED && !isWaiting(answer)) {
        return session(answer);
      }
    }
    throw CliFailure.refused("nobody confirmed this terminal in time");
  }

  private static boolean isWaiting(Answer answer) {
    return answer.isOk() && answer.object().containsKey("state");
  }

  private static void pause(Duration interval) {
    try {
      Thread.sleep(interval);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw CliFailure.unreachable("interrupted while waiting");
    }
  }

  /// What the console shows of this terminal: the admin knows it by that.
  private static String terminal() {
    String host;
    try {
      host = Files.readString(Path.of("/etc/hostname")).strip();
    } catch (IOException _) {
      host = "this machine";
    }
    String name = Printable.line(System.getProperty("user.name") + "@" + host);
    return name.substring(0, Math.min(LONGEST_NAME, name.length()));
  }

  private KeptSession session(Answer answer) {
    if (!answer.isOk()) {
      throw answer.problem();
    }
    String token =
        answer.headers().allValues("Set-Cookie").stream()
            .filter(cookie -> cookie.startsWith(COOKIE))
            .map(cookie -> cookie.substring(COOKIE.length()).split(";", 2)[0])
            .findFirst()
            .orElseThrow(answer::problem);
    return new KeptSession(server, Json.string(answer.object(), "name").orElse(""), token, trust);
  }

  /// The second factor again: a code where the admin has an authenticator app, else as at the
  /// sign-in, which opens another session.
  KeptSession confirm(KeptSession session) {
    Map<String, String> bearer = Map.of("Authorization", "Bearer " + session.token());
    Answer me = http.get(server + "/admin/api/me", bearer);
    if (!me.isOk()) {
      throw me.problem();
    }
    invocation.note("this act asks for your second factor again");
    if (me.object().get("totp_since") == null) {
      KeptSession fresh = byBrowser();
      var _ = http.delete(server + SESSION, bearer);
      return fresh;
    }
    String code = prompt.secret("Code of the authenticator app: ");
    Answer confirmed =
        http.post(
            server + SESSION + "/step-up/totp",
            Map.of(
                "Authorization", "Bearer " + session.token(), "Content-Type", "application/json"),
            Json.compact(Map.of("code", code)));
    if (!confirmed.isOk()) {
      throw confirmed.problem();
    }
    return session;
  }

  @Override
  public String toString() {
    return "AdminLogin[" + server + "]";
  }
}
