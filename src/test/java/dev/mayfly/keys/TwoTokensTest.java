package dev.mayfly.keys;

import static dev.mayfly.keys.SigningAlgorithm.ES256;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Two tokens in two slots of one module: the module is the unit of recovery, the token the unit
/// of service.
class TwoTokensTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final TestToken ONE = TestToken.of("pair-1");
  private static final TestToken TWO = TestToken.of("pair-2");

  @Test
  void eachHasItsOwnKeysAndTheSameMacKeyOncePlanted() throws Exception {
    try (Pkcs11Hsm one = ONE.started();
        Pkcs11Hsm two = TWO.started()) {
      byte[] key = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
      for (Hsm hsm : List.of(one, two)) {
        var _ = hsm.plantMacKey("planted", key).await().atMost(PATIENCE);
      }
      assertArrayEquals(mac(one, "planted"), mac(two, "planted"));
      PublicKey _ = one.generateSigningKey("only-one", ES256).await().atMost(PATIENCE);
      assertTrue(two.findSigningKey("only-one", ES256).await().atMost(PATIENCE).isEmpty());
    }
  }

  @Test
  void oneIsRecoveredWithoutARefusedCallOnTheOther() throws Exception {
    try (Pkcs11Hsm one = ONE.started();
        Pkcs11Hsm two = TWO.started()) {
      var _ = two.ensureMacKey("two").await().atMost(PATIENCE);
      var _ = one.ensureMacKey("one").await().atMost(PATIENCE);
      byte[] before = mac(one, "one");
      Busy busy = new Busy(two, "two");
      Path home = folderOf(ONE);
      Path away = TestToken.folder().resolve("pair-1-away");
      Files.move(home, away);
      try {
        assertTrue(TestToken.within(PATIENCE, () -> one.state() instanceof HsmState.Down));
        assertTrue(TestToken.within(PATIENCE, () -> because(one).contains("no token with")));
        busy.assertServedOn(1_000);
      } finally {
        Files.move(away, home);
      }
      assertTrue(one.awaitReady(PATIENCE));
      assertArrayEquals(before, mac(one, "one"));
      busy.end();
      assertInstanceOf(HsmState.Ready.class, two.state());
    }
  }

  @Test
  void aMacComesFromTheSecondWhileTheFirstIsAway() throws Exception {
    try (Pkcs11Hsm one = ONE.started();
        Pkcs11Hsm two = TWO.started()) {
      byte[] key = "fedcba9876543210fedcba9876543210".getBytes(StandardCharsets.US_ASCII);
      for (Hsm hsm : List.of(one, two)) {
        var _ = hsm.plantMacKey("shared", key).await().atMost(PATIENCE);
      }
      Hsms both = Hsms.of(one, two);
      byte[] expected = both.mac("shared", new byte[] {1}).await().atMost(PATIENCE);
      Path home = folderOf(ONE);
      Path away = TestToken.folder().resolve("pair-1-away");
      Files.move(home, away);
      try {
        for (int i = 0; i < 100; i++) {
          assertArrayEquals(expected, both.mac("shared", new byte[] {1}).await().atMost(PATIENCE));
        }
        assertEquals("pair-2", both.firstReady().orElseThrow().tokenLabel());
        assertThrows(HsmUnavailableException.class, () -> mac(one, "shared"));
      } finally {
        Files.move(away, home);
      }
      assertTrue(one.awaitReady(PATIENCE));
      assertEquals("pair-1", both.firstReady().orElseThrow().tokenLabel());
    }
  }

  @Test
  void aWrongPinOfOneLeavesTheOtherInPeace() throws Exception {
    TestToken.write(ONE.pinFile(), "wrong-pin\n");
    try (Pkcs11Hsm two = TWO.started();
        Pkcs11Hsm one = new Pkcs11Hsm(ONE.config(), Clock.systemUTC())) {
      var _ = two.ensureMacKey("two").await().atMost(PATIENCE);
      Busy busy = new Busy(two, "two");
      one.start();
      assertTrue(TestToken.within(PATIENCE, () -> because(one).contains("it is not tried again")));
      busy.assertServedOn(1_000);
      TestToken.write(ONE.pinFile(), TestToken.PIN + "\n");
      assertTrue(one.awaitReady(PATIENCE));
      busy.end();
    } finally {
      TestToken.write(ONE.pinFile(), TestToken.PIN + "\n");
    }
  }

  /// Asks for MACs without a pause and keeps the first failure.
  private static final class Busy {
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger served = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread;

    Busy(Hsm hsm, String label) {
      thread =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    while (!ended.get() && failure.get() == null) {
                      try {
                        var _ = mac(hsm, label);
                        served.incrementAndGet();
                      } catch (RuntimeException e) {
                        failure.set(e);
                      }
                    }
                  });
    }

    void assertServedOn(int more) {
      int then = served.get() + more;
      assertTrue(TestToken.within(PATIENCE, () -> served.get() >= then || failure.get() != null));
      assertEquals(null, failure.get());
    }

    void end() throws InterruptedException {
      ended.set(true);
      thread.join();
      assertEquals(null, failure.get());
    }
  }

  private static byte[] mac(Hsm hsm, String label) {
    return hsm.mac(label, new byte[] {1}).await().atMost(PATIENCE);
  }

  private static String because(Hsm hsm) {
    return hsm.state() instanceof HsmState.Down down ? down.because() : "";
  }

  /// SoftHSM keeps each token in a folder of its own and the label in a file there.
  private static Path folderOf(TestToken token) throws IOException {
    try (Stream<Path> folders = Files.list(TestToken.TOKENS)) {
      for (Path folder : folders.toList()) {
        byte[] content = Files.readAllBytes(folder.resolve("token.object"));
        if (new String(content, StandardCharsets.ISO_8859_1).contains(token.label())) {
          return folder;
        }
      }
    }
    throw new AssertionError("no folder of " + token.label());
  }
}
