package dev.mayfly.keys;

import static dev.mayfly.keys.SigningAlgorithm.ES256;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A client that signs without a pause, and so with a copy of its key, stops when the key or its
/// token goes: within a tenth of a second, and what a busy machine adds.
class KeyLossTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration NOTICED = Duration.ofSeconds(1);
  private static final byte[] INPUT = {1, 2, 3};
  private static final TestToken TOKEN = TestToken.of("loss");

  @Test
  void aKeyThatAnotherProcessDestroysStopsSigningWithinASecondAndSaysWhy() throws Exception {
    try (Pkcs11Hsm hsm = TOKEN.started()) {
      PublicKey _ = hsm.generateSigningKey("k", ES256).await().atMost(PATIENCE);
      PublicKey _ = hsm.generateSigningKey("stays", ES256).await().atMost(PATIENCE);
      RuntimeException end;
      Process remover = TOKEN.elsewhere(KeyRemover.class, "k");
      try (BufferedReader said = remover.inputReader()) {
        assertEquals("ready", said.readLine());
        assertEquals(64, sign(hsm, "k").length);
        remover.getOutputStream().write('\n');
        remover.getOutputStream().flush();
        end = signUntilRefused(hsm, said);
        assertEquals("destroyed", said.readLine());
      } finally {
        var _ = remover.destroyForcibly();
      }
      assertInstanceOf(HsmUnavailableException.class, end);
      assertTrue(end.getMessage().contains("CKR_OBJECT_HANDLE_INVALID"), end.getMessage());
      assertTrue(hsm.awaitReady(PATIENCE));
      HsmKeyMissingException missing =
          assertThrows(HsmKeyMissingException.class, () -> sign(hsm, "k"));
      assertEquals("the token has no signing key 'k'", missing.getMessage());
      assertEquals(64, sign(hsm, "stays").length);
      var _ = hsm.destroy("stays").await().atMost(PATIENCE);
    }
  }

  @Test
  void aTokenThatVanishesStopsSigningWithinASecondAndItsKeySignsAgainWhenItIsBack()
      throws Exception {
    try (Pkcs11Hsm hsm = TOKEN.started()) {
      PublicKey key = hsm.generateSigningKey("k", ES256).await().atMost(PATIENCE);
      for (int i = 0; i < 100; i++) {
        assertEquals(64, sign(hsm, "k").length);
      }
      Path away = TestToken.folder().resolve("tokens-away");
      Files.move(TestToken.TOKENS, away);
      try {
        assertInstanceOf(HsmUnavailableException.class, signUntilRefused(hsm));
        assertInstanceOf(HsmState.Down.class, hsm.state());
        assertThrows(HsmUnavailableException.class, () -> sign(hsm, "k"));
      } finally {
        Files.move(away, TestToken.TOKENS);
      }
      assertTrue(hsm.awaitReady(PATIENCE));
      for (int i = 0; i < 3; i++) {
        assertTrue(TokenConformance.verifiesInTheJdk(ES256, key, INPUT, sign(hsm, "k")));
      }
      var _ = hsm.destroy("k").await().atMost(PATIENCE);
    }
  }

  @Test
  void afterARecoveryThereIsANewCopy() throws Exception {
    try (Pkcs11Hsm hsm = TOKEN.started()) {
      PublicKey key = hsm.generateSigningKey("k", ES256).await().atMost(PATIENCE);
      assertEquals(64, sign(hsm, "k").length);
      assertEquals(1, copies("k"));
      hsm.distrust("for the test");
      assertTrue(hsm.awaitReady(PATIENCE));
      assertEquals(0, copies("k"));
      for (int i = 0; i < 3; i++) {
        assertTrue(TokenConformance.verifiesInTheJdk(ES256, key, INPUT, sign(hsm, "k")));
      }
      assertEquals(1, copies("k"));
      var _ = hsm.destroy("k").await().atMost(PATIENCE);
      assertEquals(0, copies("k"));
    }
  }

  private static int copies(String label) throws Pkcs11Exception {
    Pkcs11Module module = Pkcs11Module.load(TestToken.MODULE);
    long session = TOKEN.openSession(module);
    try {
      return HeldKeyTest.copies(module, session, label).length;
    } finally {
      module.closeSession(session);
    }
  }

  private static RuntimeException signUntilRefused(Hsm hsm) throws IOException {
    try (BufferedReader nothing = new BufferedReader(new StringReader("."))) {
      return signUntilRefused(hsm, nothing);
    }
  }

  /// The time counts from when it is said that the key is gone, or from the first refusal, which
  /// may come before.
  private static RuntimeException signUntilRefused(Hsm hsm, BufferedReader said)
      throws IOException {
    long begin = System.nanoTime();
    long gone = 0;
    while (System.nanoTime() - begin < PATIENCE.toNanos()) {
      if (gone == 0 && said.ready()) {
        gone = System.nanoTime();
      }
      try {
        assertEquals(64, sign(hsm, "k").length);
      } catch (RuntimeException e) {
        long took = gone == 0 ? 0 : System.nanoTime() - gone;
        assertTrue(took < NOTICED.toNanos(), () -> took / 1_000_000 + " ms");
        return e;
      }
    }
    throw new AssertionError("it went on signing");
  }

  private static byte[] sign(Hsm hsm, String label) {
    return hsm.sign(label, ES256, INPUT).await().atMost(PATIENCE);
  }
}
