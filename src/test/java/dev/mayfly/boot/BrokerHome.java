package dev.mayfly.boot;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// A home under `target/`, new for each run, with real PostgreSQL, SoftHSM2 token, TLS files and
/// admin credential, prepared by the same code as `./mayfly start`. Every `@QuarkusTest` uses
/// it: `@QuarkusTestResource(BrokerHome.class)`. The tests' broker listens on plain HTTP as well
/// (RestAssured's default address); the issuer is nevertheless `https://localhost:<port>`.
public final class BrokerHome implements QuarkusTestResourceLifecycleManager {
  private static final Path FOLDER = Path.of("target", "broker-home").toAbsolutePath();

  private PreparedHome prepared;

  /// The home's folder, for tests that look at its files.
  public static Path folder() {
    return FOLDER;
  }

  /// Stops the broker's PostgreSQL, as a failure does. It keeps its port.
  public static void stopPostgres() {
    withPostgres(LocalPostgres::stop);
  }

  /// Starts it again on the same port.
  public static void startPostgres() {
    withPostgres(LocalPostgres::start);
  }

  private static void withPostgres(java.util.function.Consumer<LocalPostgres> act) {
    var home = new Home(FOLDER);
    try (var _ = home.lockStep(Duration.ofSeconds(30))) {
      act.accept(new LocalPostgres(home, new SecureRandom()));
    }
  }

  @Override
  public Map<String, String> start() {
    clearAway();
    var environment =
        Map.of(
            "MAYFLY_HOME",
            FOLDER.toString(),
            "MAYFLY_PORT",
            "0",
            "MAYFLY_MANAGEMENT_PORT",
            "0",
            "MAYFLY_REALM_CONFIG",
            realmConfig().toString());
    var settings = Settings.read(environment, FOLDER.getParent());
    prepared = PreparedHome.prepare(settings, Clock.systemUTC(), _ -> {});
    return forTests(prepared.properties());
  }

  /// Quarkus has other names for the ports of a test.
  private static Map<String, String> forTests(Map<String, String> properties) {
    var result = new HashMap<>(properties);
    result.put("quarkus.http.test-ssl-port", result.remove("quarkus.http.ssl-port"));
    result.put("quarkus.http.test-host", result.remove("quarkus.http.host"));
    result.put("quarkus.http.test-port", "0");
    result.put("quarkus.http.insecure-requests", "enabled");
    result.put("quarkus.management.test-port", result.remove("quarkus.management.port"));
    return result;
  }

  /// The shipped realms; an empty folder where a checkout has none.
  private static Path realmConfig() {
    var shipped = Path.of("realm-config").toAbsolutePath();
    return Files.isDirectory(shipped) ? shipped : FOLDER;
  }

  /// A run that was killed may have left its PostgreSQL.
  private static void clearAway() {
    try {
      Files.createDirectories(FOLDER);
      if (Files.exists(FOLDER.resolve("postgres"))) {
        new LocalPostgres(new Home(FOLDER), new SecureRandom()).stop();
      }
      try (var entries = Files.list(FOLDER)) {
        for (var entry : entries.toList()) {
          // Unpacking PostgreSQL takes the longest, and its programs do not change.
          if (!entry.equals(new Home(FOLDER).postgresPrograms())) {
            PrivateFiles.deleteTree(entry);
          }
        }
      }
      Files.createFile(FOLDER.resolve("lock"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    if (prepared != null) {
      prepared.close();
    }
  }
}
