package dev.mayfly.keys;

import static dev.mayfly.keys.SigningAlgorithm.ES256;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.keys.TokenKeys.SigningKey;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Copies of signing keys in a session, with a clock of the test's own. Which object signed shows
/// when the other is destroyed, or in what [HeldKey] asks for.
class HeldKeyTest {
  private static final byte[] INPUT = {1, 2, 3};
  private static final SigningKey KEY = new SigningKey(4711, KeyKind.P256, 64);
  private static final long COPY = 4712; // no such object: destroying it is refused
  private static final long CKA_COPYABLE = 0x171;
  private static TestToken token;
  private static Pkcs11Hsm hsm;
  private static Pkcs11Module module;

  private final List<Long> asked = new ArrayList<>();
  private long now = Long.MAX_VALUE - 3; // System.nanoTime may wrap around
  private TokenKeys keys;
  private long handle;
  private Pkcs11Session session;

  @BeforeAll
  static void start() throws InterruptedException {
    token = TestToken.of("held");
    hsm = token.started();
    module = Pkcs11Module.load(TestToken.MODULE);
  }

  @AfterAll
  static void stop() {
    hsm.close();
  }

  @BeforeEach
  void open() throws Pkcs11Exception {
    handle = token.openSession(module);
    session = new Pkcs11Session(module);
    session.use(handle);
    keys = new TokenKeys(() -> now);
    keys.startOver(abilities());
  }

  @AfterEach
  void close() throws Pkcs11Exception {
    session.close();
    module.closeSession(handle);
  }

  @ParameterizedTest
  @EnumSource
  void theCopySignsForAMomentAfterTheTokenObjectDid(SigningAlgorithm algorithm) throws Exception {
    String label = "moment-" + algorithm.jws();
    PublicKey key = made(label, algorithm);
    assertTrue(verifies(algorithm, key, sign(label, algorithm)));
    destroyOnTheToken(label);
    now += HeldKey.ASKED_AGAIN - 1;
    assertTrue(verifies(algorithm, key, sign(label, algorithm)));
    now++;
    Pkcs11Exception gone = assertThrows(Pkcs11Exception.class, () -> sign(label, algorithm));
    assertTrue(gone.is(CkResult.CKR_OBJECT_HANDLE_INVALID), gone.getMessage());
    assertTrue(gone.meansDown());
    assertEquals(0, copies(label).length);
    HsmKeyMissingException missing =
        assertThrows(HsmKeyMissingException.class, () -> sign(label, algorithm));
    assertEquals("the token has no signing key '" + label + "'", missing.getMessage());
  }

  @Test
  void theTokenObjectSignsFirst() throws Exception {
    now = 1; // close to where System.nanoTime may begin
    PublicKey _ = made("first", ES256);
    assertEquals(1, copies("first").length);
    destroyOnTheToken("first");
    assertThrows(Pkcs11Exception.class, () -> sign("first", ES256));
    assertEquals(0, copies("first").length);
  }

  @Test
  void theMomentCountsFromTheTokenObjectsLastSignature() throws Exception {
    PublicKey _ = made("busy", ES256);
    for (int i = 0; i < 40; i++) {
      assertEquals(64, sign("busy", ES256).length);
      now += HeldKey.ASKED_AGAIN / 10;
    }
    destroyOnTheToken("busy");
    int signed = 0;
    while (signed < 20) {
      try {
        assertEquals(64, sign("busy", ES256).length);
      } catch (Pkcs11Exception _) {
        break;
      }
      signed++;
      now += HeldKey.ASKED_AGAIN / 10;
    }
    assertTrue(signed < 10, signed + " signatures, a tenth of the moment apart");
  }

  @Test
  void theCopyIsAsWellKeptAsTheKeyAndNotOnTheToken() throws Exception {
    PublicKey _ = made("kept", ES256);
    long[] copies = copies("kept");
    assertEquals(1, copies.length);
    long copy = copies[0];
    assertTrue(session.isKeptCopy(copy, Ck.CKK_EC));
    assertFalse(session.isKept(copy, Ck.CKK_EC));
    assertArrayEquals(new byte[] {0}, session.attribute(copy, Ck.CKA_TOKEN, 1));
    assertArrayEquals(new byte[] {1}, session.attribute(copy, Ck.CKA_PRIVATE, 1));
    assertArrayEquals(new byte[] {1}, session.attribute(copy, Ck.CKA_SENSITIVE, 1));
    assertArrayEquals(new byte[] {0}, session.attribute(copy, Ck.CKA_EXTRACTABLE, 1));
    Pkcs11Exception refusal =
        assertThrows(Pkcs11Exception.class, () -> session.attribute(copy, Ck.CKA_VALUE, 64));
    assertTrue(refusal.is(CkResult.CKR_ATTRIBUTE_SENSITIVE), refusal.getMessage());
    assertEquals(1, session.find(Ck.CKO_PRIVATE_KEY, "kept").length);
    assertEquals(2, session.findAll("kept").length);
  }

