package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/// The credentials of one client in one file. `remedy` says what to do when there is none.
record CredentialsFile(Path path, ClientId client, Supplier<String> remedy) {
  boolean exists() {
    return Files.exists(path);
  }

  /// Errors: exit 3 when the file is missing, not readable, or another client's.
  Credentials read() {
    Credentials credentials = parse();
    if (!credentials.clientId().equals(client)) {
      throw CliFailure.unreachable(
          "%s is of client %s, not of %s".formatted(path, credentials.clientId(), client));
    }
    return credentials;
  }

  private Credentials parse() {
    var members = HomeFiles.readJson(path, exists() ? "" : remedy.get());
    try {
      return Credentials.of(members);
    } catch (IllegalArgumentException wrong) {
      throw CliFailure.unreachable("%s: %s".formatted(path, wrong.getMessage()));
    }
  }

  void write(Credentials credentials) {
    HomeFiles.writePrivately(path, credentials.toJson());
  }

  /// Where the key of a join is kept until the answer is here.
  CredentialsFile whileJoining() {
    return new CredentialsFile(
        path.resolveSibling(path.getFileName() + ".joining"), client, remedy);
  }
}
