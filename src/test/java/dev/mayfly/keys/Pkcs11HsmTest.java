package dev.mayfly.keys;

import static dev.mayfly.keys.SigningAlgorithm.ES256;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.keys.HsmObserver.Operation;
import io.smallrye.mutiny.Uni;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The client against a real SoftHSM2; the JDK's own cryptography is the independent judge.
class Pkcs11HsmTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static TestToken token;
  private static Pkcs11Hsm hsm;

  @BeforeAll
  static void start() throws InterruptedException {
    token = TestToken.of("keys");
    hsm = token.started();
  }

  @AfterAll
  static void stop() {
    hsm.close();
  }

  @Test
  void signatureVerifiesInTheJdk() throws GeneralSecurityException {
    ECPublicKey key = made("realm-a-1");
    byte[] signature = done(hsm.sign("realm-a-1", ES256, utf8("what is signed")));
    assertEquals(64, signature.length);
    assertTrue(verifiesInTheJdk(key, "what is signed", signature));
    assertFalse(verifiesInTheJdk(key, "what is not signed", signature));
  }

  @Test
  void findsTheKeyThatItMade() {
    ECPublicKey made = made("realm-b-1");
    assertEquals(made.getW(), found("realm-b-1").getW());
  }

  @Test
  void findsNothingUnderAnUnknownLabel() {
    assertEquals(Optional.empty(), done(hsm.findSigningKey("never-made", ES256)));
  }

  @Test
  void refusesToSignWithAnUnknownLabel() {
    HsmKeyMissingException refusal =
        assertThrows(
            HsmKeyMissingException.class, () -> done(hsm.sign("never-made", ES256, new byte[32])));
    assertEquals("the token has no signing key 'never-made'", refusal.getMessage());
    assertInstanceOf(HsmState.Ready.class, hsm.state());
  }

  @Test
  void refusesToMacWithASigningKey() {
    ECPublicKey _ = made("only-for-signing");
    assertThrows(
        HsmKeyMissingException.class, () -> done(hsm.mac("only-for-signing", new byte[1])));
  }

  @Test
  void refusesASecondKeyOfOneLabel() {
    ECPublicKey first = made("realm-c-1");
    assertThrows(HsmKeyMissingException.class, () -> made("realm-c-1"));
    assertEquals(first.getW(), found("realm-c-1").getW());
  }

  @Test
  void labelsAreUtf8() throws GeneralSecurityException {
    String label = "käufer-Ω-1";
    ECPublicKey key = made(label);
    assertTrue(verifiesInTheJdk(key, "x", done(hsm.sign(label, ES256, utf8("x")))));
  }

  @Test
  void twoKeysOfOneLabelAreAmbiguous() throws Pkcs11Exception {
    inASession(
        session -> {
          session.generateMacKey("twice");
          session.generateMacKey("twice");
          HsmKeyMissingException refusal =
              assertThrows(HsmKeyMissingException.class, () -> done(hsm.mac("twice", new byte[1])));
          assertTrue(refusal.getMessage().startsWith("ambiguous"), refusal.getMessage());
          assertThrows(HsmKeyMissingException.class, () -> done(hsm.ensureMacKey("twice")));
        });
  }

  @Test
  void thePrivateKeyCannotBeRead() throws Pkcs11Exception {
    ECPublicKey _ = made("kept-1");
    inASession(
        session -> {
          long key = session.find(Ck.CKO_PRIVATE_KEY, "kept-1")[0];
          Pkcs11Exception refusal =
              assertThrows(Pkcs11Exception.class, () -> session.attribute(key, Ck.CKA_VALUE, 64));
          assertTrue(refusal.is(CkResult.CKR_ATTRIBUTE_SENSITIVE), refusal.getMessage());
        });
  }

  @Test
  void theMacKeyCannotBeRead() throws Pkcs11Exception {
    var _ = done(hsm.ensureMacKey("kept-2"));
    inASession(
        session -> {
          long key = session.find(Ck.CKO_SECRET_KEY, "kept-2")[0];
          Pkcs11Exception refusal =
              assertThrows(Pkcs11Exception.class, () -> session.attribute(key, Ck.CKA_VALUE, 64));
          assertTrue(refusal.is(CkResult.CKR_ATTRIBUTE_SENSITIVE), refusal.getMessage());
        });
  }

  /// An extractable secret, as somebody else might put it on the token, serves twice: the JDK
  /// judges our HMAC by its value, and the client must refuse to use it.
  @Test
  void macIsHmacSha256AndAnExtractableKeyIsRefused() throws Pkcs11Exception {
    inASession(
        session -> {
          long key = generateExtractable(session, "leaky");
          byte[] value = session.attribute(key, Ck.CKA_VALUE, 64);
          byte[] data = "what is MACed".getBytes(UTF_8);
          assertArrayEquals(hmacInTheJdk(value, data), session.mac(key, data));

          HsmKeyMissingException refusal =
              assertThrows(HsmKeyMissingException.class, () -> done(hsm.mac("leaky", data)));
          assertTrue(refusal.getMessage().contains("not extractable"), refusal.getMessage());
        });
  }

  @Test
  void macDependsOnDataAndKeyAndNothingElse() {
    var _ = done(hsm.ensureMacKey("mac-1"));
    var _ = done(hsm.ensureMacKey("mac-2"));
    byte[] mac = done(hsm.mac("mac-1", new byte[] {1}));
    assertEquals(32, mac.length);
    assertArrayEquals(mac, done(hsm.mac("mac-1", new byte[] {1})));
    assertFalse(Arrays.equals(mac, done(hsm.mac("mac-1", new byte[] {2}))));
    assertFalse(Arrays.equals(mac, done(hsm.mac("mac-2", new byte[] {1}))));
  }

  @Test
  void ensuringAMacKeyTwiceKeepsTheFirst() {
    var _ = done(hsm.ensureMacKey("mac-3"));
    byte[] before = done(hsm.mac("mac-3", new byte[] {1}));
    var _ = done(hsm.ensureMacKey("mac-3"));
    assertArrayEquals(before, done(hsm.mac("mac-3", new byte[] {1})));
  }

  @Test
  void ensuringOneMacKeyFromManyThreadsMakesOne() throws Exception {
    inParallel(8, 1, () -> done(hsm.ensureMacKey("mac-4")));
    inASession(session -> assertEquals(1, session.find(Ck.CKO_SECRET_KEY, "mac-4").length));
  }

  @Test
  void macsInputsOfNothingAndOfTheLongestLength() {
    var _ = done(hsm.ensureMacKey("mac-5"));
    assertEquals(32, done(hsm.mac("mac-5", new byte[0])).length);
    assertEquals(32, done(hsm.mac("mac-5", new byte[64 * 1024])).length);
    assertThrows(IllegalArgumentException.class, () -> hsm.mac("mac-5", new byte[64 * 1024 + 1]));
  }

  @Test
  void signsInputsOfNothingAndOfTheLongestLength() {
    ECPublicKey _ = made("long-1");
    assertEquals(64, done(hsm.sign("long-1", ES256, new byte[0])).length);
    assertEquals(64, done(hsm.sign("long-1", ES256, new byte[64 * 1024])).length);
    assertThrows(
        IllegalArgumentException.class, () -> hsm.sign("long-1", ES256, new byte[64 * 1024 + 1]));
  }

  @Test
  void refusesLabelsOfNothingAndOverTheLongest() {
    assertThrows(IllegalArgumentException.class, () -> hsm.findSigningKey("", ES256));
    assertEquals(Optional.empty(), done(hsm.findSigningKey("x".repeat(255), ES256)));
    assertThrows(IllegalArgumentException.class, () -> hsm.findSigningKey("x".repeat(256), ES256));
  }

  @Test
  void signsForManyThreadsAtOnce() throws Exception {
    ECPublicKey key = made("busy-1");
    inParallel(
        8,
        100,
        () -> {
          byte[] signature = done(hsm.sign("busy-1", ES256, utf8("the same for all")));
          assertTrue(verifiesInTheJdk(key, "the same for all", signature));
        });
  }

  @Test
  void eachSubscriptionIsACall() {
    ECPublicKey _ = made("again-1");
    Uni<byte[]> sign = hsm.sign("again-1", ES256, new byte[32]);
    assertFalse(Arrays.equals(done(sign), done(sign))); // ECDSA here is not deterministic
  }

  @Test
  void refusesASecondClientOfTheToken() {
    try (Pkcs11Hsm second = new Pkcs11Hsm(token.config(), Clock.systemUTC())) {
      assertThrows(IllegalStateException.class, second::start);
      assertThrows(
          HsmUnavailableException.class, () -> done(second.sign("realm-a-1", ES256, new byte[32])));
    }
    assertInstanceOf(HsmState.Ready.class, hsm.state());
  }

  @Test
  void distrustTakesTheTokenDownAndRecoveryBringsItBack() throws Exception {
    var _ = done(hsm.ensureMacKey("mac-6"));
    byte[] before = done(hsm.mac("mac-6", new byte[] {1}));
    hsm.distrust("for the test");
    assertTrue(hsm.awaitReady(PATIENCE));
    assertArrayEquals(before, done(hsm.mac("mac-6", new byte[] {1})));
  }

  @Test
  void tellsTheObserverOfEachCall() {
    ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    HsmObserver observer =
        (label, operation, nanos, failed) -> {
          if (operation != Operation.PROBE && nanos > 0) {
            seen.add(label + " " + operation + " " + failed);
          }
        };
    try (Pkcs11Hsm down = new Pkcs11Hsm(token.config(), Clock.systemUTC(), observer)) {
      assertThrows(HsmUnavailableException.class, () -> done(down.ensureMacKey("x")));
    }
    assertEquals(List.of("keys ENSURE_MAC_KEY true"), List.copyOf(seen));
  }

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(PATIENCE);
  }

  private interface InSession {
    void run(Pkcs11Session session) throws Pkcs11Exception;
  }

  private static void inASession(InSession work) throws Pkcs11Exception {
    Pkcs11Module module = Pkcs11Module.load(TestToken.MODULE);
    long handle = token.openSession(module);
    try (Pkcs11Session session = new Pkcs11Session(module)) {
      session.use(handle);
      work.run(session);
    } finally {
      module.closeSession(handle);
    }
  }

  private static long generateExtractable(Pkcs11Session session, String label)
      throws Pkcs11Exception {
    Pkcs11Module module = Pkcs11Module.load(TestToken.MODULE);
    try (Arena arena = Arena.ofConfined()) {
      CkTemplate template =
          new CkTemplate(arena)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_PRIVATE, true)
              .with(Ck.CKA_SENSITIVE, false)
              .with(Ck.CKA_EXTRACTABLE, true)
              .with(Ck.CKA_KEY_TYPE, Ck.CKK_GENERIC_SECRET)
              .with(Ck.CKA_VALUE_LEN, 32)
              .with(Ck.CKA_SIGN, true)
              .labelled(label);
      MemorySegment mechanism = arena.allocate(24, 8);
      mechanism.set(ValueLayout.JAVA_LONG, 0, Ck.CKM_GENERIC_SECRET_KEY_GEN);
      long handle = token.openSession(module);
      module.generateKey(handle, mechanism, template, arena.allocate(8, 8));
      module.closeSession(handle);
    }
    return session.find(Ck.CKO_SECRET_KEY, label)[0];
  }

  private interface Step {
    void run() throws Exception;
  }

  private static void inParallel(int threads, int times, Step step) throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            pool.submit(
                () -> {
                  for (int j = 0; j < times; j++) {
                    step.run();
                  }
                  return null;
                }));
      }
      for (Future<?> one : running) {
        var _ = one.get();
      }
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }

  private static ECPublicKey made(String label) {
    return (ECPublicKey) done(hsm.generateSigningKey(label, ES256));
  }

  private static ECPublicKey found(String label) {
    return (ECPublicKey) done(hsm.findSigningKey(label, ES256)).orElseThrow();
  }

  private static byte[] hmacInTheJdk(byte[] key, byte[] data) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static boolean verifiesInTheJdk(ECPublicKey key, String text, byte[] signature)
      throws GeneralSecurityException {
    Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format", "SunEC");
    verifier.initVerify(key);
    verifier.update(text.getBytes(UTF_8));
    return verifier.verify(signature);
  }
}
