package dev.mayfly.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A module that lies, breaks or hangs (`src/test/native/spoiler.c`, before a real SoftHSM2).
class GarbageModuleTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Path CONTROL = TestToken.folder().resolve("spoiler.control");
  private static final Path MODULE = TestToken.folder().resolve("spoiler.so");
  private static final TestToken ONE = TestToken.of("spoilt-1");
  private static final TestToken TWO = TestToken.of("spoilt-2");
  private Pkcs11Hsm hsm;

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    Process compiler =
        new ProcessBuilder(
                "cc",
                "-shared",
                "-fPIC",
                "-O1",
                "-Wall",
                "-Werror",
                "-o",
                MODULE.toString(),
                "src/test/native/spoiler.c",
                "-ldl")
            .inheritIO()
            .start();
    assertTrue(compiler.waitFor(30, TimeUnit.SECONDS));
    assertEquals(0, compiler.exitValue());
    ProcessEnvironment.set("SPOILER_MODULE", TestToken.MODULE.toString());
    ProcessEnvironment.set("SPOILER_CONTROL", CONTROL.toString());
  }

  @BeforeEach
  void start() throws InterruptedException {
    order("honest 0 *");
    hsm = TestToken.started(ONE.config(MODULE, 2, TestToken.DEADLINE, 64));
  }

  @AfterEach
  void stop() {
    order("honest 0 *");
    hsm.close();
  }

  /// As one line that is replaced, since the module reads it at any time.
  private static void order(String line) {
    Path next = TestToken.folder().resolve("spoiler.next");
    TestToken.write(next, line + "\n");
    try {
      Files.move(next, CONTROL, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void noSpoiltSignatureIsReleased(SigningAlgorithm algorithm) throws Exception {
    String label = "spoilt-" + algorithm.jws();
    PublicKey key = done(hsm.generateSigningKey(label, algorithm));
    HsmJwsSigner signer = new HsmJwsSigner(hsm, label, algorithm, key);
    order("spoil 3 *");
    int released = 0;
    int refused = 0;
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while ((released < 4 || refused < 2) && System.nanoTime() - end < 0) {
      byte[] input = ("input " + released + refused).getBytes(StandardCharsets.US_ASCII);
      try {
        byte[] signature = done(signer.sign(input));
        assertTrue(TokenConformance.verifiesInTheJdk(algorithm, key, input, signature));
        released++;
      } catch (HsmUnavailableException _) {
        refused++;
        assertTrue(hsm.awaitReady(PATIENCE), () -> hsm.state().toString());
      }
    }
    assertTrue(released >= 4 && refused >= 2, released + " released, " + refused + " refused");
  }

  @Test
  void aModuleThatAlwaysLiesStaysDistrustedUntilItIsHonest() throws Exception {
    PublicKey key = done(hsm.generateSigningKey("liar", SigningAlgorithm.ES256));
    HsmJwsSigner signer = new HsmJwsSigner(hsm, "liar", SigningAlgorithm.ES256, key);
    order("spoil 1 *");
    for (int i = 0; i < 100; i++) {
      assertThrows(HsmUnavailableException.class, () -> done(signer.sign(new byte[] {1, 2, 3})));
    }
    assertTrue(
        TestToken.within(PATIENCE, () -> hsm.state().toString().contains("self-test is wrong")),
        () -> hsm.state().toString());
    order("honest 0 *");
    assertTrue(hsm.awaitReady(PATIENCE));
    byte[] signature = done(signer.sign(new byte[] {1, 2, 3}));
    assertTrue(
        TokenConformance.verifiesInTheJdk(
            SigningAlgorithm.ES256, key, new byte[] {1, 2, 3}, signature));
  }

  @Test
  void aDeviceErrorTakesTheTokenDownAndItHeals() throws Exception {
    PublicKey _ = done(hsm.generateSigningKey("error", SigningAlgorithm.ES256));
    order("error 0 *");
    assertThrows(
        HsmUnavailableException.class,
        () -> done(hsm.sign("error", SigningAlgorithm.ES256, new byte[1])));
    assertInstanceOf(HsmState.Down.class, hsm.state());
    order("honest 0 *");
    assertTrue(hsm.awaitReady(PATIENCE));
    assertEquals(64, done(hsm.sign("error", SigningAlgorithm.ES256, new byte[1])).length);
  }

  /// The second would have the key destroyed with its copy, if it were believed.
  @ParameterizedTest
  @ValueSource(strings = {"nocopy", "miscopy"})
  void aModuleThatMakesNoCopiesSignsWithTheKeyItself(String how) throws Exception {
    order(how + " 0 *");
    PublicKey key = done(hsm.generateSigningKey(how, SigningAlgorithm.ES256));
    HsmJwsSigner signer = new HsmJwsSigner(hsm, how, SigningAlgorithm.ES256, key);
    for (int i = 0; i < 3; i++) {
      assertEquals(64, done(signer.sign(new byte[] {1, 2, 3})).length);
    }
    assertInstanceOf(HsmState.Ready.class, hsm.state());
    hsm.distrust("for the test");
    assertTrue(hsm.awaitReady(PATIENCE));
    assertEquals(Optional.of(key), done(hsm.findSigningKey(how, SigningAlgorithm.ES256)));
    assertEquals(64, done(signer.sign(new byte[] {1, 2, 3})).length);
  }

  @Test
  void aCallThatHangsInOneTokenDoesNotKeepTheOtherFromServing() throws Exception {
    PublicKey _ = done(hsm.generateSigningKey("hang", SigningAlgorithm.ES256));
    HsmConfig config = ONE.config(MODULE, 2, Duration.ofMillis(700), 64);
    hsm.close();
    hsm = TestToken.started(config);
    try (Pkcs11Hsm other = TestToken.started(TWO.config(MODULE, 2, Duration.ofMillis(700), 64))) {
      var _ = done(other.ensureMacKey("m"));
      order("hang 0 spoilt-1");
      assertThrows(
          HsmUnavailableException.class,
          () -> done(hsm.sign("hang", SigningAlgorithm.ES256, new byte[1])));
      assertTrue(TestToken.within(PATIENCE, () -> hsm.state() instanceof HsmState.Down));
      long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
      int served = 0;
      while (System.nanoTime() - end < 0) {
        assertEquals(32, done(other.mac("m", new byte[1])).length);
        served++;
      }
      assertTrue(served > 100, served + " served");
      order("honest 0 *");
      assertTrue(hsm.awaitReady(PATIENCE));
      assertEquals(64, done(hsm.sign("hang", SigningAlgorithm.ES256, new byte[1])).length);
      assertInstanceOf(HsmState.Ready.class, other.state());
    }
  }

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(PATIENCE);
  }
}
