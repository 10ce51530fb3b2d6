package dev.mayfly.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mayfly.registry.SealedSecret.Identity;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SealedSecretTest {
  private static final KeysInMemory HSM = hsm();
  private static final Identity ROW = new Identity("nevocoin", "bot", "client_secret/1", "wrap-1");
  private static final byte[] SECRET = "ms_correct-horse".getBytes(UTF_8);

  private static KeysInMemory hsm() {
    KeysInMemory hsm = new KeysInMemory();
    hsm.ensureMacKey("wrap").await().indefinitely();
    return hsm;
  }

  private static byte[] key(Identity row) {
    return HSM.mac("wrap", row.keyInput()).await().indefinitely();
  }

  private static byte[] sealed() {
    return SealedSecret.seal(key(ROW), ROW, SECRET);
  }

  @Test
  void opensWhatWasSealedForThisRow() {
    assertArrayEquals(SECRET, SealedSecret.open(key(ROW), ROW, sealed()).orElseThrow());
  }

  @Test
  void sealsTheSameSecretToSomethingElseEachTime() {
    assertFalse(Arrays.equals(sealed(), sealed()));
    assertEquals(12 + SECRET.length + 16, sealed().length);
  }

  static Stream<Identity> otherRows() {
    return Stream.of(
        new Identity("betpro", "bot", "client_secret/1", "wrap-1"),
        new Identity("nevocoin", "other", "client_secret/1", "wrap-1"),
        new Identity("nevocoin", "bot", "client_secret/2", "wrap-1"),
        new Identity("nevocoin", "bot", "client_secret/1", "wrap-2"));
  }

  /// Under the other row's key; and, where the key should leak, by the associated data alone.
  @ParameterizedTest
  @MethodSource("otherRows")
  void refusesARowThatWasMoved(Identity other) {
    assertEquals(Optional.empty(), SealedSecret.open(key(other), other, sealed()));
    assertEquals(Optional.empty(), SealedSecret.open(key(ROW), other, sealed()));
    assertFalse(Arrays.equals(key(ROW), key(other)));
  }

  @Test
  void refusesEveryFlippedBit() {
    byte[] sealed = sealed();
    for (int bit = 0; bit < sealed.length * 8; bit++) {
      byte[] changed = sealed.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      assertEquals(Optional.empty(), SealedSecret.open(key(ROW), ROW, changed), "bit " + bit);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 12, 27})
  void refusesWhatIsTooShort(int length) {
    assertEquals(
        Optional.empty(), SealedSecret.open(key(ROW), ROW, Arrays.copyOf(sealed(), length)));
  }

  /// Else two rows could have one key.
  @ParameterizedTest
  @ValueSource(strings = {"", "a\nb", "a\0"})
  void noPartOfAnIdentityIsEmptyOrHoldsALineFeed(String part) {
    assertThrows(IllegalArgumentException.class, () -> new Identity("r", part, "n", "w"));
    assertNotEquals("", ROW.toString());
  }
}
