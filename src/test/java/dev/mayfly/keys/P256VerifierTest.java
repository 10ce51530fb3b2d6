package dev.mayfly.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPublicKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.ECFieldElement;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A verifier with a table answers what one without answers, and what the JDK answers.
class P256VerifierTest {
  private static final ECPoint BASE = CustomNamedCurves.getByName("P-256").getG();
  private static final ECCurve CURVE = BASE.getCurve();
  private static final BigInteger ORDER = CURVE.getOrder();
  private static final BigInteger FIELD = CURVE.getField().getCharacteristic();
  private static final long SEED = 20261122;

  private final Random random = new Random(SEED);
  private KeyPair pair;
  private ECParameterSpec domain;

  @BeforeEach
  void aKey() throws GeneralSecurityException {
    assumeTrue(P256Table.isPossible(), "this system has no libcrypto.so.3");
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    pair = generator.generateKeyPair();
    domain = ((ECPublicKey) pair.getPublic()).getParams();
  }

  private static P256Verifier withTable(ECPublicKey key) {
    P256Verifier verifier = new P256Verifier(key);
    return onceThereIsRoom(
        () -> {
          use(verifier, P256Verifier.USES_BEFORE_A_TABLE);
          return Optional.of(verifier).filter(P256Verifier::hasTable);
        });
  }

