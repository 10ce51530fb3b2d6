package dev.mayfly.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The token goes away and comes back while the client runs; PINs that the token refuses.
class TokenRemovalTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration NOTICED = Duration.ofSeconds(3); // one, and a busy machine
  private static TestToken token;

  @BeforeAll
  static void makeToken() {
    token = TestToken.of("removal");
  }

  @Test
  void anIdleClientNoticesThatTheTokenIsGoneAndHealsWhenItIsBack() throws Exception {
    try (Pkcs11Hsm hsm = token.started()) {
      var _ = hsm.ensureMacKey("mac").await().atMost(PATIENCE);
      byte[] before = mac(hsm);
      Path away = TestToken.folder().resolve("tokens-away");
      Files.move(TestToken.TOKENS, away);
      try {
        assertTrue(TestToken.within(NOTICED, () -> hsm.state() instanceof HsmState.Down));
        assertRefusedAtOnce(hsm);
      } finally {
        Files.move(away, TestToken.TOKENS);
      }
      assertTrue(hsm.awaitReady(PATIENCE));
      assertArrayEquals(before, mac(hsm));
    }
  }

  @Test
  void aCallNoticesThatTheTokenIsGone() throws Exception {
    try (Pkcs11Hsm hsm = token.started()) {
      var _ = hsm.ensureMacKey("mac").await().atMost(PATIENCE);
      byte[] before = mac(hsm);
      Path away = TestToken.folder().resolve("tokens-away");
      Files.move(TestToken.TOKENS, away);
      try {
        assertThrows(HsmUnavailableException.class, () -> mac(hsm));
        assertInstanceOf(HsmState.Down.class, hsm.state());
      } finally {
        Files.move(away, TestToken.TOKENS);
      }
      assertTrue(hsm.awaitReady(PATIENCE));
      assertArrayEquals(before, mac(hsm));
    }
  }

  @Test
  void aWrongPinIsTriedOnceAndTheRightOneHeals() throws Exception {
    TestToken.write(token.pinFile(), "wrong-pin\n");
    TestToken.configure();
    try (Pkcs11Hsm hsm = new Pkcs11Hsm(token.config(), Clock.systemUTC())) {
      hsm.start();
      assertTrue(
          TestToken.within(PATIENCE, () -> because(hsm).contains("it is not tried again")),
          () -> because(hsm));
      assertFalse(because(hsm).contains("wrong-pin"));
      TestToken.write(token.pinFile(), TestToken.PIN); // without a line end: as good
      assertTrue(hsm.awaitReady(PATIENCE));
    } finally {
      TestToken.write(token.pinFile(), TestToken.PIN + "\n");
    }
  }

  @Test
  void anAbsentPinFileIsSaidPlainly() throws Exception {
    Files.delete(token.pinFile());
    try (Pkcs11Hsm hsm = new Pkcs11Hsm(token.config(), Clock.systemUTC())) {
      hsm.start();
      assertTrue(
          TestToken.within(PATIENCE, () -> because(hsm).contains("cannot be read")),
          () -> because(hsm));
    } finally {
      TestToken.write(token.pinFile(), TestToken.PIN + "\n");
    }
  }

  @Test
  void anUnknownTokenIsSaidPlainly() {
    HsmConfig config =
        new HsmConfig(TestToken.MODULE, "nowhere", token.pinFile(), 1, TestToken.DEADLINE, 1);
    TestToken.configure();
    try (Pkcs11Hsm hsm = new Pkcs11Hsm(config, Clock.systemUTC())) {
      hsm.start();
      assertTrue(
          TestToken.within(
              PATIENCE, () -> because(hsm).equals("no token with the label 'nowhere' is present")),
          () -> because(hsm));
    }
  }

  @Test
  void aModuleThatIsNotThereIsRefusedAtTheStart() {
    Path nowhere = TestToken.folder().resolve("nowhere.so");
    HsmConfig config = new HsmConfig(nowhere, "removal", token.pinFile(), 1, TestToken.DEADLINE, 1);
    try (Pkcs11Hsm hsm = new Pkcs11Hsm(config, Clock.systemUTC())) {
      HsmUnavailableException refusal = assertThrows(HsmUnavailableException.class, hsm::start);
      assertEquals("there is no PKCS#11 module " + nowhere, refusal.getMessage());
    }
  }

  @Test
  void makingATokenThatIsThereChangesNothing() {
    TestToken.configure();
    assertFalse(
        SoftHsmToken.initialise(
            TestToken.MODULE,
            "removal",
            TestToken.utf8("another-so-pin"),
            TestToken.utf8("another-pin")));
  }

  private static byte[] mac(Hsm hsm) {
    return hsm.mac("mac", new byte[] {1}).await().atMost(PATIENCE);
  }

  private static String because(Hsm hsm) {
    return hsm.state() instanceof HsmState.Down down ? down.because() : "";
  }

  private static void assertRefusedAtOnce(Hsm hsm) {
    long begin = System.nanoTime();
    assertThrows(HsmUnavailableException.class, () -> mac(hsm));
    assertTrue(System.nanoTime() - begin < Duration.ofMillis(500).toNanos());
    assertEquals(HsmState.Down.class, hsm.state().getClass());
  }
}