  @Test
  void theCopyDiesWithItsSession() throws Exception {
    PublicKey _ = made("dies", ES256);
    assertEquals(1, copies("dies").length);
    module.closeSession(handle);
    handle = token.openSession(module);
    session.use(handle);
    assertEquals(0, copies("dies").length);
    assertEquals(1, session.find(Ck.CKO_PRIVATE_KEY, "dies").length);
  }

  @Test
  void aKeyThatIsLookedUpAgainKeepsItsCopy() throws Exception {
    PublicKey key = made("again", ES256);
    for (int i = 0; i < 3; i++) {
      assertEquals(key, keys.findSigningKey(session, "again", ES256).orElseThrow());
    }
    assertEquals(1, copies("again").length);
  }

  @Test
  void destroyStopsSigningAtOnceAndLeavesNoCopy() throws Exception {
    PublicKey _ = made("destroyed", ES256);
    assertEquals(64, sign("destroyed", ES256).length);
    keys.destroy(session, "destroyed", () -> {});
    assertEquals(0, copies("destroyed").length);
    assertThrows(HsmKeyMissingException.class, () -> sign("destroyed", ES256));
  }

  @Test
  void aKeyThatMayNotBeCopiedSignsItself() throws Exception {
    generate("uncopyable", false, false);
    for (int i = 0; i < 3; i++) {
      assertEquals(64, sign("uncopyable", ES256).length);
    }
    assertEquals(0, copies("uncopyable").length);
    destroyOnTheToken("uncopyable");
    assertThrows(Pkcs11Exception.class, () -> sign("uncopyable", ES256));
  }

  @Test
  void aCopyThatWouldNotBeWellKeptIsDestroyedAndNotUsed() throws Exception {
    generate("leaky", true, true);
    long object = session.find(Ck.CKO_PRIVATE_KEY, "leaky")[0];
    SigningKey key = new SigningKey(object, KeyKind.P256, 64);
    assertEquals(HeldKey.NO_COPY, HeldKey.copy(session, key));
    assertEquals(0, copies("leaky").length);
    assertThrows(HsmKeyMissingException.class, () -> sign("leaky", ES256));
  }

  @Test
  void otherTokensThanSoftHsmAreLeftAlone() throws Exception {
    TokenAbilities able = abilities();
    assertTrue(able.rereads());
    keys.startOver(
        new TokenAbilities(able.algorithms(), able.rsaBits(), able.hmac(), false, false));
    PublicKey _ = made("alone", ES256);
    assertEquals(64, sign("alone", ES256).length);
    assertEquals(0, copies("alone").length);
    destroyOnTheToken("alone");
    assertThrows(Pkcs11Exception.class, () -> sign("alone", ES256));
  }

  @Test
  void aCopyThatIsLostIsNoLossOfTheKey() throws Exception {
    PublicKey key = made("lost", ES256);
    assertEquals(64, sign("lost", ES256).length);
    session.destroy(copies("lost")[0]);
    for (int i = 0; i < 3; i++) {
      assertTrue(verifies(ES256, key, sign("lost", ES256)));
    }
  }

  @Test
  void othersUseTheCopyWhileTheTokenObjectIsAskedButNotForLong() throws Exception {
    HeldKey held = new HeldKey(KEY, COPY, () -> now);
    assertEquals(64, held.sign(session, this::answer).length);
    now += HeldKey.ASKED_AGAIN;
    byte[] _ =
        held.sign(
            session,
            object -> {
              asked.add(object);
              byte[] _ = held.sign(session, this::answer); // by another worker, say
              now += HeldKey.LONGEST - HeldKey.ASKED_AGAIN - 1;
              byte[] _ = held.sign(session, this::answer);
              now++;
              return held.sign(session, this::answer);
            });
    assertEquals(List.of(KEY.handle(), KEY.handle(), COPY, COPY, KEY.handle()), asked);
  }

  @Test
  void aTokenObjectThatFailedOnceEndsItsCopy() throws Exception {
    HeldKey held = new HeldKey(KEY, COPY, () -> now);
    byte[] _ = held.sign(session, this::answer);
    now += HeldKey.ASKED_AGAIN;
    assertThrows(Pkcs11Exception.class, () -> held.sign(session, HeldKeyTest::refuse));
    byte[] _ = held.sign(session, this::answer);
    byte[] _ = held.sign(session, this::answer);
    assertEquals(List.of(KEY.handle(), KEY.handle(), KEY.handle()), asked);
    assertFalse(held.holds(KEY));
  }

  @Test
  void anAnswerThatComesAfterAFailureBringsNoCopyBack() throws Exception {
    HeldKey held = new HeldKey(KEY, COPY, () -> now);
    byte[] _ =
        held.sign(
            session,
            object -> {
              assertThrows(Pkcs11Exception.class, () -> held.sign(session, HeldKeyTest::refuse));
              return answer(object);
            });
    byte[] _ = held.sign(session, this::answer);
    assertEquals(List.of(KEY.handle(), KEY.handle()), asked);
  }

