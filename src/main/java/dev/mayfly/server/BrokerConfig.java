package dev.mayfly.server;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The facts of this start, as `boot` hands them over; their table is in
/// `src/docs/contracts.md`.
@ConfigMapping(prefix = "mayfly")
public interface BrokerConfig {
  Path home();

  String baseUrl();

  Path realmConfig();

  Pkcs11 pkcs11();

  Optional<List<String>> trustedProxies();

  Optional<Path> countryDb();

  @WithDefault("false")
  boolean replica();

  interface Pkcs11 {
    Path module();

    String tokenLabel();

    Path pinFile();

    @WithDefault("4")
    int sessions();

    @WithDefault("1500ms")
    Duration deadline();

    @WithDefault("256")
    int queue();
  }
}
