package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// From a module that has just been initialised to sessions of one token that are logged in.
final class TokenConnector {
  private final Pkcs11Module module;
  private final HsmConfig config;
  private final PinFile pinFile;

  TokenConnector(Pkcs11Module module, HsmConfig config) {
    this.module = module;
    this.config = config;
    this.pinFile = new PinFile(config.pinFile());
  }

  /// As many sessions as configured, and what the token can do.
  record Connection(List<Long> sessions, TokenAbilities abilities) {}

  /// Where there is no PIN to try, the token, and the module with its other tokens, is left alone.
  /// Errors: [HsmUnavailableException].
  void requirePin() {
    Arrays.fill(pinFile.read(), (byte) 0);
  }

  Connection connect() throws Pkcs11Exception {
    byte[] pin = pinFile.read();
    try {
      TokenSlot token =
          TokenSlot.find(module, config.tokenLabel())
              .orElseThrow(
                  () ->
                      new HsmUnavailableException(
                          "no token with the label '%s' is present"
                              .formatted(config.tokenLabel())));
      List<Long> sessions = new ArrayList<>();
      for (int i = 0; i < config.sessions(); i++) {
        sessions.add(openSession(module, token.slot()));
      }
      login(sessions.getFirst(), pin); // one login holds for all sessions of the process
      return new Connection(sessions, TokenAbilities.of(module, token.slot()));
    } finally {
      Arrays.fill(pin, (byte) 0);
    }
  }

  static long openSession(Pkcs11Module module, long slot) throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment session = arena.allocate(JAVA_LONG);
      module.openSession(slot, Ck.CKF_SERIAL_SESSION | Ck.CKF_RW_SESSION, session);
      return session.get(JAVA_LONG, 0);
    }
  }

  private void login(long session, byte[] pin) throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment secret = arena.allocateFrom(JAVA_BYTE, pin);
      try {
        module.login(session, Ck.CKU_USER, secret, pin.length);
      } catch (Pkcs11Exception e) {
        if (e.is(CkResult.CKR_USER_ALREADY_LOGGED_IN)) {
          return;
        }
        if (isRefusal(e)) {
          throw pinFile.refused(pin, e.getMessage());
        }
        throw e;
      } finally {
        secret.fill((byte) 0);
      }
    }
  }

  private static boolean isRefusal(Pkcs11Exception e) {
    return e.is(CkResult.CKR_PIN_INCORRECT)
        || e.is(CkResult.CKR_PIN_INVALID)
        || e.is(CkResult.CKR_PIN_LEN_RANGE)
        || e.is(CkResult.CKR_PIN_EXPIRED)
        || e.is(CkResult.CKR_PIN_LOCKED);
  }
}
