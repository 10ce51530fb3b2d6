package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A SoftHSM2 token for a home of our own: where the module is, its configuration, and the making
/// of the token. For use before any [Pkcs11Hsm] of the process has started.
public final class SoftHsmToken {
  private static final List<Path> USUAL_PLACES =
      List.of(
          Path.of("/usr/lib/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib64/pkcs11/libsofthsm2.so"),
          Path.of("/usr/lib64/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib/pkcs11/libsofthsm2.so"),
          Path.of("/usr/local/lib/softhsm/libsofthsm2.so"));
  private static final int LABEL = 32;

  private SoftHsmToken() {}

  /// The module where packages of the usual distributions put it.
  public static Optional<Path> findModule() {
    return USUAL_PLACES.stream().filter(Files::isRegularFile).findFirst();
  }

  /// Writes a configuration (mode 0600) with its tokens in the given folder (made with mode 0700)
  /// and points this process to it.
  public static void configure(Path configuration, Path tokens) throws IOException {
    if (Files.notExists(tokens)) {
      Files.createDirectory(
          tokens,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Files.deleteIfExists(configuration);
    Files.createFile(
        configuration,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        configuration,
        """
        directories.tokendir = %s
        objectstore.backend = file
        log.level = ERROR
        slots.removable = false
        """
            .formatted(tokens.toAbsolutePath()));
    ProcessEnvironment.set("SOFTHSM2_CONF", configuration.toAbsolutePath().toString());
  }

  /// Makes the token and its user PIN unless a token of that label is there; says whether it did.
  /// After a crash halfway (a token without a user PIN) the second half is done.
  /// The PINs are the caller's to wipe.
  /// Errors: [HsmUnavailableException] with one readable line.
  public static boolean initialise(Path module, String label, byte[] soPin, byte[] pin) {
    HsmConfig.requireTokenLabel(label);
    try (ModuleClaim claim = ModuleClaim.of(module)) {
      Pkcs11Module loaded = Pkcs11Module.load(claim.module());
      loaded.initialise();
      try {
        return initialise(loaded, label, soPin, pin);
      } finally {
        loaded.finalise();
      }
    } catch (Pkcs11Exception e) {
      throw new HsmUnavailableException(
          "the token '%s' cannot be made: %s".formatted(label, e.getMessage()), e);
    }
  }

  private static boolean initialise(Pkcs11Module module, String label, byte[] soPin, byte[] pin)
      throws Pkcs11Exception {
    Optional<TokenSlot> found = TokenSlot.find(module, label);
    if (found.isPresent() && found.get().has(Ck.CKF_USER_PIN_INITIALIZED)) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment nativeSoPin = arena.allocateFrom(JAVA_BYTE, soPin);
      MemorySegment nativePin = arena.allocateFrom(JAVA_BYTE, pin);
      try {
        long slot;
        if (found.isPresent()) {
          slot = found.get().slot();
        } else {
          slot = freeSlot(module);
          MemorySegment padded = arena.allocateFrom(JAVA_BYTE, padded(label));
          module.initToken(slot, nativeSoPin, soPin.length, padded);
        }
        long session = TokenConnector.openSession(module, slot);
        module.login(session, Ck.CKU_SO, nativeSoPin, soPin.length);
        module.initPin(session, nativePin, pin.length);
        module.closeSession(session);
        return true;
      } finally {
        nativeSoPin.fill((byte) 0);
        nativePin.fill((byte) 0);
      }
    }
  }

  /// SoftHSM always shows one slot more, with a token that is not initialised.
  private static long freeSlot(Pkcs11Module module) throws Pkcs11Exception {
    return TokenSlot.present(module).stream()
        .filter(token -> !token.has(Ck.CKF_TOKEN_INITIALIZED))
        .findFirst()
        .orElseThrow(
            () -> new HsmUnavailableException("the PKCS#11 module has no free slot for a token"))
        .slot();
  }

  private static byte[] padded(String label) {
    byte[] utf8 = label.getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(utf8, LABEL);
    Arrays.fill(padded, utf8.length, LABEL, (byte) ' ');
    return padded;
  }
}
