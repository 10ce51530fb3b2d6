package dev.mayfly.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The file that holds the PIN. Read at each login; the caller wipes what it got.
///
/// A PIN that the token refused is not tried again in this process, however often the file is
/// rewritten with it: retries would lock the token. Only a salted digest of it is remembered.
final class PinFile {
  private static final int LONGEST = 255;

  private final Path path;
  private final byte[] salt = new byte[16];
  private final Map<String, String> refused = new ConcurrentHashMap<>();

  PinFile(Path path) {
    this.path = path;
    new SecureRandom().nextBytes(salt);
  }

  /// The PIN without the line end. Errors: [HsmUnavailableException] where there is none to try.
  byte[] read() {
    byte[] content = content();
    try {
      int length = content.length;
      if (length > 0 && content[length - 1] == '\n') {
        length--;
      }
      if (length > 0 && content[length - 1] == '\r') {
        length--;
      }
      if (length == 0 || length > LONGEST) {
        throw new HsmUnavailableException(
            "the PIN file %s must hold 1 to %d bytes".formatted(path, LONGEST));
      }
      byte[] pin = Arrays.copyOf(content, length);
      String reason = refused.get(digest(pin));
      if (reason != null) {
        Arrays.fill(pin, (byte) 0);
        throw refusal(reason);
      }
      return pin;
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /// Remembers that the token refused this PIN, which is not wiped yet. Returns what to throw.
  HsmUnavailableException refused(byte[] pin, String reason) {
    refused.put(digest(pin), reason);
    return refusal(reason);
  }

  private HsmUnavailableException refusal(String reason) {
    return new HsmUnavailableException(
        "the token refused the PIN in %s (%s); it is not tried again until the file holds another"
            .formatted(path, reason));
  }

  private byte[] content() {
    try {
      if (Files.size(path) > LONGEST + 2) {
        throw new HsmUnavailableException(
            "the PIN file %s must hold 1 to %d bytes".formatted(path, LONGEST));
      }
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new HsmUnavailableException("the PIN file %s cannot be read".formatted(path), e);
    }
  }

  private String digest(byte[] pin) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(salt);
      return HexFormat.of().formatHex(sha256.digest(pin));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
