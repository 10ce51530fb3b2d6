package dev.mayfly.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where a rotation brings the new secret, and from where the tool takes it. A place is named by a
/// URI; each kind of place is one implementation.
sealed interface SecretDestination {
  /// Errors: exit 2 for a kind of place that is not known.
  static SecretDestination parse(String uri) {
    if (uri.startsWith("file:/") && !uri.startsWith("file://")) {
      return new PrivateFile(Path.of(uri.substring("file:".length())));
    }
    throw CliFailure.usage("--to is file:/path; other places are not known");
  }

  /// What is there now; empty when nothing is.
  /// Errors: exit 3 when it cannot be told.
  Optional<String> current();

  /// Makes sure that [#put] will work, before a secret exists that would be lost.
  /// Errors: exit 3.
  void prepare();

  /// Replaces what is there, whole or not at all.
  /// Errors: exit 3.
  void put(String secret);

  /// A file with the secret and nothing else, mode 0600, replaced by a rename.
  record PrivateFile(Path path) implements SecretDestination {
    private static final int LONGEST = 4096;

    @Override
    public Optional<String> current() {
      if (!Files.exists(path)) {
        return Optional.empty();
      }
      String text = HomeFiles.read(path, "name a file that you may read");
      return text.length() > LONGEST ? Optional.empty() : Optional.of(text.strip());
    }

    @Override
    public void prepare() {
      try (HomeFiles.PrivateFile _ = HomeFiles.PrivateFile.beside(path)) {
        // Made and deleted again.
      } catch (IOException unwritable) {
        throw HomeFiles.cannotWrite(path, unwritable);
      }
    }

    @Override
    public void put(String secret) {
      HomeFiles.writePrivately(path, secret);
    }
  }
}
