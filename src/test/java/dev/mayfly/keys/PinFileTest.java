package dev.mayfly.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinFileTest {
  @TempDir Path folder;

  @Test
  void readsThePinWithoutTheLineEnd() {
    assertArrayEquals(TestToken.utf8("1234"), holding("1234").read());
    assertArrayEquals(TestToken.utf8("1234"), holding("1234\n").read());
    assertArrayEquals(TestToken.utf8("1234"), holding("1234\r\n").read());
    assertArrayEquals(TestToken.utf8(" 12 34 "), holding(" 12 34 \n").read());
  }

  @Test
  void refusesAFileOfNothingAndOverTheLongest() {
    assertThrows(HsmUnavailableException.class, holding("")::read);
    assertThrows(HsmUnavailableException.class, holding("\n")::read);
    assertTrue(holding("1".repeat(255) + "\n").read().length == 255);
    assertThrows(HsmUnavailableException.class, holding("1".repeat(256))::read);
    assertThrows(HsmUnavailableException.class, holding("1".repeat(10_000))::read);
  }

  @Test
  void doesNotGiveOutARefusedPinAgainHoweverOftenTheFileIsWritten() {
    PinFile file = holding("first\n");
    var _ = file.refused(file.read(), "C_Login: CKR_PIN_INCORRECT");
    HsmUnavailableException refusal = assertThrows(HsmUnavailableException.class, file::read);
    assertTrue(refusal.getMessage().contains("CKR_PIN_INCORRECT"));
    assertFalse(refusal.getMessage().contains("first"));

    holding("first"); // the same PIN, written again in another way
    assertThrows(HsmUnavailableException.class, file::read);
    holding("second\n");
    assertArrayEquals(TestToken.utf8("second"), file.read());
    holding("first\n");
    assertThrows(HsmUnavailableException.class, file::read);
  }

  private PinFile holding(String content) {
    Path path = folder.resolve("pin");
    TestToken.write(path, content);
    return new PinFile(path);
  }
}
