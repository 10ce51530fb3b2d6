package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// What the module offers for one token, by C_GetMechanismInfo: nothing is claimed that it does
/// not.
///
/// - `algorithms`: can both be signed with and have keys made for them;
/// - `rsaBits`: the size of RSA keys that are made, 0 without RSA;
/// - `hmac`: HMAC-SHA256 and the making of its keys;
/// - `terse`: a template must not name what a key may not be used for. tpm2-pkcs11 takes such an
///   attribute for a contradiction to what the TPM made; what it makes is for signing anyway;
/// - `rereads`: C_SignInit with a token object reads the token's files, so that a session object
///   costs less. Known of SoftHSM; other tokens keep their objects where they are.
record TokenAbilities(
    Set<SigningAlgorithm> algorithms, int rsaBits, boolean hmac, boolean terse, boolean rereads) {
  static final TokenAbilities NONE = new TokenAbilities(Set.of(), 0, false, false, false);
  private static final String TPM2_PKCS11 = "tpm2-software";
  private static final String SOFTHSM = "SoftHSM";

  /// `CK_MECHANISM_INFO`: least and greatest key size, flags.
  private record Mechanism(long least, long most, long flags) {
    /// The size of key to make of that kind, 0 where the greatest is too small for it. Tokens that
    /// give no greatest size, or one in bytes, are believed to have the curve.
    int size(KeyKind kind) {
      return switch (kind) {
        case RSA -> most < kind.leastBits() ? 0 : (int) Math.min(most, kind.preferredBits());
        case P256, P384 -> most >= 128 && most < kind.leastBits() ? 0 : kind.preferredBits();
        case ED25519 -> kind.preferredBits();
      };
    }

    boolean can(long flag) {
      return (flags & flag) != 0;
    }
  }

  TokenAbilities {
    algorithms = Set.copyOf(algorithms);
  }

  static TokenAbilities of(Pkcs11Module module, long slot) throws Pkcs11Exception {
    Set<SigningAlgorithm> algorithms = EnumSet.noneOf(SigningAlgorithm.class);
    int rsaBits = 0;
    for (SigningAlgorithm algorithm : SigningAlgorithm.values()) {
      KeyKind kind = algorithm.kind();
      Optional<Mechanism> signing = mechanism(module, slot, algorithm.mechanism());
      Optional<Mechanism> making = mechanism(module, slot, kind.generation());
      if (signing.isEmpty()
          || making.isEmpty()
          || !signing.get().can(Ck.CKF_SIGN)
          || !making.get().can(Ck.CKF_GENERATE_KEY_PAIR)) {
        continue;
      }
      int size = Math.min(making.get().size(kind), signing.get().size(kind));
      if (size > 0) {
        algorithms.add(algorithm);
        rsaBits = kind == KeyKind.RSA ? size : rsaBits;
      }
    }
    boolean hmac =
        mechanism(module, slot, Ck.CKM_SHA256_HMAC).filter(m -> m.can(Ck.CKF_SIGN)).isPresent()
            && mechanism(module, slot, Ck.CKM_GENERIC_SECRET_KEY_GEN).isPresent();
    String manufacturer = module.manufacturer();
    return new TokenAbilities(
        algorithms,
        rsaBits,
        hmac,
        manufacturer.contains(TPM2_PKCS11),
        manufacturer.contains(SOFTHSM));
  }

  private static Optional<Mechanism> mechanism(Pkcs11Module module, long slot, long type)
      throws Pkcs11Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(JAVA_LONG, 3);
      if (!module.getMechanismInfo(slot, type, info)) {
        return Optional.empty();
      }
      return Optional.of(
          new Mechanism(
              info.getAtIndex(JAVA_LONG, 0),
              info.getAtIndex(JAVA_LONG, 1),
              info.getAtIndex(JAVA_LONG, 2)));
    }
  }
}
