package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Which client of which realm, and where its broker and its files are.
final class InstanceOptions {
  @Option(
      names = "--realm",
      required = true,
      paramLabel = "R",
      description = "The realm, such as nevocoin.")
  RealmName realm;

  @Option(
      names = "--client",
      required = true,
      paramLabel = "C",
      description = "The client, such as trading-bot.")
  ClientId client;

  @Option(
      names = "--credentials",
      paramLabel = "FILE",
      description = "Its credentials file. Default: <home>/demo/R/C.json")
  private Path credentials;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "PEM file of the CA to trust. Default: <home>/tls/ca.crt")
  private Path certificateAuthority;

  @Option(
      names = "--url",
      paramLabel = "BASE",
      description =
          "The broker, such as https://localhost:8443. Default: the one running on the home folder,"
              + " else the port MAYFLY_PORT.")
  private String url;

  CredentialsFile credentialsFile(HomeFiles home) {
    return credentials == null
        ? home.credentials(realm, client)
        : new CredentialsFile(
            credentials.toAbsolutePath(), client, () -> "--credentials has to name a file");
  }

  Path certificateAuthority(HomeFiles home) {
    return certificateAuthority == null
        ? home.certificateAuthority()
        : certificateAuthority.toAbsolutePath();
  }

  BrokerAddress address(Invocation invocation) {
    return BrokerAddress.find(invocation, Optional.ofNullable(url));
  }

  /// How a person names this instance on a command line.
  String arguments() {
    return "--realm %s --client %s".formatted(realm, client);
  }
}
