package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// A loaded PKCS#11 module: its functions, one method each, with `CKR_OK` as the only way to
/// return.
///
/// Shape: LP64 (`CK_ULONG` has 8 bytes) with unpacked structures, that is 64-bit Linux.
/// Errors: [Pkcs11Exception] names the function and the result; loading fails with
/// [HsmUnavailableException] and one readable line.
///
/// A call may hang for as long as the module likes, and nothing ends it. So the library is never
/// unloaded: a call that comes back after the unloading would take the process with it.
///
/// The method handles are static and take the function's address as an argument, which lets the
/// compiler inline them; there is one for each shape of signature, named by its parameters: `L` a
/// `CK_ULONG`, `A` a pointer, `B` a `CK_BBOOL`.
@SuppressWarnings("restricted") // the whole point: native calls, see decision 0005
final class Pkcs11Module {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle A = downcall(ADDRESS);
  private static final MethodHandle L = downcall(JAVA_LONG);
  private static final MethodHandle LA = downcall(JAVA_LONG, ADDRESS);
  private static final MethodHandle LL = downcall(JAVA_LONG, JAVA_LONG);
  private static final MethodHandle LLA = downcall(JAVA_LONG, JAVA_LONG, ADDRESS);
  private static final MethodHandle LAL = downcall(JAVA_LONG, ADDRESS, JAVA_LONG);
  private static final MethodHandle LLAL = downcall(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG);
  private static final MethodHandle LALA = downcall(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle LLALA =
      downcall(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle LALAA =
      downcall(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle LLAAA =
      downcall(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle BAA = downcall(JAVA_BYTE, ADDRESS, ADDRESS);
  private static final MethodHandle LAALA =
      downcall(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle LAALALAA =
      downcall(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);

  private static final long INFO = 128;

  private final Map<CkFunction, MemorySegment> functions;
  private final MemorySegment signInit;
  private final MemorySegment sign;

  private Pkcs11Module(Map<CkFunction, MemorySegment> functions) {
    this.functions = functions;
    this.signInit = functions.get(CkFunction.C_SignInit);
    this.sign = functions.get(CkFunction.C_Sign);
  }

  static Pkcs11Module load(Path path) {
    if (LINKER.canonicalLayouts().get("long").byteSize() != JAVA_LONG.byteSize()) {
      throw new HsmUnavailableException("PKCS#11 modules are used on 64-bit Linux only");
    }
    SymbolLookup library;
    try {
      library = SymbolLookup.libraryLookup(path.toAbsolutePath(), Arena.global());
    } catch (IllegalArgumentException e) {
      throw new HsmUnavailableException("the PKCS#11 module " + path + " cannot be loaded", e);
    }
    Optional<MemorySegment> entry = library.find(CkFunction.C_GetFunctionList.name());
    if (entry.isEmpty()) {
      throw new HsmUnavailableException(path + " is not a PKCS#11 module: no C_GetFunctionList");
    }
    try {
      return new Pkcs11Module(functionList(entry.get()));
    } catch (Pkcs11Exception e) {
      throw new HsmUnavailableException(path + ": " + e.getMessage(), e);
    }
  }

  /// `CK_FUNCTION_LIST` is a `CK_VERSION` of two bytes, padded to 8, and the functions in
  /// fixed order.
  private static Map<CkFunction, MemorySegment> functionList(MemorySegment entry)
      throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pointer = arena.allocate(ADDRESS);
      check(CkFunction.C_GetFunctionList, a(entry, pointer));
      MemorySegment list =
          pointer.get(ADDRESS, 0).reinterpret(ADDRESS.byteSize() * (1 + (long) CkFunction.PLACES));
      Map<CkFunction, MemorySegment> functions = new EnumMap<>(CkFunction.class);
      for (CkFunction function : CkFunction.values()) {
        functions.put(function, list.getAtIndex(ADDRESS, 1 + (long) function.place()));
      }
      return functions;
    }
  }

  /// `CK_C_INITIALIZE_ARGS`: four null mutex callbacks, the flags, a null pointer. The module is to
  /// use the system's locks, since several threads call it.
  void initialise() throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment args = arena.allocate(JAVA_LONG, 6);
      args.setAtIndex(JAVA_LONG, 4, Ck.CKF_OS_LOCKING_OK);
      check(CkFunction.C_Initialize, a(functions.get(CkFunction.C_Initialize), args));
    }
  }

  void finalise() throws Pkcs11Exception {
    check(CkFunction.C_Finalize, a(functions.get(CkFunction.C_Finalize), MemorySegment.NULL));
  }

  /// Who made the module: `CK_INFO` is a `CK_VERSION` and then 32 characters of that.
  String manufacturer() throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO, 8);
      check(CkFunction.C_GetInfo, a(functions.get(CkFunction.C_GetInfo), info));
      byte[] name = info.asSlice(2, 32).toArray(JAVA_BYTE);
      return new String(name, StandardCharsets.UTF_8).strip();
    }
  }

  void getSlotList(boolean tokenPresent, MemorySegment slots, MemorySegment count)
      throws Pkcs11Exception {
    check(
        CkFunction.C_GetSlotList,
        baa(functions.get(CkFunction.C_GetSlotList), (byte) (tokenPresent ? 1 : 0), slots, count));
  }

  void getTokenInfo(long slot, MemorySegment info) throws Pkcs11Exception {
    check(CkFunction.C_GetTokenInfo, la(functions.get(CkFunction.C_GetTokenInfo), slot, info));
  }

  /// What a mechanism offers on that token; false where the token does not have it.
  boolean getMechanismInfo(long slot, long mechanism, MemorySegment info) throws Pkcs11Exception {
    try {
      check(
          CkFunction.C_GetMechanismInfo,
          lla(functions.get(CkFunction.C_GetMechanismInfo), slot, mechanism, info));
      return true;
    } catch (Pkcs11Exception e) {
      if (e.is(CkResult.CKR_MECHANISM_INVALID)) {
        return false;
      }
      throw e;
    }
  }

  void initToken(long slot, MemorySegment pin, long pinLength, MemorySegment label)
      throws Pkcs11Exception {
    check(
        CkFunction.C_InitToken,
        lala(functions.get(CkFunction.C_InitToken), slot, pin, pinLength, label));
  }

  void initPin(long session, MemorySegment pin, long pinLength) throws Pkcs11Exception {
    check(CkFunction.C_InitPIN, lal(functions.get(CkFunction.C_InitPIN), session, pin, pinLength));
  }

  void openSession(long slot, long flags, MemorySegment session) throws Pkcs11Exception {
    check(
        CkFunction.C_OpenSession,
        llaaa(
            functions.get(CkFunction.C_OpenSession),
            slot,
            flags,
            MemorySegment.NULL,
            MemorySegment.NULL,
            session));
  }

  void closeSession(long session) throws Pkcs11Exception {
    check(CkFunction.C_CloseSession, l(functions.get(CkFunction.C_CloseSession), session));
  }

  void login(long session, long user, MemorySegment pin, long pinLength) throws Pkcs11Exception {
    check(
        CkFunction.C_Login, llal(functions.get(CkFunction.C_Login), session, user, pin, pinLength));
  }

  void createObject(long session, CkTemplate template, MemorySegment object)
      throws Pkcs11Exception {
    check(
        CkFunction.C_CreateObject,
        lala(
            functions.get(CkFunction.C_CreateObject),
            session,
            template.segment(),
            template.count(),
            object));
  }

  /// A module may lack this function, and its copy is never needed.
  void copyObject(long session, long object, CkTemplate template, MemorySegment copy)
      throws Pkcs11Exception {
    MemorySegment function = functions.get(CkFunction.C_CopyObject);
    if (function.address() == 0) {
      throw new Pkcs11Exception(
          CkFunction.C_CopyObject, CkResult.CKR_FUNCTION_NOT_SUPPORTED.code());
    }
    check(
        CkFunction.C_CopyObject,
        llala(function, session, object, template.segment(), template.count(), copy));
  }

  void destroyObject(long session, long object) throws Pkcs11Exception {
    check(
        CkFunction.C_DestroyObject, ll(functions.get(CkFunction.C_DestroyObject), session, object));
  }

  void getAttributeValue(long session, long object, CkTemplate template) throws Pkcs11Exception {
    check(
        CkFunction.C_GetAttributeValue,
        llal(
            functions.get(CkFunction.C_GetAttributeValue),
            session,
            object,
            template.segment(),
            template.count()));
  }

  void findObjectsInit(long session, CkTemplate template) throws Pkcs11Exception {
    check(
        CkFunction.C_FindObjectsInit,
        lal(
            functions.get(CkFunction.C_FindObjectsInit),
            session,
            template.segment(),
            template.count()));
  }

  void findObjects(long session, MemorySegment objects, long most, MemorySegment count)
      throws Pkcs11Exception {
    check(
        CkFunction.C_FindObjects,
        lala(functions.get(CkFunction.C_FindObjects), session, objects, most, count));
  }

  void findObjectsFinal(long session) throws Pkcs11Exception {
    check(CkFunction.C_FindObjectsFinal, l(functions.get(CkFunction.C_FindObjectsFinal), session));
  }

  void signInit(long session, MemorySegment mechanism, long key) throws Pkcs11Exception {
    check(CkFunction.C_SignInit, lal(signInit, session, mechanism, key));
  }

  void sign(
      long session,
      MemorySegment data,
      long dataLength,
      MemorySegment signature,
      MemorySegment signatureLength)
      throws Pkcs11Exception {
    check(CkFunction.C_Sign, lalaa(sign, session, data, dataLength, signature, signatureLength));
  }

  void generateKey(long session, MemorySegment mechanism, CkTemplate template, MemorySegment key)
      throws Pkcs11Exception {
    check(
        CkFunction.C_GenerateKey,
        laala(
            functions.get(CkFunction.C_GenerateKey),
            session,
            mechanism,
            template.segment(),
            template.count(),
            key));
  }

  void generateKeyPair(
      long session,
      MemorySegment mechanism,
      CkTemplate publicTemplate,
      CkTemplate privateTemplate,
      MemorySegment publicKey,
      MemorySegment privateKey)
      throws Pkcs11Exception {
    check(
        CkFunction.C_GenerateKeyPair,
        laalalaa(
            functions.get(CkFunction.C_GenerateKeyPair),
            session,
            mechanism,
            publicTemplate,
            privateTemplate,
            publicKey,
            privateKey));
  }

  void generateRandom(long session, MemorySegment random, long length) throws Pkcs11Exception {
    check(
        CkFunction.C_GenerateRandom,
        lal(functions.get(CkFunction.C_GenerateRandom), session, random, length));
  }

  private static void check(CkFunction function, long result) throws Pkcs11Exception {
    if (result != CkResult.CKR_OK.code()) {
      throw new Pkcs11Exception(function, result);
    }
  }

  private static MethodHandle downcall(MemoryLayout... parameters) {
    return LINKER.downcallHandle(FunctionDescriptor.of(JAVA_LONG, parameters));
  }

  private static long a(MemorySegment function, MemorySegment p) {
    try {
      return (long) A.invokeExact(function, p);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long l(MemorySegment function, long p) {
    try {
      return (long) L.invokeExact(function, p);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long la(MemorySegment function, long p, MemorySegment q) {
    try {
      return (long) LA.invokeExact(function, p, q);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long ll(MemorySegment function, long p, long q) {
    try {
      return (long) LL.invokeExact(function, p, q);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long lla(MemorySegment function, long p, long q, MemorySegment r) {
    try {
      return (long) LLA.invokeExact(function, p, q, r);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long lal(MemorySegment function, long p, MemorySegment q, long r) {
    try {
      return (long) LAL.invokeExact(function, p, q, r);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long llal(MemorySegment function, long p, long q, MemorySegment r, long s) {
    try {
      return (long) LLAL.invokeExact(function, p, q, r, s);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long lala(
      MemorySegment function, long p, MemorySegment q, long r, MemorySegment s) {
    try {
      return (long) LALA.invokeExact(function, p, q, r, s);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long llala(
      MemorySegment function, long p, long q, MemorySegment r, long s, MemorySegment t) {
    try {
      return (long) LLALA.invokeExact(function, p, q, r, s, t);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long lalaa(
      MemorySegment function, long p, MemorySegment q, long r, MemorySegment s, MemorySegment t) {
    try {
      return (long) LALAA.invokeExact(function, p, q, r, s, t);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long llaaa(
      MemorySegment function, long p, long q, MemorySegment r, MemorySegment s, MemorySegment t) {
    try {
      return (long) LLAAA.invokeExact(function, p, q, r, s, t);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long baa(MemorySegment function, byte p, MemorySegment q, MemorySegment r) {
    try {
      return (long) BAA.invokeExact(function, p, q, r);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long laala(
      MemorySegment function, long p, MemorySegment q, MemorySegment r, long s, MemorySegment t) {
    try {
      return (long) LAALA.invokeExact(function, p, q, r, s, t);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static long laalalaa(
      MemorySegment function,
      long session,
      MemorySegment mechanism,
      CkTemplate first,
      CkTemplate second,
      MemorySegment p,
      MemorySegment q) {
    try {
      return (long)
          LAALALAA.invokeExact(
              function,
              session,
              mechanism,
              first.segment(),
              first.count(),
              second.segment(),
              second.count(),
              p,
              q);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /// The linker throws nothing of its own where the argument types fit the handle.
  private static RuntimeException impossible(Throwable e) {
    return switch (e) {
      case RuntimeException bug -> bug;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }
}
