package dev.mayfly.keys;

import io.smallrye.mutiny.Uni;
import java.security.interfaces.ECPublicKey;
import java.util.Optional;

/// The keys on the token, by label. Thread-safe; never blocks the caller.
///
/// Each subscription to a returned `Uni` is one call. It completes on a thread of the HSM: a caller
/// that has a context of its own moves back to it (`emitOn`) and must not block where it continues.
/// An array that was handed over must not be changed until the `Uni` has completed.
///
/// Whoever makes keys holds one lock for the whole token around [#generateSigningKey] and
/// [#ensureMacKey], over all processes that use the token, and not one per label. SoftHSM2 2.6
/// needs that: a process that makes a key takes the token's change counter for its own, and so
/// never sees what another process made between its look and its making.
///
/// Errors: [HsmUnavailableException] (token down, deadline passed, queue full) or
/// [HsmKeyMissingException] (label absent, ambiguous or already taken) by the `Uni`, and nothing
/// else; `IllegalArgumentException` at the call for an argument of the wrong shape.
public interface Hsm {
  /// ECDSA by the signing key of that label over a SHA-256 digest.
  /// Shape: 32 bytes in; 64 bytes r‖s out, which is what JWS wants (RFC 7518 §3.4).
  Uni<byte[]> sign(String label, byte[] digest);

  /// HMAC-SHA256 by the MAC key of that label. Shape: up to 64 KiB in; 32 bytes out.
  Uni<byte[]> mac(String label, byte[] data);

  /// Makes a P-256 key pair on the token, private half sensitive and not extractable.
  /// Errors: a label that is taken is [HsmKeyMissingException]; a second key would make it
  /// ambiguous. A call that passed its deadline may still have made the key: look with
  /// [#findSigningKey].
  Uni<ECPublicKey> generateSigningKey(String label);

  /// The public half of the signing key of that label, empty if there is no such key.
  Uni<Optional<ECPublicKey>> findSigningKey(String label);

  /// Makes the MAC key of that label (generic secret, 32 bytes, sign only) unless it exists.
  Uni<Void> ensureMacKey(String label);

  /// Ready, or down since when and why.
  HsmState state();

  /// Takes the token out of service until it has been re-initialised and has passed its self-test.
  /// For a caller that caught it in a wrong answer, as [HsmJwsSigner] does.
  void distrust(String because);
}
