package dev.mayfly.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The sessions of the user of this machine, one file for each broker, mode 0600, in the user's
/// own configuration folder (XDG base directories).
record KeptSessions(Path folder) {
  static KeptSessions of(Invocation invocation) {
    Path config =
        invocation
            .variable("XDG_CONFIG_HOME")
            .map(Path::of)
            // The standard says that a relative one is to be ignored.
            .filter(Path::isAbsolute)
            .or(() -> invocation.variable("HOME").map(home -> Path.of(home, ".config")))
            .orElseThrow(() -> CliFailure.unreachable("there is no HOME to keep the session in"));
    return new KeptSessions(config.resolve("mayfly").resolve("sessions"));
  }

  Optional<KeptSession> find(String server) {
    Path file = file(server);
    return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
  }

  List<KeptSession> all() {
    List<KeptSession> all = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
      files.forEach(file -> all.add(read(file)));
    } catch (IOException none) {
      return List.of();
    }
    return all;
  }

  void keep(KeptSession session) {
    HomeFiles.writePrivately(file(session.server()), Json.pretty(session.members()) + "\n");
  }

  void forget(String server) {
    HomeFiles.delete(file(server));
  }

  /// Host and port: nothing of a URL that was looked at can lead out of the folder.
  private Path file(String server) {
    URI uri = URI.create(server);
    int port = uri.getPort() < 0 ? 443 : uri.getPort();
    String host = uri.getHost().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "_");
    return folder.resolve(host + "_" + port + ".json");
  }

  private static KeptSession read(Path file) {
    try {
      return KeptSession.of(HomeFiles.readJson(file, "./mayfly admin login"));
    } catch (IllegalArgumentException wrong) {
      throw CliFailure.unreachable("%s: %s".formatted(file, wrong.getMessage()));
    }
  }
}
