package dev.mayfly.cli;

import dev.mayfly.oauth.AuthorizationDetails;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// `--authorization-details`: JSON, or `@` and the name of a file with it. Looked at before it is
/// sent, so that a slip is told in the words of the rule that it breaks.
final class DetailsOption {
  private static final int LONGEST = 8 * 1024;

  private DetailsOption() {}

  /// The canonical text.
  static String read(String option) {
    String text = option.startsWith("@") ? file(option.substring(1)) : option;
    try {
      return AuthorizationDetails.of(Json.parse(text)).toString();
    } catch (Json.JsonMalformed | IllegalArgumentException malformed) {
      throw CliFailure.usage("--authorization-details: " + malformed.getMessage());
    }
  }

  private static String file(String name) {
    try (InputStream in = Files.newInputStream(Path.of(name))) {
      byte[] bytes = in.readNBytes(LONGEST + 1);
      if (bytes.length > LONGEST) {
        throw CliFailure.usage("--authorization-details: the file is longer than 8 KiB");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException | InvalidPathException e) {
      throw CliFailure.unreachable("--authorization-details: cannot read " + Printable.line(name));
    }
  }
}
