package dev.mayfly.keys;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The label of a key and the `CKA_ID` that goes with it. Two attributes, so that a key which
/// somebody's tool put under our label by accident is told apart.
final class KeyLabel {
  private static final int LONGEST = 255;

  /// As long as the SHA-1 hashes that tools put here.
  private static final int ID = 20;

  private KeyLabel() {}

  static void require(String label) {
    int bytes = label.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > LONGEST) {
      throw new IllegalArgumentException("a key label must be 1 to %d bytes".formatted(LONGEST));
    }
  }

  /// The first 20 bytes of the label's SHA-256.
  static byte[] id(String label) {
    byte[] utf8 = label.getBytes(StandardCharsets.UTF_8);
    return Arrays.copyOf(SigningAlgorithm.digest("SHA-256", utf8), ID);
  }

  /// Whether a key of that label may have that ID. The first homes had the label's own bytes.
  static boolean goesWith(String label, byte[] id) {
    return Arrays.equals(id, id(label))
        || Arrays.equals(id, label.getBytes(StandardCharsets.UTF_8));
  }
}
