package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/// What is done in one session, by the one thread that made this object, with native buffers that
/// are allocated once. The session's handle changes with each recovery ([#use]).
///
/// Errors: [Pkcs11Exception] from the module; [HsmUnavailableException] for an answer that no sound
/// token gives.
final class Pkcs11Session implements AutoCloseable {
  /// The longest input of a MAC.
  static final int MAX_INPUT = 64 * 1024;

  static final int MAC = 32;

  /// The most random bytes of one call.
  static final int MAX_RANDOM = 512;

  private static final int MECHANISM = 24;
  private static final long PARAMETERS = 8;
  private static final long PARAMETERS_LENGTH = 16;
  private static final long PSS_SALT = 32;
  private static final int OUTPUT = 512;
  private static final int MOST_FOUND = 8;

  private static final byte[] RSA_EXPONENT = {1, 0, 1};

  private final Pkcs11Module module;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment input = arena.allocate(MAX_INPUT, 8);
  private final MemorySegment output = arena.allocate(OUTPUT, 8);
  private final MemorySegment outputLength = arena.allocate(JAVA_LONG);
  private final Map<SigningAlgorithm, MemorySegment> signing = signingMechanisms(arena);
  private final MemorySegment hmac = mechanism(arena, Ck.CKM_SHA256_HMAC);
  private long handle;

  Pkcs11Session(Pkcs11Module module) {
    this.module = module;
  }

  void use(long session) {
    this.handle = session;
  }

  /// `prepared` is what [SigningAlgorithm#toSign] gave.
  byte[] sign(long key, SigningAlgorithm algorithm, byte[] prepared, int expected)
      throws Pkcs11Exception {
    return sign(signing.get(algorithm), key, prepared, expected);
  }

  byte[] mac(long key, byte[] data) throws Pkcs11Exception {
    return sign(hmac, key, data, MAC);
  }

  private byte[] sign(MemorySegment mechanism, long key, byte[] data, int expected)
      throws Pkcs11Exception {
    module.signInit(handle, mechanism, key);
    MemorySegment.copy(data, 0, input, JAVA_BYTE, 0, data.length);
    outputLength.set(JAVA_LONG, 0, OUTPUT);
    try {
      module.sign(handle, input, data.length, output, outputLength);
    } finally {
      input.asSlice(0, data.length).fill((byte) 0); // what is MACed may be a secret
    }
    long length = outputLength.get(JAVA_LONG, 0);
    if (length != expected) {
      throw new HsmUnavailableException(
          "C_Sign gave %d bytes instead of %d".formatted(length, expected));
    }
    byte[] result = new byte[expected];
    MemorySegment.copy(output, JAVA_BYTE, 0, result, 0, expected);
    return result;
  }

  byte[] random(int length) throws Pkcs11Exception {
    module.generateRandom(handle, output, length);
    byte[] random = output.asSlice(0, length).toArray(JAVA_BYTE);
    output.fill((byte) 0); // what it becomes may be a secret
    return random;
  }

