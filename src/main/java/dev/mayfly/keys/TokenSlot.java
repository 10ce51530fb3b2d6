package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A slot that has a token in it, and what the token says of itself.
record TokenSlot(long slot, String label, long flags) {
  /// `CK_TOKEN_INFO`: label 32, manufacturer 32, model 16, serial 16, then the flags; with room.
  private static final long TOKEN_INFO = 256;

  private static final int LABEL = 32;
  private static final long FLAGS = 96;

  /// A call for the number and a call for the list: a slot that appears between them is seen next
  /// time, one that vanishes fails its own look-up and is left out.
  static List<TokenSlot> present(Pkcs11Module module) throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(JAVA_LONG);
      module.getSlotList(true, MemorySegment.NULL, count);
      MemorySegment slots = arena.allocate(JAVA_LONG, Math.max(1, count.get(JAVA_LONG, 0)));
      module.getSlotList(true, slots, count);
      List<TokenSlot> present = new ArrayList<>();
      MemorySegment info = arena.allocate(TOKEN_INFO, 8);
      for (long i = 0; i < count.get(JAVA_LONG, 0); i++) {
        long slot = slots.getAtIndex(JAVA_LONG, i);
        try {
          module.getTokenInfo(slot, info);
        } catch (Pkcs11Exception e) {
          if (e.is(CkResult.CKR_TOKEN_NOT_PRESENT)
              || e.is(CkResult.CKR_TOKEN_NOT_RECOGNIZED)
              || e.is(CkResult.CKR_SLOT_ID_INVALID)) {
            continue;
          }
          throw e;
        }
        byte[] label = info.asSlice(0, LABEL).toArray(JAVA_BYTE);
        present.add(
            new TokenSlot(
                slot,
                new String(label, StandardCharsets.UTF_8).stripTrailing(),
                info.get(JAVA_LONG, FLAGS)));
      }
      return present;
    }
  }

  /// The one initialised token of that label. Two of them is a failure: a key might be on either.
  static Optional<TokenSlot> find(Pkcs11Module module, String label) throws Pkcs11Exception {
    List<TokenSlot> found =
        present(module).stream()
            .filter(token -> token.has(Ck.CKF_TOKEN_INITIALIZED) && token.label().equals(label))
            .toList();
    if (found.size() > 1) {
      throw new HsmUnavailableException(
          "%d tokens have the label '%s'; it must be one".formatted(found.size(), label));
    }
    return found.stream().findFirst();
  }

  boolean has(long flag) {
    return (flags & flag) != 0;
  }
}
