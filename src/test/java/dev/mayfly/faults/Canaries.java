package dev.mayfly.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Values that must be nowhere, and the search for them: whole and in halves, as they are, in hex
/// of either case, in base64 and base64url at each of the three alignments; and the bytes that a
/// value itself encodes, in the same forms.
final class Canaries {
  /// Shorter pieces would be found by chance in a data directory.
  private static final int SHORTEST = 10;

  /// By the piece that is looked for, the canary that it is of.
  private final Map<String, String> pieces = new LinkedHashMap<>();

  void plant(String name, String value) {
    add(name, value.getBytes(UTF_8));
    String body = value.replaceFirst("^(ms|mj|rt)_", "");
    for (String part : body.split("\\.", -1)) {
      try {
        add(name + " (decoded)", Base64.getUrlDecoder().decode(part));
      } catch (IllegalArgumentException notEncoded) {
        // It encodes nothing, then.
      }
    }
  }

  private void add(String name, byte[] value) {
    int half = value.length / 2;
    addForms(name, value);
    addForms(name + " (first half)", Arrays.copyOf(value, half));
    addForms(name + " (second half)", Arrays.copyOfRange(value, half, value.length));
  }

  private void addForms(String name, byte[] bytes) {
    addPiece(name, new String(bytes, ISO_8859_1));
    String hex = HexFormat.of().formatHex(bytes);
    addPiece(name + " in hex", hex);
    addPiece(name + " in HEX", hex.toUpperCase(Locale.ROOT));
    for (int shift = 0; shift < 3; shift++) {
      byte[] shifted = new byte[bytes.length + shift];
      System.arraycopy(bytes, 0, shifted, shift, bytes.length);
      // Without the characters that its neighbours have a share in.
      int first = shift == 0 ? 0 : shift + 1;
      int last = shifted.length / 3 * 4;
      addPiece(
          name + " in base64",
          Base64.getEncoder().encodeToString(shifted).substring(first, Math.max(first, last)));
      addPiece(
          name + " in base64url",
          Base64.getUrlEncoder().encodeToString(shifted).substring(first, Math.max(first, last)));
    }
  }

  private void addPiece(String name, String piece) {
    if (piece.length() >= SHORTEST) {
      pieces.putIfAbsent(piece, name);
    }
  }

  /// The names of the canaries that are in it.
  TreeSet<String> in(String text) {
    TreeSet<String> found = new TreeSet<>();
    pieces.forEach(
        (piece, name) -> {
          if (text.contains(piece)) {
            found.add(name);
          }
        });
    return found;
  }

  /// In each file below the folder: `name of the canary @ file`.
  TreeSet<String> below(Path folder) {
    TreeSet<String> found = new TreeSet<>();
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(folder)) {
      all.filter(Files::isRegularFile).forEach(files::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Path file : files) {
      in(text(file)).forEach(name -> found.add(name + " @ " + folder.relativize(file)));
    }
    return found;
  }

  private static String text(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readAllBytes(), ISO_8859_1);
    } catch (NoSuchFileException goneMeanwhile) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
