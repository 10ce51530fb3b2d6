package dev.mayfly.cli;

import dev.mayfly.cli.HomeFiles.PrivateFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/// Where a secret goes that the broker shows once: files, or stdout when none is named.
/// The places are opened before the secret is made: one that cannot be written must not cost it.
final class SecretDelivery implements AutoCloseable {
  private record Place(Path path, PrivateFile file, UnaryOperator<String> content) {}

  private final List<Place> places = new ArrayList<>();

  private SecretDelivery() {}

  /// @param file gets the secret and nothing else
  /// @param credentials gets it as its `client_secret`
  static SecretDelivery open(Optional<Path> file, Optional<CredentialsFile> credentials) {
    SecretDelivery delivery = new SecretDelivery();
    try {
      file.ifPresent(path -> delivery.add(path, UnaryOperator.identity()));
      credentials.ifPresent(
          known -> {
            Credentials current = known.read();
            delivery.add(known.path(), secret -> current.withClientSecret(secret).toJson());
          });
    } catch (CliFailure failure) {
      delivery.close();
      throw failure;
    }
    return delivery;
  }

  private void add(Path path, UnaryOperator<String> content) {
    try {
      places.add(new Place(path, PrivateFile.beside(path), content));
    } catch (IOException unwritable) {
      throw HomeFiles.cannotWrite(path, unwritable);
    }
  }

  /// Puts the secret where it belongs. With `json` the answer is printed too, without the secret
  /// when that went into a file.
  void deliver(Map<String, Object> answer, String member, boolean json, PrintWriter out) {
    String secret =
        Json.string(answer, member)
            .orElseThrow(
                () -> CliFailure.unreachable("the broker's answer has no %s".formatted(member)));
    try {
      for (Place place : places) {
        place.file().finish(place.content().apply(secret));
      }
    } catch (IOException unwritable) {
      // Shown after all: it cannot be had a second time.
      out.println(secret);
      throw HomeFiles.cannotWrite(places.getFirst().path(), unwritable);
    }
    if (json) {
      SequencedMap<String, Object> shown = new LinkedHashMap<>(answer);
      if (!places.isEmpty()) {
        shown.remove(member);
      }
      out.println(Json.pretty(shown));
    } else if (places.isEmpty()) {
      out.println(secret);
    }
  }

  @Override
  public void close() {
    for (Place place : places) {
      try {
        place.file().close();
      } catch (IOException _) {
        // An empty file of ours stays behind; nothing depends on it.
      }
    }
  }
}
