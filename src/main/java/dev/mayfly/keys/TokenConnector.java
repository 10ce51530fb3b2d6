package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// From whatever state the module is in to sessions that are logged in. The precondition is that
/// no other call is in the module: C_Finalize under a running call is undefined.
final class TokenConnector {
  private final Pkcs11Module module;
  private final HsmConfig config;
  private final PinFile pinFile;
  private boolean initialised;
  private TokenAbilities abilities = TokenAbilities.NONE;

  TokenConnector(Pkcs11Module module, HsmConfig config) {
    this.module = module;
    this.config = config;
    this.pinFile = new PinFile(config.pinFile());
  }

  /// The handles of as many sessions as configured. The PIN file comes first: where there is no PIN
  /// to try, the token is left alone.
  long[] connect() throws Pkcs11Exception {
    byte[] pin = pinFile.read();
    try {
      finalise();
      initialise();
      TokenSlot token =
          TokenSlot.find(module, config.tokenLabel())
              .orElseThrow(
                  () ->
                      new HsmUnavailableException(
                          "no token with the label '%s' is present"
                              .formatted(config.tokenLabel())));
      long[] sessions = new long[config.sessions()];
      for (int i = 0; i < sessions.length; i++) {
        sessions[i] = openSession(module, token.slot());
      }
      login(sessions[0], pin); // one login holds for all sessions of the process
      abilities = TokenAbilities.of(module, token.slot());
      return sessions;
    } finally {
      Arrays.fill(pin, (byte) 0);
    }
  }

  /// Of the last connection.
  TokenAbilities abilities() {
    return abilities;
  }

  /// A module that somebody else has initialised is finalised and initialised again by the next
  /// attempt, as one that would not be finalised is.
  private void initialise() throws Pkcs11Exception {
    try {
      module.initialise();
      initialised = true;
    } catch (Pkcs11Exception e) {
      initialised = e.is(CkResult.CKR_CRYPTOKI_ALREADY_INITIALIZED);
      throw e;
    }
  }

  void finalise() {
    if (!initialised) {
      return;
    }
    initialised = false;
    try {
      module.finalise();
    } catch (Pkcs11Exception _) {
      // The module is broken, which is why we are here. If it mattered, C_Initialize will tell.
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