  /// Tables that nobody needs any more make room when the collector has found them, and not before.
  private static <T> T onceThereIsRoom(Supplier<Optional<T>> wanted) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    Optional<T> found = wanted.get();
    while (found.isEmpty()) {
      assertTrue(System.nanoTime() < deadline, "the room is not given back");
      System.gc();
      found = wanted.get();
    }
    return found.get();
  }

  private static void use(P256Verifier verifier, int times) {
    for (int i = 0; i < times; i++) {
      assertFalse(verifier.verifies(new byte[32], new byte[64]));
    }
    assertTrue(ForkJoinPool.commonPool().awaitQuiescence(20, TimeUnit.SECONDS));
  }

  private static byte[] sha256(byte[] input) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(input);
  }

  private static byte[] joined(BigInteger r, BigInteger s) {
    byte[] signature = new byte[64];
    BigIntegers.asUnsignedByteArray(r, signature, 0, 32);
    BigIntegers.asUnsignedByteArray(s, signature, 32, 32);
    return signature;
  }

  private ECPublicKey key(ECPoint point) throws GeneralSecurityException {
    ECPoint affine = point.normalize();
    return (ECPublicKey)
        KeyFactory.getInstance("EC")
            .generatePublic(
                new ECPublicKeySpec(
                    new java.security.spec.ECPoint(
                        affine.getAffineXCoord().toBigInteger(),
                        affine.getAffineYCoord().toBigInteger()),
                    domain));
  }

  private static boolean byTheJdk(ECPublicKey key, byte[] digest, byte[] signature)
      throws GeneralSecurityException {
    Signature verifier = Signature.getInstance("NONEwithECDSAinP1363Format", "SunEC");
    verifier.initVerify(key);
    verifier.update(digest);
    try {
      return verifier.verify(signature);
    } catch (SignatureException refused) {
      return false;
    }
  }

  private static void agrees(
      boolean expected, P256Verifier verifier, ECPublicKey key, byte[] digest, byte[] signature)
      throws GeneralSecurityException {
    assertEquals(expected, byTheJdk(key, digest, signature), "the JDK");
    assertEquals(expected, new P256Verifier(key).verifies(digest, signature), "without a table");
    assertEquals(expected, verifier.verifies(digest, signature), "with a table");
    assertEquals(expected, verifier.isConfirmed(digest, signature), "by the table alone");
  }

  @Test
  void aKeyGetsItsTableWithTheLastOfTheUsesThatItTakes() {
    P256Verifier found =
        onceThereIsRoom(
            () -> {
              P256Verifier verifier = new P256Verifier((ECPublicKey) pair.getPublic());
              use(verifier, P256Verifier.USES_BEFORE_A_TABLE - 1);
              assertFalse(verifier.hasTable());
              use(verifier, 1);
              return Optional.of(verifier).filter(P256Verifier::hasTable);
            });
    assertTrue(found.hasTable());
  }

  @Test
  void whatWasSignedIsASignatureAndWithOneBitOtherwiseItIsNone() throws GeneralSecurityException {
    ECPublicKey key = (ECPublicKey) pair.getPublic();
    P256Verifier verifier = withTable(key);
    Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
    for (int i = 0; i < 200; i++) {
      byte[] input = new byte[1 + i];
      random.nextBytes(input);
      signer.initSign(pair.getPrivate());
      signer.update(input);
      byte[] signature = signer.sign();
      byte[] digest = sha256(input);
      agrees(true, verifier, key, digest, signature);
      byte[] other = signature.clone();
      other[random.nextInt(64)] ^= (byte) (1 << random.nextInt(8));
      agrees(false, verifier, key, digest, other);
      digest[random.nextInt(32)] ^= (byte) (1 << random.nextInt(8));
      agrees(false, verifier, key, digest, signature);
    }
  }

  @Test
  void aTableConfirmsByItself() throws GeneralSecurityException {
    ECPoint point = BASE.multiply(BigInteger.valueOf(7)).normalize();
    P256Table table = onceThereIsRoom(() -> P256Table.of(point));
    for (int i = 0; i < 50; i++) {
      BigInteger base = new BigInteger(256, random).mod(ORDER);
      BigInteger by = new BigInteger(256, random).mod(ORDER);
      assertEquals(
          EcCurve.P256.sum(base, point, by).getAffineXCoord().toBigInteger(),
          table.abscissa(base, by).orElseThrow());
    }
    BigInteger opposite = ORDER.subtract(BigInteger.valueOf(7));
    assertTrue(table.abscissa(opposite, BigInteger.ONE).isEmpty(), "infinity");
    assertTrue(table.abscissa(BigInteger.ZERO, BigInteger.ZERO).isEmpty(), "infinity");
    assertEquals(
        EcCurve.P256
            .sum(BigInteger.valueOf(14), point, BigInteger.ZERO)
            .getAffineXCoord()
            .toBigInteger(),
        table.abscissa(BigInteger.valueOf(7), BigInteger.ONE).orElseThrow(),
        "the same point twice");
  }

  /// Signatures are made backwards: from the two factors follow r, s and the digest.
  @Test
  void everyPairOfFactorsIsAddedUpAsTheOthersDo() throws GeneralSecurityException {
    ECPoint[] keys = {
      BASE,
      BASE.negate(),
      BASE.twice(),
      BASE.multiply(new BigInteger(255, random)),
      BASE.multiply(ORDER.subtract(BigInteger.TWO))
    };
    BigInteger[] factors = {
      BigInteger.ZERO,
      BigInteger.ONE,
      BigInteger.TWO,
      BigInteger.ONE.shiftLeft(128),
      ORDER.shiftRight(1),
      ORDER.subtract(BigInteger.ONE),
      new BigInteger(255, random)
    };
    for (ECPoint point : keys) {
      ECPublicKey key = key(point);
      P256Verifier verifier = withTable(key);
      for (BigInteger base : factors) {
        for (BigInteger by : Arrays.asList(factors).subList(1, factors.length)) {
          ECPoint sum = BASE.multiply(base).add(point.multiply(by)).normalize();
          if (sum.isInfinity()) {
            // Whatever r is said to be: infinity has none.
            BigInteger r = BigInteger.ONE;
            BigInteger s = r.multiply(by.modInverse(ORDER)).mod(ORDER);
            byte[] digest = BigIntegers.asUnsignedByteArray(32, base.multiply(s).mod(ORDER));
            agrees(false, verifier, key, digest, joined(r, s));
            continue;
          }
          BigInteger r = sum.getAffineXCoord().toBigInteger().mod(ORDER);
          BigInteger s = r.multiply(by.modInverse(ORDER)).mod(ORDER);
          byte[] digest = BigIntegers.asUnsignedByteArray(32, base.multiply(s).mod(ORDER));
          agrees(true, verifier, key, digest, joined(r, s));
          agrees(true, verifier, key, digest, joined(r, ORDER.subtract(s)));
        }
      }
    }
  }

  /// r is the first coordinate modulo the order: a coordinate above the order gives a small r.
  @Test
  void aCoordinateBetweenOrderAndFieldIsReduced() throws GeneralSecurityException {
    BigInteger x = ORDER;
    ECPoint sum = null;
    while (sum == null) {
      x = x.add(BigInteger.ONE);
      assertTrue(x.compareTo(FIELD) < 0);
      sum = onTheCurve(x);
    }
    BigInteger r = x.subtract(ORDER);
    BigInteger s = BigInteger.valueOf(5);
    BigInteger base = new BigInteger(255, random);
    BigInteger by = r.multiply(s.modInverse(ORDER)).mod(ORDER);
    ECPoint point = sum.subtract(BASE.multiply(base)).multiply(by.modInverse(ORDER)).normalize();
    ECPublicKey key = key(point);
    byte[] digest = BigIntegers.asUnsignedByteArray(32, base.multiply(s).mod(ORDER));
    P256Verifier verifier = withTable(key);
    agrees(true, verifier, key, digest, joined(r, s));
    agrees(false, verifier, key, digest, joined(r.add(BigInteger.ONE), s));
    agrees(false, verifier, key, digest, joined(r.add(ORDER), s));
    agrees(false, verifier, key, digest, joined(r, s.add(ORDER)));
  }

  private static ECPoint onTheCurve(BigInteger x) {
    ECFieldElement field = CURVE.fromBigInteger(x);
    ECFieldElement root = field.square().add(CURVE.getA()).multiply(field).add(CURVE.getB()).sqrt();
    return root == null ? null : CURVE.createPoint(x, root.toBigInteger());
  }

  @Test
  void numbersOutsideOfTheirRangeAreNoSignature() throws GeneralSecurityException {
    ECPublicKey key = (ECPublicKey) pair.getPublic();
    P256Verifier verifier = withTable(key);
    byte[] digest = sha256(new byte[] {1});
    BigInteger most = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
    BigInteger[] edges = {
      BigInteger.ZERO,
      BigInteger.ONE,
      ORDER.subtract(BigInteger.ONE),
      ORDER,
      ORDER.add(BigInteger.ONE),
      FIELD,
      most
    };
    for (BigInteger r : edges) {
      for (BigInteger s : edges) {
        assertFalse(new P256Verifier(key).verifies(digest, joined(r, s)));
        assertFalse(verifier.verifies(digest, joined(r, s)), r + " " + s);
      }
    }
    for (int length : new int[] {0, 1, 63, 65, 128}) {
      assertFalse(verifier.verifies(digest, new byte[length]));
    }
  }

  @Test
  void thereIsRoomForSoManyTablesAndAgainWhenNobodyNeedsThem() {
    List<P256Table> kept = new ArrayList<>();
    int refused = 0;
    while (kept.size() <= P256Table.MOST && refused < 3) {
      Optional<P256Table> next =
          P256Table.of(BASE.multiply(BigInteger.valueOf(1000 + kept.size())).normalize());
      if (next.isPresent()) {
        kept.add(next.get());
      } else {
        refused++;
        System.gc();
      }
    }
    assertTrue(!kept.isEmpty() && kept.size() <= P256Table.MOST, kept.size() + " tables");
    kept.clear();
    assertNotNull(onceThereIsRoom(() -> P256Table.of(BASE)));
  }
}