  /// Objects on the token of that class and label; at most a few, since two are already too many.
  long[] find(long objectClass, String label) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      CkTemplate template =
          new CkTemplate(call)
              .with(Ck.CKA_CLASS, objectClass)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_LABEL, label.getBytes(StandardCharsets.UTF_8));
      return find(call, template);
    }
  }

  /// Objects on the token of that class and `CKA_ID`.
  long[] findById(long objectClass, byte[] id) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      CkTemplate template =
          new CkTemplate(call)
              .with(Ck.CKA_CLASS, objectClass)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_ID, id);
      return find(call, template);
    }
  }

  /// Objects on the token of that label, whatever they are; at most a few.
  long[] findAll(String label) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      CkTemplate template =
          new CkTemplate(call)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_LABEL, label.getBytes(StandardCharsets.UTF_8));
      return find(call, template);
    }
  }

  void destroy(long object) throws Pkcs11Exception {
    module.destroyObject(handle, object);
  }

  /// Keys on the token of that class and type that may sign, whatever their label.
  long[] findSigning(long objectClass, long keyType) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      CkTemplate template =
          new CkTemplate(call)
              .with(Ck.CKA_CLASS, objectClass)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_KEY_TYPE, keyType)
              .with(Ck.CKA_SIGN, true);
      return find(call, template);
    }
  }

  private long[] find(Arena call, CkTemplate template) throws Pkcs11Exception {
    MemorySegment objects = call.allocate(JAVA_LONG, MOST_FOUND);
    MemorySegment count = call.allocate(JAVA_LONG);
    module.findObjectsInit(handle, template);
    try {
      module.findObjects(handle, objects, MOST_FOUND, count);
    } finally {
      module.findObjectsFinal(handle);
    }
    return objects.asSlice(0, count.get(JAVA_LONG, 0) * JAVA_LONG.byteSize()).toArray(JAVA_LONG);
  }

  /// Whether the key is what we make: on the token, sensitive, not extractable, of that type,
  /// signing.
  boolean isKept(long key, long keyType) throws Pkcs11Exception {
    return signsAndIsKept(key, keyType) && isTrue(key, Ck.CKA_TOKEN);
  }

  /// Makes a session object of this session, which is like the key in all else.
  long copy(long key) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment copy = call.allocate(JAVA_LONG);
      module.copyObject(handle, key, new CkTemplate(call).with(Ck.CKA_TOKEN, false), copy);
      return copy.get(JAVA_LONG, 0);
    }
  }

  /// Whether a copy is what it should be: private, sensitive, not extractable, of that type,
  /// signing, and not on the token.
  boolean isKeptCopy(long copy, long keyType) throws Pkcs11Exception {
    return signsAndIsKept(copy, keyType) && isTrue(copy, Ck.CKA_PRIVATE) && isSessionObject(copy);
  }

  boolean isSessionObject(long object) throws Pkcs11Exception {
    return isFalse(attribute(object, Ck.CKA_TOKEN, 1));
  }

  private boolean isTrue(long object, long type) throws Pkcs11Exception {
    byte[] value = attribute(object, type, 1);
    return value.length == 1 && value[0] != 0;
  }

  private static boolean isFalse(byte[] value) {
    return value.length == 1 && value[0] == 0;
  }

  private boolean signsAndIsKept(long key, long keyType) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      CkTemplate template =
          new CkTemplate(call)
              .room(Ck.CKA_SENSITIVE, 1)
              .room(Ck.CKA_EXTRACTABLE, 1)
              .room(Ck.CKA_SIGN, 1)
              .room(Ck.CKA_KEY_TYPE, 8);
      module.getAttributeValue(handle, key, template);
      byte[] type = template.value(3);
      return template.isTrue(0)
          && isFalse(template.value(1))
          && template.isTrue(2)
          && type.length == 8
          && MemorySegment.ofArray(type).get(JAVA_LONG_UNALIGNED, 0) == keyType;
    }
  }

  byte[] attribute(long object, long type, int room) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      CkTemplate template = new CkTemplate(call).room(type, room);
      module.getAttributeValue(handle, object, template);
      return template.value(0);
    }
  }

  /// Makes a key pair; returns the public key object.
  long generateKeyPair(String label, KeyKind kind, TokenAbilities able) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      CkTemplate publicKey =
          new CkTemplate(call)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_PRIVATE, false)
              .with(Ck.CKA_VERIFY, true)
              .labelled(label);
      switch (kind) {
        case P256, P384, ED25519 -> publicKey.with(Ck.CKA_EC_PARAMS, kind.curve().getFirst());
        case RSA ->
            publicKey
                .with(Ck.CKA_MODULUS_BITS, (long) able.rsaBits())
                .with(Ck.CKA_PUBLIC_EXPONENT, RSA_EXPONENT);
      }
      CkTemplate privateKey =
          new CkTemplate(call)
              .with(Ck.CKA_TOKEN, true)
              .with(Ck.CKA_PRIVATE, true)
              .with(Ck.CKA_SENSITIVE, true)
              .with(Ck.CKA_EXTRACTABLE, false)
              .with(Ck.CKA_SIGN, true)
              .labelled(label);
      if (!able.terse()) {
        privateKey
            .with(Ck.CKA_DECRYPT, false)
            .with(Ck.CKA_UNWRAP, false)
            .with(Ck.CKA_DERIVE, false);
      }
      MemorySegment handles = call.allocate(JAVA_LONG, 2);
      module.generateKeyPair(
          handle,
          mechanism(call, kind.generation()),
          publicKey,
          privateKey,
          handles.asSlice(0, 8),
          handles.asSlice(8, 8));
      return handles.getAtIndex(JAVA_LONG, 0);
    }
  }

  /// Makes a generic secret of 32 bytes that may sign (MAC) and nothing else.
  void generateMacKey(String label) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      CkTemplate secret = macKey(call, label).with(Ck.CKA_VALUE_LEN, MAC);
      MemorySegment key = call.allocate(JAVA_LONG);
      module.generateKey(handle, mechanism(call, Ck.CKM_GENERIC_SECRET_KEY_GEN), secret, key);
    }
  }

  /// The same with a value from outside, which is wiped from native memory.
  void plantMacKey(String label, byte[] value) throws Pkcs11Exception {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment held = call.allocateFrom(JAVA_BYTE, value);
      try {
        CkTemplate secret =
            macKey(call, label).with(Ck.CKA_CLASS, Ck.CKO_SECRET_KEY).with(Ck.CKA_VALUE, held);
        module.createObject(handle, secret, call.allocate(JAVA_LONG));
      } finally {
        held.fill((byte) 0);
      }
    }
  }

  private static CkTemplate macKey(Arena call, String label) {
    return new CkTemplate(call)
        .with(Ck.CKA_TOKEN, true)
        .with(Ck.CKA_PRIVATE, true)
        .with(Ck.CKA_SENSITIVE, true)
        .with(Ck.CKA_EXTRACTABLE, false)
        .with(Ck.CKA_KEY_TYPE, Ck.CKK_GENERIC_SECRET)
        .with(Ck.CKA_SIGN, true)
        .with(Ck.CKA_VERIFY, false)
        .with(Ck.CKA_ENCRYPT, false)
        .with(Ck.CKA_DECRYPT, false)
        .with(Ck.CKA_WRAP, false)
        .with(Ck.CKA_UNWRAP, false)
        .with(Ck.CKA_DERIVE, false)
        .labelled(label);
  }

  private static Map<SigningAlgorithm, MemorySegment> signingMechanisms(Arena arena) {
    Map<SigningAlgorithm, MemorySegment> mechanisms = new EnumMap<>(SigningAlgorithm.class);
    for (SigningAlgorithm algorithm : SigningAlgorithm.values()) {
      mechanisms.put(algorithm, mechanism(arena, algorithm.mechanism()));
    }
    // CK_RSA_PKCS_PSS_PARAMS: hash, mask generation function, length of the salt.
    MemorySegment pss = arena.allocateFrom(JAVA_LONG, Ck.CKM_SHA256, Ck.CKG_MGF1_SHA256, PSS_SALT);
    MemorySegment mechanism = mechanisms.get(SigningAlgorithm.PS256);
    mechanism.set(ADDRESS, PARAMETERS, pss);
    mechanism.set(JAVA_LONG, PARAMETERS_LENGTH, pss.byteSize());
    return mechanisms;
  }

  /// `CK_MECHANISM`: the type, a null pointer to parameters, their length.
  private static MemorySegment mechanism(Arena arena, long type) {
    MemorySegment mechanism = arena.allocate(MECHANISM, 8);
    mechanism.set(JAVA_LONG, 0, type);
    return mechanism;
  }

  /// Frees the buffers; the session itself ends with C_Finalize. On the owning thread only.
  @Override
  public void close() {
    arena.close();
  }
}
