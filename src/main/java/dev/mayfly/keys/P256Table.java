package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.util.BigIntegers;

/// Multiples of one point of P-256, worked out once, by OpenSSL's `libcrypto`: as the generator of
/// a group of its own, the point is multiplied as quickly as the curve's base point is. Public
/// points by public numbers; no private key is ever in here. Decision 0049 has the figures.
///
/// Shape: 64-bit Linux with a `libcrypto.so.3` that has all that is called here; elsewhere there
/// are no tables. About 150 kB outside of the heap and 25 ms of work each. Thread-safe.
@SuppressWarnings("restricted") // the whole point: native calls, see decision 0049
final class P256Table {
  /// `NID_X9_62_prime256v1`.
  private static final int NID = 415;

  /// Of a coordinate, and of a number below the curve's order.
  static final int LENGTH = 32;

  /// About ten megabytes; keys beyond that do without.
  static final int MOST = 64;

  private static final Semaphore ROOM = new Semaphore(MOST);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final MemorySegment NULL = MemorySegment.NULL;
  private static final Cleaner CLEANER = Cleaner.create();

  private static final String PRECOMPUTE = "EC_GROUP_precompute_mult";
  private static final Optional<SymbolLookup> LIBRARY = library();
  private static final MethodHandle GROUP_NEW =
      function("EC_GROUP_new_by_curve_name", ADDRESS, JAVA_INT);
  private static final MethodHandle GROUP_ORDER = function("EC_GROUP_get0_order", ADDRESS, ADDRESS);
  private static final MethodHandle GROUP_GENERATOR =
      function("EC_GROUP_set_generator", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle GROUP_PRECOMPUTE =
      function(PRECOMPUTE, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle GROUP_FREE = procedure("EC_GROUP_free");
  private static final MethodHandle POINT_NEW = function("EC_POINT_new", ADDRESS, ADDRESS);
  private static final MethodHandle POINT_READ =
      function("EC_POINT_oct2point", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle POINT_MULTIPLY =
      function("EC_POINT_mul", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle POINT_ADD =
      function("EC_POINT_add", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle POINT_COORDINATES =
      function(
          "EC_POINT_get_affine_coordinates", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle POINT_FREE = procedure("EC_POINT_free");
  private static final MethodHandle NUMBER_NEW = function("BN_new", ADDRESS);
  private static final MethodHandle NUMBER_ONE = function("BN_value_one", ADDRESS);
  private static final MethodHandle NUMBER_READ =
      function("BN_bin2bn", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle NUMBER_WRITE =
      function("BN_bn2binpad", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
  private static final MethodHandle NUMBER_FREE = procedure("BN_free");
  private static final MethodHandle CONTEXT_NEW = function("BN_CTX_new", ADDRESS);
  private static final MethodHandle CONTEXT_FREE = procedure("BN_CTX_free");
  private static final MethodHandle ERRORS_CLEAR =
      LIBRARY.isEmpty() ? null : handle("ERR_clear_error", FunctionDescriptor.ofVoid());

  /// The curve with its own base point.
  private static final MemorySegment CURVE = LIBRARY.isEmpty() ? NULL : newGroup();

  /// Where nobody is at work; as many as were ever needed at a time, up to this.
  private static final BlockingQueue<Desk> DESKS = new ArrayBlockingQueue<>(16);

  private final MemorySegment group;

  /// What one multiplication writes on.
  private record Desk(
      MemorySegment context,
      MemorySegment number,
      MemorySegment byBase,
      MemorySegment byKey,
      MemorySegment bytes) {}

  private P256Table(MemorySegment group) {
    this.group = group;
    CLEANER.register(
        this,
        () -> {
          free(GROUP_FREE, group);
          ROOM.release();
        });
  }

  /// Whether the system has the library.
  static boolean isPossible() {
    return LIBRARY.isPresent();
  }

  /// Empty where there is no library for it or no room, or where what it finds is not what Bouncy
  /// Castle does.
  static Optional<P256Table> of(ECPoint point) {
    if (LIBRARY.isEmpty() || !ROOM.tryAcquire()) {
      return Optional.empty();
    }
    MemorySegment group = newGroup();
    P256Table table = new P256Table(group);
    return precompute(group, point.getEncoded(false)) && table.isOf(point)
        ? Optional.of(table)
        : Optional.empty();
  }

  private static boolean precompute(MemorySegment group, byte[] encoded) {
    Desk desk = desk();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(encoded.length);
      bytes.copyFrom(MemorySegment.ofArray(encoded));
      MemorySegment order = (MemorySegment) GROUP_ORDER.invokeExact(group);
      MemorySegment one = (MemorySegment) NUMBER_ONE.invokeExact();
      return (int)
                  POINT_READ.invokeExact(
                      group, desk.byKey, bytes, (long) encoded.length, desk.context)
              == 1
          && (int) GROUP_GENERATOR.invokeExact(group, desk.byKey, order, one) == 1
          && (int) GROUP_PRECOMPUTE.invokeExact(group, desk.context) == 1;
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      leave(desk);
    }
  }

  /// Two numbers that nobody chose, once by the tables and once without them.
  private boolean isOf(ECPoint point) {
    BigInteger order = point.getCurve().getOrder();
    BigInteger base = BigIntegers.createRandomInRange(BigInteger.ONE, order, RANDOM);
    BigInteger key = BigIntegers.createRandomInRange(BigInteger.ONE, order, RANDOM);
    ECPoint expected = EcCurve.P256.sum(base, point, key);
    return abscissa(base, key)
        .map(x -> x.equals(expected.getAffineXCoord().toBigInteger()))
        .orElse(false);
  }

  /// The first coordinate of `base` times the curve's base point and `key` times this one, both
  /// below 2^256; empty for the point at infinity.
  Optional<BigInteger> abscissa(BigInteger base, BigInteger key) {
    Desk desk = desk();
    try {
      read(desk, base);
      boolean done =
          (int)
                  POINT_MULTIPLY.invokeExact(
                      CURVE, desk.byBase, desk.number, NULL, NULL, desk.context)
              == 1;
      read(desk, key);
      done =
          done
              && (int)
                      POINT_MULTIPLY.invokeExact(
                          group, desk.byKey, desk.number, NULL, NULL, desk.context)
                  == 1
              && (int)
                      POINT_ADD.invokeExact(
                          CURVE, desk.byBase, desk.byBase, desk.byKey, desk.context)
                  == 1
              && (int)
                      POINT_COORDINATES.invokeExact(
                          CURVE, desk.byBase, desk.number, NULL, desk.context)
                  == 1
              && (int) NUMBER_WRITE.invokeExact(desk.number, desk.bytes, LENGTH) == LENGTH;
      if (!done) {
        ERRORS_CLEAR.invokeExact();
        return Optional.empty();
      }
      byte[] x = new byte[LENGTH];
      MemorySegment.ofArray(x).copyFrom(desk.bytes);
      return Optional.of(new BigInteger(1, x));
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      leave(desk);
      Reference.reachabilityFence(this);
    }
  }

  private static void read(Desk desk, BigInteger number) throws Throwable {
    byte[] bytes = BigIntegers.asUnsignedByteArray(LENGTH, number);
    desk.bytes.copyFrom(MemorySegment.ofArray(bytes));
    MemorySegment _ = (MemorySegment) NUMBER_READ.invokeExact(desk.bytes, LENGTH, desk.number);
  }

  private static Desk desk() {
    Desk free = DESKS.poll();
    if (free != null) {
      return free;
    }
    try {
      return new Desk(
          made((MemorySegment) CONTEXT_NEW.invokeExact()),
          made((MemorySegment) NUMBER_NEW.invokeExact()),
          made((MemorySegment) POINT_NEW.invokeExact(CURVE)),
          made((MemorySegment) POINT_NEW.invokeExact(CURVE)),
          Arena.ofAuto().allocate(LENGTH));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void leave(Desk desk) {
    if (!DESKS.offer(desk)) {
      free(POINT_FREE, desk.byKey);
      free(POINT_FREE, desk.byBase);
      free(NUMBER_FREE, desk.number);
      free(CONTEXT_FREE, desk.context);
    }
  }

  private static void free(MethodHandle by, MemorySegment object) {
    try {
      by.invokeExact(object);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static MemorySegment newGroup() {
    try {
      return made((MemorySegment) GROUP_NEW.invokeExact(NID));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Nothing is called with a null pointer in place of an object: that would end the process.
  private static MemorySegment made(MemorySegment object) {
    if (object.equals(NULL)) {
      throw new IllegalStateException("it made nothing");
    }
    return object;
  }

  /// A downcall itself throws nothing.
  private static IllegalStateException unexpected(Throwable e) {
    return new IllegalStateException("libcrypto cannot be called", e);
  }

  /// What is deprecated may have been left out when the library was built.
  private static Optional<SymbolLookup> library() {
    try {
      return Optional.of(SymbolLookup.libraryLookup("libcrypto.so.3", Arena.global()))
          .filter(library -> library.find(PRECOMPUTE).isPresent());
    } catch (IllegalArgumentException notThere) {
      return Optional.empty();
    }
  }

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... parameters) {
    return LIBRARY.isEmpty() ? null : handle(name, FunctionDescriptor.of(result, parameters));
  }

  private static MethodHandle procedure(String name) {
    return LIBRARY.isEmpty() ? null : handle(name, FunctionDescriptor.ofVoid(ADDRESS));
  }

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .downcallHandle(LIBRARY.orElseThrow().findOrThrow(name), descriptor);
  }
}
