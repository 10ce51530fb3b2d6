package dev.mayfly.server;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

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

  Mtls mtls();

  /// The listener that asks for client certificates: where this process has it, and how clients
  /// reach it.
  interface Mtls {
    OptionalInt port();

    Optional<String> baseUrl();
  }

  /// The first token, what holds for all of them, and the others.
  interface Pkcs11 extends Pkcs11Token {
    /// For a caller, whichever tokens it takes.
    @WithDefault("1s")
    Duration deadline();

    @WithDefault("256")
    int queue();

    @WithName("2")
    Optional<Pkcs11Token> second();

    @WithName("3")
    Optional<Pkcs11Token> third();

    @WithName("4")
    Optional<Pkcs11Token> fourth();

    default List<Pkcs11Token> tokens() {
      return Stream.concat(
              Stream.of(this), Stream.of(second(), third(), fourth()).flatMap(Optional::stream))
          .toList();
    }
  }

  interface Pkcs11Token {
    Path module();

    String tokenLabel();

    Path pinFile();

    /// Four, unless it is said. (A default by annotation would make every optional token present.)
    OptionalInt sessions();
  }
}
