package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./mayfly admin login`, `whoami` and `logout` as a person uses them: in a terminal, with the
/// browser beside it.
class TerminalProgramTest {
  private static final Pattern CODE = Pattern.compile("type this code there: ([A-Z-]+)");

  @TempDir Path folder;

  @BeforeEach
  void theBrokerIsHere() {
    LocalAddresses.assumeTheBrokerIsLocal();
  }

  /// On the broker's own machine.
  private Terminal here(String... arguments) {
    return in(Broker.HOME, arguments);
  }

  private Terminal in(Path home, String... arguments) {
    return new Terminal(
        Map.of("MAYFLY_HOME", home.toString(), "XDG_CONFIG_HOME", folder.toString()), arguments);
  }

  private record Ran(int exit, String shown) {}

  private static Ran run(Terminal terminal) {
    try (terminal) {
      return new Ran(terminal.exitCode(), terminal.shown());
    }
  }

  private static String accepts(Browser browser) {
    return accepts(browser, Map.of("*", "auditor"));
  }

  private static String accepts(Browser browser, Map<String, String> roles) {
    String name = Console.newName();
    browser.addAuthenticator();
    Console.accept(browser, Console.invite(name, roles), name);
    return name;
  }

  private List<Path> kept() {
    Path sessions = folder.resolve("mayfly/sessions");
    if (!Files.exists(sessions)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(sessions)) {
      return files.toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void secretAndCodeAreTypedAndNeitherIsShown() throws IOException {
    String name;
    String secret;
    String app;
    try (Browser browser = new Browser()) {
      name = accepts(browser);
      secret = browser.text("#login-secret").strip();
      browser.open(Console.URL);
      browser.awaitText("#greeting", "Hello, " + name);
      browser.click("#add-app");
      app = browser.awaitText("#app-secret", " ").replaceAll("\\s", "");
      browser.type("#app-code", AuthenticatorApp.code(app, 0));
      browser.click("#app button");
      browser.awaitText("#note", "The app was added");
    }
    Ran wrong = login(name, "ml_" + "A".repeat(43), "000000");
    assertEquals(1, wrong.exit(), wrong::shown);
    assertEquals(List.of(), kept());

    String code = AuthenticatorApp.code(app, 1);
    Ran right = login(name, secret, code);
    assertEquals(0, right.exit(), right::shown);
    assertTrue(right.shown().contains("as " + name), right::shown);
    assertFalse(right.shown().contains(secret), "the secret is on the screen");
    assertFalse(right.shown().contains(code), "the code is on the screen");
    assertEquals(1, kept().size());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(kept().getFirst())));

    Ran me = run(here("admin", "whoami", "--as-me"));
    assertEquals(0, me.exit(), me::shown);
    assertTrue(me.shown().contains(name) && me.shown().contains("totp"), me::shown);
    Ran out = run(here("admin", "logout"));
    assertEquals(0, out.exit(), out::shown);
    assertEquals(List.of(), kept());
    Ran gone = run(here("admin", "whoami", "--as-me"));
    assertEquals(3, gone.exit(), gone::shown);
    assertTrue(gone.shown().contains("not signed in"), gone::shown);
  }

  private Ran login(String name, String secret, String code) {
    try (Terminal terminal = here("admin", "login", "--totp", name)) {
      terminal.await("Login secret:");
      terminal.type(secret);
      terminal.await("Code of the authenticator app:");
      terminal.type(code);
      return run(terminal);
    }
  }

  private static String codeIn(Terminal terminal) {
    Matcher code = CODE.matcher(terminal.await("good for five minutes"));
    assertTrue(code.find(), terminal::shown);
    return code.group(1);
  }

  private static void looks(Browser browser, String code) {
    browser.open(Console.URL + "/terminal");
    browser.awaitText("#asking", "Sign in a terminal");
    browser.type("#code", code);
    browser.click("#look button");
    browser.awaitText("#terminal", System.getProperty("user.name") + "@");
  }

  @Test
  void thePasskeyInTheBrowserSignsTheTerminalInOrSendsItAway() {
    try (Browser browser = new Browser()) {
      String name = accepts(browser);
      try (Terminal terminal = here("admin", "login")) {
        looks(browser, codeIn(terminal));
        browser.click("#yes");
        browser.awaitText("#note", "is signed in");
        Ran signedIn = run(terminal);
        assertEquals(0, signedIn.exit(), signedIn::shown);
        assertTrue(signedIn.shown().contains("as " + name), signedIn::shown);
      }
      Ran me = run(here("admin", "whoami", "--as-me"));
      assertTrue(me.shown().contains("terminal"), me::shown);
      try (Terminal terminal = here("admin", "login")) {
        looks(browser, codeIn(terminal));
        browser.click("#no");
        browser.awaitText("#note", "It was sent away");
        assertEquals(1, run(terminal).exit(), terminal::shown);
      }
      // The session of before is as it was.
      assertEquals(0, run(here("admin", "whoami", "--as-me")).exit());
    }
  }

  private void logsIn(Browser browser) {
    try (Terminal terminal = here("admin", "login")) {
      looks(browser, codeIn(terminal));
      browser.click("#yes");
      assertEquals(0, run(terminal).exit(), terminal::shown);
    }
  }

  private static String[] revocation(OpenRealm realm) {
    return new String[] {
      "admin", "client", "revoke", "bot", "--realm", realm.name(), "--reason", "leaked", "--as-me"
    };
  }

  private static String state(OpenRealm realm) {
    return Admin.get(realm.clients() + "/bot").path("state");
  }

  /// What ends something for good wants the passkey again where it was shown too long ago.
  @Test
  void anActThatEndsSomethingIsConfirmedInTheBrowserAndThenDone() throws IOException {
    OpenRealm realm = OpenRealm.open("");
    realm.added("bot", "Acme");
    try (Browser browser = new Browser()) {
      String name = accepts(browser, Map.of(realm.name(), "security_admin"));
      logsIn(browser);
      OldSessions.provedLongAgo(name);
      Path file = kept().getFirst();
      String before = Files.readString(file);

      try (Terminal terminal = here(revocation(realm))) {
        terminal.await("this act asks for your second factor again");
        looks(browser, codeIn(terminal));
        browser.click("#no");
        browser.awaitText("#note", "It was sent away");
        assertEquals(1, run(terminal).exit(), terminal::shown);
      }
      assertEquals("active", state(realm));
      assertEquals(before, Files.readString(file), "the session of before is as it was");

      try (Terminal terminal = here(revocation(realm))) {
        terminal.await("this act asks for your second factor again");
        looks(browser, codeIn(terminal));
        assertEquals("active", state(realm), "nobody has confirmed it");
        browser.click("#yes");
        browser.awaitText("#note", "is signed in");
        Ran done = run(terminal);
        assertEquals(0, done.exit(), done::shown);
        assertTrue(done.shown().contains("bot is revoked"), done::shown);
      }
      assertEquals("revoked", state(realm));

      // The confirmation has made another session, and ended the one of before.
      String after = Files.readString(file);
      assertFalse(after.equals(before), "the same session");
      assertEquals(0, run(here("admin", "whoami", "--as-me")).exit());
      Files.writeString(file, before);
      Ran gone = run(here("admin", "whoami", "--as-me"));
      assertEquals(1, gone.exit(), gone::shown);
      assertTrue(gone.shown().contains("your session is over"), gone::shown);
    }
  }

  /// Nobody is asked twice within minutes.
  @Test
  void anActRightAfterTheSignInIsDoneAtOnce() {
    OpenRealm realm = OpenRealm.open("");
    realm.added("bot", "Acme");
    try (Browser browser = new Browser()) {
      accepts(browser, Map.of(realm.name(), "security_admin"));
      logsIn(browser);
      Ran done = run(here(revocation(realm)));
      assertEquals(0, done.exit(), done::shown);
      assertFalse(done.shown().contains("second factor"), done::shown);
    }
    assertEquals("revoked", state(realm));
  }

  /// From another machine, which knows neither the home nor its CA.
  @Test
  void aBrokerWhoseCertificateIsNotKnownIsBelievedByItsCaOnly() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("home"));
    Ran refused = run(in(elsewhere, "admin", "login", "--server", Broker.URL.toString()));
    assertEquals(3, refused.exit(), refused::shown);
    assertFalse(refused.shown().contains("type this code"), refused::shown);
    String ca = Broker.caCertificate().toString();
    try (Browser browser = new Browser();
        Terminal terminal =
            in(elsewhere, "admin", "login", "--server", Broker.URL.toString(), "--ca", ca)) {
      accepts(browser);
      looks(browser, codeIn(terminal));
      browser.click("#yes");
      assertEquals(0, run(terminal).exit(), terminal::shown);
    }
    Ran list = run(in(elsewhere, "admin", "client", "list", "--realm", "nevocoin"));
    assertEquals(0, list.exit(), list::shown);
    assertTrue(list.shown().contains("trading-bot"), list::shown);
  }
}
