package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A headless Chromium with an authenticator of its own, driven over WebDriver (chromedriver).
/// It trusts the broker's CA by the digest of its key, and nobody else's mistakes.
final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process driver;
  private final String base;
  private final String session;

  Browser() {
    try {
      int port = freePort();
      driver =
          new ProcessBuilder("chromedriver", "--port=" + port)
              .redirectErrorStream(true)
              .redirectOutput(
                  Files.createTempFile(Path.of("target"), "chromedriver", ".log").toFile())
              .start();
      base = "http://127.0.0.1:" + port;
      awaitDriver();
      session = base + "/session/" + begin();
    } catch (IOException e) {
      throw new AssertionError("chromedriver cannot be started", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void awaitDriver() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      try {
        if (send("GET", base + "/status", null).path("value").path("ready").asBoolean()) {
          return;
        }
      } catch (AssertionError notYet) {
        // It has just been started.
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
    throw new AssertionError("chromedriver does not answer");
  }

  private String begin() {
    List<String> arguments =
        List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--window-size=1440,900",
            "--ignore-certificate-errors-spki-list=" + keys(),
            "--user-data-dir=" + profile());
    JsonNode answer =
        send(
            "POST",
            base + "/session",
            Map.of(
                "capabilities",
                Map.of(
                    "alwaysMatch",
                    Map.of(
                        "browserName",
                        "chrome",
                        "webauthn:virtualAuthenticators",
                        true,
                        "goog:chromeOptions",
                        Map.of("args", arguments)))));
    return answer.path("value").path("sessionId").asText();
  }

  private static String profile() {
    try {
      return Files.createTempDirectory(Path.of("target"), "chromium").toAbsolutePath().toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Of the home's CA and of its server: whichever of them the browser looks at.
  private static String keys() {
    return key(Broker.caCertificate()) + "," + key(Broker.HOME.resolve("tls/server.crt"));
  }

  private static String key(Path certificate) {
    try (var in = Files.newInputStream(certificate)) {
      byte[] key =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(in)
              .getPublicKey()
              .getEncoded();
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError(certificate.toString(), e);
    }
  }

  /// A platform authenticator, whose user says yes to everything.
  String addAuthenticator() {
    return send(
            "POST",
            session + "/webauthn/authenticator",
            Map.of(
                "protocol", "ctap2_1",
                "transport", "internal",
                "hasResidentKey", true,
                "hasUserVerification", true,
                "isUserConsenting", true,
                "isUserVerified", true))
        .path("value")
        .asText();
  }

  /// Whether the user's finger is the right one from now on.
  void verifiesUser(String authenticator, boolean verified) {
    send(
        "POST",
        session + "/webauthn/authenticator/" + authenticator + "/uv",
        Map.of("isUserVerified", verified));
  }

  JsonNode credentials(String authenticator) {
    return send("GET", session + "/webauthn/authenticator/" + authenticator + "/credentials", null)
        .path("value");
  }

  void removeCredentials(String authenticator) {
    send("DELETE", session + "/webauthn/authenticator/" + authenticator + "/credentials", null);
  }

  void addCredential(String authenticator, Map<String, Object> credential) {
    send("POST", session + "/webauthn/authenticator/" + authenticator + "/credential", credential);
  }

  void open(String url) {
    send("POST", session + "/url", Map.of("url", url));
  }

  String url() {
    return send("GET", session + "/url", null).path("value").asText();
  }

  void click(String selector) {
    send("POST", session + "/element/" + find(selector) + "/click", Map.of());
  }

  void type(String selector, String text) {
    send("POST", session + "/element/" + find(selector) + "/value", Map.of("text", text));
  }

  /// To whatever has the focus; beyond letters as WebDriver has them (`\uE007` is Enter).
  void keys(String keys) {
    List<Map<String, Object>> acts =
        keys.codePoints()
            .mapToObj(Character::toString)
            .<Map<String, Object>>mapMulti(
                (key, all) -> {
                  all.accept(Map.of("type", "keyDown", "value", key));
                  all.accept(Map.of("type", "keyUp", "value", key));
                })
            .toList();
    send(
        "POST",
        session + "/actions",
        Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", acts))));
  }

  /// Whether the network is gone.
  void offline(boolean gone) {
    tools("Network.enable", Map.of());
    tools(
        "Network.emulateNetworkConditions",
        Map.of("offline", gone, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  private String find(String selector) {
    return send("POST", session + "/element", Map.of("using", "css selector", "value", selector))
        .path("value")
        .path(ELEMENT)
        .asText();
  }

  /// What the page shows there; empty while it does not.
  String text(String selector) {
    return run(
            "const e = document.querySelector(arguments[0]);"
                + " return e && e.checkVisibility() ? e.innerText : ''",
            selector)
        .asText("");
  }

  String awaitText(String selector, String part) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String seen = "";
    while (System.nanoTime() < deadline) {
      seen = text(selector);
      if (seen.contains(part)) {
        return seen;
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    throw new AssertionError(
        "%s shows '%s' and not '%s'; the page: %s"
            .formatted(selector, seen, part, text("body").replace('\n', '|')));
  }

  JsonNode run(String script, Object... arguments) {
    return send(
            "POST", session + "/execute/sync", Map.of("script", script, "args", List.of(arguments)))
        .path("value");
  }

  private JsonNode tools(String command, Map<String, ?> parameters) {
    return send("POST", session + "/goog/cdp/execute", Map.of("cmd", command, "params", parameters))
        .path("value");
  }

  /// From now on a screen of this size, and its owner's taste.
  void looksLike(int width, boolean dark) {
    tools(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
    tools(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  /// The page as it is now, on three screens and in both themes; it must not be wider than any.
  void screenshots(String name) {
    for (int width : new int[] {1440, 1024, 390}) {
      for (boolean dark : new boolean[] {false, true}) {
        looksLike(width, dark);
        screenshot("%s-%d-%s".formatted(name, width, dark ? "dark" : "light"));
        int wide = run("return document.documentElement.scrollWidth").asInt();
        assertTrue(wide <= width, () -> name + " is " + wide + " wide on a screen of " + width);
      }
    }
    looksLike(1440, false);
  }

  private void screenshot(String name) {
    String png =
        tools("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
            .path("data")
            .asText();
    try {
      Path folder = Files.createDirectories(Path.of("target", "screenshots"));
      Files.write(folder.resolve(name + ".png"), Base64.getDecoder().decode(png));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private JsonNode send(String method, String url, Object body) {
    var content =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(Broker.JSON.valueToTree(body).toString());
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(url))
                  .timeout(Duration.ofSeconds(120))
                  .method(method, content)
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertTrue(answer.statusCode() == 200, () -> method + " " + url + ": " + answer.body());
      return Broker.json(answer.body());
    } catch (IOException e) {
      throw new AssertionError(method + " " + url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    try {
      send("DELETE", session, null);
    } finally {
      driver.destroy();
      try {
        driver.waitFor(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
