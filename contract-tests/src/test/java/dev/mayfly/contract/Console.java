package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/// The console, and the people who use it.
final class Console {
  static final String URL = Broker.URL + "/admin";

  private static final String FIRST = "admin";

  private Console() {}

  /// The link of a new root, as `./mayfly start` prints it for the first.
  static String invite(String name) {
    return invite(name, Map.of("*", "root"));
  }

  /// Who is invited, and by which link.
  record Invited(String name, String link) {}

  /// The very first admin, by the link that the start of the broker left, where nobody has used it
  /// yet; else another root.
  static Invited first() {
    try {
      Path file = Broker.HOME.resolve("admin/first-admin.url");
      if (Files.exists(file)
          && "invited".equals(Admin.get("/admins/" + FIRST).jsonPath().getString("state"))) {
        return new Invited(FIRST, Files.readString(file).strip());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String name = newName();
    return new Invited(name, invite(name));
  }

  static String invite(String name, Map<String, String> roles) {
    var answer =
        Admin.post("/admins", Map.of("name", name, "roles", roles, "reason", "contract test"));
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer.jsonPath().getString("link");
  }

  static String newName() {
    return "ann-" + UUID.randomUUID().toString().substring(0, 8);
  }

  static void accept(Browser browser, String link, String name) {
    browser.open(link);
    browser.awaitText("#title", "Welcome, " + name);
    browser.click("#make");
    browser.awaitText("#kept", "Keep these, now");
  }

  /// A new root who has a passkey and is signed out.
  static void rootWithAPasskey(Browser browser) {
    browser.addAuthenticator();
    String name = newName();
    accept(browser, invite(name), name);
    browser.click("#go");
    browser.awaitText("#verdict", ".");
    browser.click("#sign-out");
    browser.awaitText("#sign-in", "Sign in to Mayfly");
  }
}
