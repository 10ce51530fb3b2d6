package dev.mayfly.cli;

import dev.mayfly.oauth.RealmName;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Where the broker is reached, and which issuer bases are believed there.
/// The two differ for a replica: it is reached at its own port and speaks for the first broker's
/// issuer.
record BrokerAddress(String base, Set<String> issuerBases) {
  BrokerAddress {
    issuerBases = Set.copyOf(issuerBases);
  }

  /// The address given by `--url`; else that of a broker that runs on this home; else the port of
  /// the environment.
  static BrokerAddress find(Invocation invocation, Optional<String> url) {
    RunningBrokers running = RunningBrokers.of(invocation.home());
    String base =
        url.or(() -> running.live().stream().map(RunningBrokers.Running::url).findFirst())
            .or(running::issuerBase)
            .orElseGet(
                () -> "https://localhost:" + invocation.variable("MAYFLY_PORT").orElse("8443"));
    Set<String> issuerBases = new LinkedHashSet<>(List.of(requireHttps(base)));
    running.issuerBase().map(BrokerAddress::requireHttps).ifPresent(issuerBases::add);
    return new BrokerAddress(requireHttps(base), issuerBases);
  }

  /// The base of the admin endpoint, on the management port.
  static String findManagement(Invocation invocation, Optional<String> url) {
    String base =
        url.or(
                () ->
                    RunningBrokers.of(invocation.home()).live().stream()
                        .map(RunningBrokers.Running::managementUrl)
                        .findFirst())
            .orElseGet(
                () ->
                    "http://127.0.0.1:"
                        + invocation.variable("MAYFLY_MANAGEMENT_PORT").orElse("9000"));
    URI uri = requireBase(base, Set.of("http", "https"));
    if ("http".equals(uri.getScheme()) && !isLoopback(uri.getHost())) {
      throw CliFailure.usage(
          "%s: plain http reaches the admin endpoint on this machine only".formatted(base));
    }
    return withoutTrailingSlash(base);
  }

  String metadataUri(RealmName realm) {
    return base + "/.well-known/oauth-authorization-server/realms/" + realm;
  }

  /// A broker as `--server` names it.
  static String server(String base) {
    return requireHttps(base);
  }

  private static String requireHttps(String base) {
    requireBase(base, Set.of("https"));
    return withoutTrailingSlash(base);
  }

  private static URI requireBase(String base, Set<String> schemes) {
    try {
      URI uri = new URI(base);
      boolean bare =
          uri.getHost() != null
              && uri.getRawUserInfo() == null
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null
              && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"));
      if (uri.getScheme() != null && schemes.contains(uri.getScheme()) && bare) {
        return uri;
      }
    } catch (URISyntaxException _) {
      // Said below, in one line.
    }
    throw CliFailure.usage(
        "%s is not the address of a broker: %s://host:port is"
            .formatted(Printable.line(base), schemes.contains("http") ? "http" : "https"));
  }

  private static boolean isLoopback(String host) {
    // Only names that need no look-up: a name server must not decide where the token goes.
    return host.equals("localhost")
        || (host.matches("127\\.[0-9.]+|\\[[0-9a-fA-F:]+]")
            && InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).isLoopbackAddress());
  }

  private static String withoutTrailingSlash(String base) {
    return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
  }
}