  @Test
  void aCopyThatFailsIsNotUsedAgain() throws Exception {
    HeldKey held = new HeldKey(KEY, COPY, () -> now);
    byte[] _ = held.sign(session, this::answer);
    HeldKey.Use picky =
        object -> {
          byte[] signature = answer(object);
          return object == COPY ? refuse(object) : signature;
        };
    byte[] _ = held.sign(session, picky);
    byte[] _ = held.sign(session, picky);
    assertEquals(List.of(KEY.handle(), COPY, KEY.handle(), KEY.handle()), asked);
  }

  @Test
  void aCopyThatEndsWhileItSignsIsDestroyedAfterwards() throws Exception {
    PublicKey _ = made("ending", ES256);
    SigningKey key =
        KeyReading.signingKey(session, session.find(Ck.CKO_PRIVATE_KEY, "ending")[0], "ending");
    int others = copies("ending").length;
    HeldKey held = new HeldKey(key, HeldKey.copy(session, key), () -> now);
    byte[] _ = held.sign(session, this::answer);
    byte[] _ =
        held.sign(
            session,
            object -> {
              held.end(session);
              assertEquals(others + 1, copies("ending").length);
              return answer(object);
            });
    assertEquals(others, copies("ending").length);
  }

  /// The module may answer with anything.
  @Test
  void aKeyOfTheTokenIsNeverDestroyedAsItsCopy() throws Exception {
    PublicKey _ = made("spared", ES256);
    long object = session.find(Ck.CKO_PRIVATE_KEY, "spared")[0];
    new HeldKey(KEY, object, () -> now).end(session);
    assertEquals(1, session.find(Ck.CKO_PRIVATE_KEY, "spared").length);
  }

  private byte[] answer(long object) {
    asked.add(object);
    return new byte[64];
  }

  private static byte[] refuse(long object) throws Pkcs11Exception {
    throw new Pkcs11Exception(
        CkFunction.C_SignInit,
        object == COPY
            ? CkResult.CKR_KEY_HANDLE_INVALID.code()
            : CkResult.CKR_KEY_FUNCTION_NOT_PERMITTED.code());
  }

  private PublicKey made(String label, SigningAlgorithm algorithm) throws Pkcs11Exception {
    return keys.generateSigningKey(session, label, algorithm, () -> {});
  }

  private byte[] sign(String label, SigningAlgorithm algorithm) throws Pkcs11Exception {
    return keys.sign(session, label, algorithm, algorithm.toSign(INPUT));
  }

  private static boolean verifies(SigningAlgorithm algorithm, PublicKey key, byte[] signature)
      throws Exception {
    return TokenConformance.verifiesInTheJdk(algorithm, key, INPUT, signature);
  }

  private void destroyOnTheToken(String label) throws Pkcs11Exception {
    session.destroy(session.find(Ck.CKO_PRIVATE_KEY, label)[0]);
  }

  private static TokenAbilities abilities() throws Pkcs11Exception {
    return TokenAbilities.of(module, TokenSlot.find(module, token.label()).orElseThrow().slot());
  }

  private long[] copies(String label) throws Pkcs11Exception {
    return copies(module, handle, label);
  }

  /// Session objects of that label, of whichever session.
  static long[] copies(Pkcs11Module module, long session, String label) throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      module.findObjectsInit(
          session,
          new CkTemplate(arena)
              .with(Ck.CKA_TOKEN, false)
              .with(Ck.CKA_LABEL, label.getBytes(StandardCharsets.UTF_8)));
      MemorySegment objects = arena.allocate(ValueLayout.JAVA_LONG, 8);
      MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
      module.findObjects(session, objects, 8, count);
      module.findObjectsFinal(session);
      return objects
          .asSlice(0, 8 * count.get(ValueLayout.JAVA_LONG, 0))
          .toArray(ValueLayout.JAVA_LONG);
    }
  }

  private void generate(String label, boolean extractable, boolean copyable)
      throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      CkTemplate publicKey =
          new CkTemplate(arena)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_VERIFY, true)
              .with(Ck.CKA_EC_PARAMS, KeyKind.P256.curve().getFirst())
              .labelled(label);
      CkTemplate privateKey =
          new CkTemplate(arena)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_PRIVATE, true)
              .with(Ck.CKA_SENSITIVE, true)
              .with(Ck.CKA_EXTRACTABLE, extractable)
              .with(Ck.CKA_SIGN, true)
              .with(CKA_COPYABLE, copyable)
              .labelled(label);
      MemorySegment mechanism = arena.allocate(24, 8);
      mechanism.set(ValueLayout.JAVA_LONG, 0, Ck.CKM_EC_KEY_PAIR_GEN);
      module.generateKeyPair(
          handle, mechanism, publicKey, privateKey, arena.allocate(8, 8), arena.allocate(8, 8));
    }
  }
}
