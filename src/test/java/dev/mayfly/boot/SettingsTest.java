package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  @TempDir Path folder;

  @BeforeEach
  void createRealmFolder() throws IOException {
    Files.createDirectory(folder.resolve("realm-config"));
  }

  private Settings read(String... namesAndValues) {
    var environment = new HashMap<>(Map.of("PATH", "/bin"));
    for (var i = 0; i < namesAndValues.length; i += 2) {
      environment.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return Settings.read(environment, folder);
  }

  private String refusal(String... namesAndValues) {
    return assertThrows(BootException.class, () -> read(namesAndValues)).getMessage();
  }

  @Test
  void defaultsToALoopbackBrokerInTheCurrentFolder() {
    var settings = read();
    assertEquals(folder.resolve(".mayfly"), settings.home());
    assertEquals("127.0.0.1", settings.host());
    assertEquals(8443, settings.port());
    assertEquals(9000, settings.managementPort());
    assertTrue(settings.plainHttpPort().isEmpty());
    assertTrue(settings.trustedProxies().isEmpty());
    assertTrue(settings.database().isEmpty());
    assertFalse(settings.replica());
  }

  @Test
  void treatsAnEmptyVariableAsUnset() {
    assertEquals(8443, read("MAYFLY_PORT", " ").port());
  }

  @Test
  void resolvesRelativePathsAgainstTheFolderOfTheCommand() {
    assertEquals(folder.resolve("x"), read("MAYFLY_HOME", "x").home());
  }

  @Test
  void acceptsTheLastPort() {
    assertEquals(65_535, read("MAYFLY_PORT", "65535").port());
  }

  @Test
  void refusesAPortBeyondTheLast() {
    assertEquals(
        "MAYFLY_PORT: '65536' is not a port (0 to 65535)", refusal("MAYFLY_PORT", "65536"));
  }

  @Test
  void refusesANegativePort() {
    assertTrue(refusal("MAYFLY_MANAGEMENT_PORT", "-1").startsWith("MAYFLY_MANAGEMENT_PORT: '-1'"));
  }

  @Test
  void refusesAMisspeltVariable() {
    assertEquals("MAYFLY_PROT: not a variable that Mayfly knows", refusal("MAYFLY_PROT", "1"));
  }

  @Test
  void refusesAnUnknownArgument() {
    var e = assertThrows(BootException.class, () -> Settings.read(Map.of(), folder, "--replika"));
    assertTrue(e.getMessage().startsWith("unknown argument: --replika"));
  }

  @Test
  void knowsTheReplicaArgument() {
    assertTrue(Settings.read(Map.of(), folder, "--replica").replica());
  }

  @Test
  void refusesPlainHttpBeyondTheLoopbackInterface() {
    assertTrue(
        refusal("MAYFLY_PLAIN_HTTP_PORT", "8080", "MAYFLY_HOST", "0.0.0.0")
            .startsWith("MAYFLY_PLAIN_HTTP_PORT: "));
  }

  @Test
  void acceptsPlainHttpOnTheLoopbackInterface() {
    assertEquals(8080, read("MAYFLY_PLAIN_HTTP_PORT", "8080").plainHttpPort().getAsInt());
  }

  @Test
  void refusesABaseUrlWithoutTls() {
    assertTrue(refusal("MAYFLY_BASE_URL", "http://localhost").startsWith("MAYFLY_BASE_URL: "));
  }

  @Test
  void refusesABaseUrlWithAPath() {
    assertTrue(refusal("MAYFLY_BASE_URL", "https://a.example/").startsWith("MAYFLY_BASE_URL: "));
  }

  @Test
  void acceptsABaseUrlWithAPort() {
    assertEquals(
        "https://a.example:444",
        read("MAYFLY_BASE_URL", "https://a.example:444").baseUrl().orElseThrow());
  }

  @Test
  void acceptsProxiesAsAddressesAndNetworks() {
    assertEquals(
        List.of("10.0.0.0/8", "192.0.2.1/32", "192.0.2.2/32", "::1/128", "2001:db8::/128"),
        read("MAYFLY_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1/32,192.0.2.2,::1,2001:db8::/128")
            .trustedProxies());
  }

  @Test
  void refusesAPrefixLongerThanTheAddress() {
    assertTrue(
        refusal("MAYFLY_TRUSTED_PROXIES", "192.0.2.1/33").startsWith("MAYFLY_TRUSTED_PROXIES: "));
  }

  @Test
  void refusesANetworkOfProxiesWithHostBits() {
    assertTrue(
        refusal("MAYFLY_TRUSTED_PROXIES", "10.0.0.1/8").startsWith("MAYFLY_TRUSTED_PROXIES: "));
    assertEquals(
        List.of("0.0.0.0/0"), read("MAYFLY_TRUSTED_PROXIES", "0.0.0.0/0").trustedProxies());
  }

  @Test
  void refusesAProxyGivenByName() {
    assertTrue(
        refusal("MAYFLY_TRUSTED_PROXIES", "proxy.example").startsWith("MAYFLY_TRUSTED_PROXIES: "));
  }

  @Test
  void refusesAMissingRealmFolder() {
    assertTrue(refusal("MAYFLY_REALM_CONFIG", "none").startsWith("MAYFLY_REALM_CONFIG: "));
  }

  @Test
  void takesUserAndPasswordFromTheDatabaseUrl() {
    var database =
        read("MAYFLY_DB_URL", "postgresql://u:p%40s+s@db.example/broker").database().orElseThrow();
    assertEquals(new DatabaseAccess("db.example:5432/broker", "u", "p@s+s"), database);
    assertEquals("jdbc:postgresql://db.example:5432/broker", database.jdbcUrl());
  }

  @Test
  void takesThePasswordFromAFile() throws IOException {
    var file = Files.writeString(folder.resolve("password"), "secret\n");
    var database =
        read(
                "MAYFLY_DB_URL",
                "postgresql://u@db.example:1234/broker?sslmode=require",
                "MAYFLY_DB_PASSWORD_FILE",
                file.toString())
            .database()
            .orElseThrow();
    assertEquals("secret", database.password());
    assertEquals("postgresql://db.example:1234/broker?sslmode=require", database.reactiveUrl());
  }

  @Test
  void keepsThePasswordOutOfTheRefusalOfADatabaseUrl() {
    assertFalse(refusal("MAYFLY_DB_URL", "mysql://u:hunter2@h/db").contains("hunter2"));
    assertFalse(refusal("MAYFLY_DB_URL", "postgresql://u:hunter2 @h/db").contains("hunter2"));
  }

  @Test
  void keepsThePasswordOutOfTheTextOfADatabase() {
    assertFalse(new DatabaseAccess("h:1/d", "u", "hunter2").toString().contains("hunter2"));
  }

  @Test
  void refusesAModuleWithoutAPinFile() throws IOException {
    var module = Files.createFile(folder.resolve("module.so"));
    assertEquals(
        "MAYFLY_PKCS11_PIN_FILE: missing, though MAYFLY_PKCS11_MODULE is set",
        refusal("MAYFLY_PKCS11_MODULE", module.toString()));
  }

  @Test
  void readsSeveralTokensInOrder() throws IOException {
    var module = Files.createFile(folder.resolve("module.so")).toString();
    var pin = Files.createFile(folder.resolve("pin")).toString();
    var tokens =
        read(
                "MAYFLY_PKCS11_MODULE",
                module,
                "MAYFLY_PKCS11_PIN_FILE",
                pin,
                "MAYFLY_PKCS11_2_MODULE",
                module,
                "MAYFLY_PKCS11_2_PIN_CREDENTIAL",
                "pin",
                "MAYFLY_PKCS11_2_TOKEN_LABEL",
                "second",
                "MAYFLY_PKCS11_2_SESSIONS",
                "64",
                "CREDENTIALS_DIRECTORY",
                folder.toString())
            .pkcs11();
    assertEquals(List.of("mayfly", "second"), tokens.stream().map(t -> t.label()).toList());
    assertEquals(folder.resolve("pin"), tokens.getLast().pinFile());
    assertEquals(64, tokens.getLast().sessions().orElseThrow());
  }

  @Test
  void refusesTokensWithAGapOrOfOneLabelOrWithTwoPins() throws IOException {
    var module = Files.createFile(folder.resolve("module.so")).toString();
    var pin = Files.createFile(folder.resolve("pin")).toString();
    assertEquals(
        "MAYFLY_PKCS11_MODULE: missing, though MAYFLY_PKCS11_2_MODULE is set",
        refusal("MAYFLY_PKCS11_2_MODULE", module, "MAYFLY_PKCS11_2_PIN_FILE", pin));
    assertEquals(
        "MAYFLY_PKCS11_2_TOKEN_LABEL: 'mayfly' is another token's already",
        refusal(
            "MAYFLY_PKCS11_MODULE",
            module,
            "MAYFLY_PKCS11_PIN_FILE",
            pin,
            "MAYFLY_PKCS11_2_MODULE",
            module,
            "MAYFLY_PKCS11_2_PIN_FILE",
            pin));
    assertEquals(
        "MAYFLY_PKCS11_PIN_CREDENTIAL: set beside MAYFLY_PKCS11_PIN_FILE",
        refusal(
            "MAYFLY_PKCS11_MODULE",
            module,
            "MAYFLY_PKCS11_PIN_FILE",
            pin,
            "MAYFLY_PKCS11_PIN_CREDENTIAL",
            "pin"));
  }

  @Test
  void refusesSessionsOutOfRangeAndCredentialsOutsideOfTheirFolder() throws IOException {
    var module = Files.createFile(folder.resolve("module.so")).toString();
    for (var wrong : List.of("0", "65", "x")) {
      assertEquals(
          "MAYFLY_PKCS11_SESSIONS: '" + wrong + "' is not a number of sessions (1 to 64)",
          refusal(
              "MAYFLY_PKCS11_MODULE",
              module,
              "MAYFLY_PKCS11_PIN_FILE",
              module,
              "MAYFLY_PKCS11_SESSIONS",
              wrong));
    }
    assertEquals(
        "MAYFLY_PKCS11_PIN_CREDENTIAL: '../module.so' is not the name of a credential",
        refusal(
            "MAYFLY_PKCS11_MODULE",
            module,
            "MAYFLY_PKCS11_PIN_CREDENTIAL",
            "../module.so",
            "CREDENTIALS_DIRECTORY",
            folder.toString()));
  }

  @Test
  void refusesACountryDatabaseThatIsNotThere() {
    assertTrue(refusal("MAYFLY_COUNTRY_DB", "none.mmdb").startsWith("MAYFLY_COUNTRY_DB: "));
  }
}
