package dev.mayfly.boot;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the process environment and the arguments ask for, parsed once. Unset or empty means the
/// default.
/// Errors: [BootException] with one line that begins with the variable's name.
public record Settings(
    Path home,
    boolean replica,
    String host,
    int port,
    int managementPort,
    OptionalInt plainHttpPort,
    MtlsListener mtls,
    Optional<String> baseUrl,
    Path realmConfig,
    Optional<DatabaseAccess> database,
    List<Pkcs11Token> pkcs11,
    List<String> trustedProxies,
    Optional<Path> countryDb) {
  private static final String PREFIX = "MAYFLY_";
  private static final Set<String> KNOWN =
      known(
          "MAYFLY_HOME",
          "MAYFLY_HOST",
          "MAYFLY_PORT",
          "MAYFLY_MANAGEMENT_PORT",
          "MAYFLY_PLAIN_HTTP_PORT",
          "MAYFLY_MTLS_PORT",
          "MAYFLY_MTLS_BASE_URL",
          "MAYFLY_BASE_URL",
          "MAYFLY_REALM_CONFIG",
          "MAYFLY_DB_URL",
          "MAYFLY_DB_USER",
          "MAYFLY_DB_PASSWORD_FILE",
          "MAYFLY_TRUSTED_PROXIES",
          "MAYFLY_COUNTRY_DB");

  private static Set<String> known(String... names) {
    return Stream.concat(Stream.of(names), Pkcs11Settings.names())
        .collect(Collectors.toUnmodifiableSet());
  }

  public Settings {
    pkcs11 = List.copyOf(pkcs11);
    trustedProxies = List.copyOf(trustedProxies);
  }

  /// The listener that asks for client certificates. `port` is empty for the next free one above
  /// the main listener's.
  public record MtlsListener(boolean enabled, OptionalInt port, Optional<String> baseUrl) {}

  /// A PKCS#11 token other than the embedded SoftHSM2.
  public record Pkcs11Token(Path module, Path pinFile, String label, OptionalInt sessions) {}

  /// `folder` resolves relative paths: the folder in which the command was given.
  public static Settings read(Map<String, String> environment, Path folder, String... arguments) {
    var env = new Variables(environment, folder);
    env.refuseUnknown();
    var host = env.text("MAYFLY_HOST").map(Settings::host).orElse("127.0.0.1");
    return new Settings(
        env.path("MAYFLY_HOME").orElse(folder.resolve(".mayfly")).toAbsolutePath().normalize(),
        replica(arguments),
        host,
        env.port("MAYFLY_PORT").orElse(8443),
        env.port("MAYFLY_MANAGEMENT_PORT").orElse(9000),
        plainHttpPort(env, host),
        mtls(env),
        env.text("MAYFLY_BASE_URL").map(url -> baseUrl("MAYFLY_BASE_URL", url)),
        realmConfig(env, folder),
        database(env),
        Pkcs11Settings.read(env),
        env.text("MAYFLY_TRUSTED_PROXIES").map(Settings::trustedProxies).orElse(List.of()),
        env.readableFile("MAYFLY_COUNTRY_DB"));
  }

  private static boolean replica(String... arguments) {
    if (arguments.length == 0) {
      return false;
    }
    if (arguments.length == 1 && arguments[0].equals("--replica")) {
      return true;
    }
    throw new BootException(
        "unknown argument: " + String.join(" ", arguments) + " (there is only --replica)");
  }

  private static String host(String host) {
    if (host.equals("localhost")) {
      return "127.0.0.1";
    }
    try {
      return InetAddress.getByName(host).getHostAddress();
    } catch (UnknownHostException e) {
      throw new BootException("MAYFLY_HOST: no address is known for " + host, e);
    }
  }

  private static OptionalInt plainHttpPort(Variables env, String host) {
    var port = env.port("MAYFLY_PLAIN_HTTP_PORT");
    if (port.isPresent() && !isLoopback(host)) {
      throw new BootException(
          "MAYFLY_PLAIN_HTTP_PORT: plain HTTP is only for a loopback address, and MAYFLY_HOST is "
              + host);
    }
    return port.map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private static MtlsListener mtls(Variables env) {
    var enabled = !env.text("MAYFLY_MTLS_PORT").equals(Optional.of("off"));
    var url = env.text("MAYFLY_MTLS_BASE_URL").map(text -> baseUrl("MAYFLY_MTLS_BASE_URL", text));
    if (!enabled) {
      // Another's listener, that of a proxy, may still ask for certificates.
      return new MtlsListener(false, OptionalInt.empty(), url);
    }
    var port = env.port("MAYFLY_MTLS_PORT");
    return new MtlsListener(true, port.map(OptionalInt::of).orElse(OptionalInt.empty()), url);
  }

  private static boolean isLoopback(String address) {
    try {
      return InetAddress.ofLiteral(address).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static String baseUrl(String variable, String text) {
    try {
      var uri = new URI(text);
      if ("https".equals(uri.getScheme())
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawPath().isEmpty()
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return text;
      }
    } catch (URISyntaxException _) {
      // The same line says what is expected.
    }
    throw new BootException(
        variable + ": " + text + " is not of the form https://host or https://host:port");
  }

  private static Path realmConfig(Variables env, Path folder) {
    var path = env.path("MAYFLY_REALM_CONFIG").orElse(folder.resolve("realm-config"));
    if (!Files.isDirectory(path)) {
      throw new BootException("MAYFLY_REALM_CONFIG: " + path + " is not a folder");
    }
    return path.toAbsolutePath().normalize();
  }

  private static Optional<DatabaseAccess> database(Variables env) {
    var user = env.text("MAYFLY_DB_USER");
    var passwordFile = env.readableFile("MAYFLY_DB_PASSWORD_FILE");
    var url = env.text("MAYFLY_DB_URL");
    if (url.isEmpty() && (user.isPresent() || passwordFile.isPresent())) {
      throw new BootException(
          "MAYFLY_DB_URL: missing, though MAYFLY_DB_USER or MAYFLY_DB_PASSWORD_FILE is set");
    }
    return url.map(
        u -> DatabaseAccess.parse(u, user, passwordFile.map(f -> PrivateFiles.read(f).strip())));
  }

  /// A single address becomes the network of that address alone.
  private static List<String> trustedProxies(String text) {
    return Stream.of(text.split("\\s*,\\s*", -1)).map(Settings::network).toList();
  }

  private static String network(String text) {
    var parts = text.split("/", -1);
    try {
      var address = InetAddress.ofLiteral(parts[0]).getAddress();
      var number = new BigInteger(1, address);
      var bits = address.length * 8;
      if (parts.length == 1) {
        return text + "/" + bits;
      }
      if (parts.length == 2 && parts[1].matches("0|[1-9][0-9]{0,2}")) {
        var prefix = Integer.parseInt(parts[1]);
        var hasHostBits = number.signum() != 0 && number.getLowestSetBit() < bits - prefix;
        if (prefix <= bits && !hasHostBits) {
          return text;
        }
      }
    } catch (IllegalArgumentException _) {
      // The same line says what is expected.
    }
    throw new BootException(
        "MAYFLY_TRUSTED_PROXIES: '"
            + text
            + "' is not an address, or a network such as 10.0.0.0/8 without host bits");
  }

  /// The environment by name.
  record Variables(Map<String, String> all, Path folder) {
    /// A misspelt variable would otherwise silently leave its default in force.
    void refuseUnknown() {
      var unknown =
          all.keySet().stream()
              .filter(name -> name.startsWith(PREFIX) && !KNOWN.contains(name))
              .sorted()
              .collect(Collectors.joining(", "));
      if (!unknown.isEmpty()) {
        throw new BootException(unknown + ": not a variable that Mayfly knows");
      }
    }

    Optional<String> text(String name) {
      return Optional.ofNullable(all.get(name)).map(String::strip).filter(s -> !s.isEmpty());
    }

    /// 0 means any free port.
    Optional<Integer> port(String name) {
      return text(name).map(text -> port(name, text));
    }

    private static int port(String name, String text) {
      if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65_535) {
        return Integer.parseInt(text);
      }
      throw new BootException(name + ": '" + text + "' is not a port (0 to 65535)");
    }

    Optional<Path> path(String name) {
      try {
        return text(name).map(folder::resolve);
      } catch (InvalidPathException e) {
        throw new BootException(name + ": not a path: " + e.getReason(), e);
      }
    }

    Optional<Path> readableFile(String name) {
      var path = path(name).map(p -> p.toAbsolutePath().normalize());
      if (path.isPresent() && (!Files.isRegularFile(path.get()) || !Files.isReadable(path.get()))) {
        throw new BootException(name + ": cannot read the file " + path.get());
      }
      return path;
    }
  }
}
