package dev.mayfly.keys;

import io.smallrye.mutiny.Uni;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// The keys on one token, by label. Thread-safe; never blocks the caller.
///
/// Each subscription to a returned `Uni` is one call. It completes on a thread of the HSM: a caller
/// that has a context of its own moves back to it (`emitOn`) and must not block where it continues.
/// An array that was handed over must not be changed until the `Uni` has completed.
///
/// Whoever makes or destroys keys holds one lock for the whole token around it, over all processes
/// that use the token, and not one per label. SoftHSM2 2.6 needs that: a process that makes a key
/// takes the token's change counter for its own, and so never sees what another process made
/// between its look and its making.
///
/// What makes or destroys may take longer than a signature, up to [#MAKING]: a TPM takes seconds
/// for an RSA key.
///
/// Errors: [HsmUnavailableException] (token down, deadline passed, queue full) or
/// [HsmKeyMissingException] (label absent, ambiguous or already taken; an algorithm that the token
/// does not offer) by the `Uni`, and nothing else; `IllegalArgumentException` at the call for an
/// argument of the wrong shape.
public interface Hsm {
  Duration MAKING = Duration.ofSeconds(30);

  /// The label of the token, which is its name in configuration, metrics and logs.
  String tokenLabel();

  /// A JWS signature by the signing key of that label.
  /// Shape: the JWS signing input, up to 64 KiB, in; out, what JWS wants (RFC 7518 §3.3 to §3.5,
  /// RFC 8037 §3.1). Nothing has verified it: that is [HsmJwsSigner]'s.
  Uni<byte[]> sign(String label, SigningAlgorithm algorithm, byte[] input);

  /// HMAC-SHA256 by the MAC key of that label. Shape: up to 64 KiB in; 32 bytes out.
  Uni<byte[]> mac(String label, byte[] data);

  /// Makes a key pair for that algorithm on the token, private half sensitive and not extractable.
  /// Errors: a label that is taken is [HsmKeyMissingException]; a second key would make it
  /// ambiguous. A call that passed its deadline may still have made the key: look with
  /// [#findSigningKey].
  Uni<PublicKey> generateSigningKey(String label, SigningAlgorithm algorithm);

  /// The public half of the signing key of that label, empty if there is no such key. A key that
  /// is there but cannot serve that algorithm is [HsmKeyMissingException].
  Uni<Optional<PublicKey>> findSigningKey(String label, SigningAlgorithm algorithm);

  /// Makes the MAC key of that label (generic secret, 32 bytes, sign only) unless it exists.
  /// Errors: [HsmKeyMissingException] on a token that has no HMAC, see [#macs].
  Uni<Void> ensureMacKey(String label);

  /// Puts a MAC key of 32 bytes on the token, so that several tokens hold the same one; from then
  /// on the token does not give it out. The caller wipes its copy.
  /// Errors: [HsmKeyMissingException] for a label that is taken, and on a token without HMAC.
  Uni<Void> plantMacKey(String label, byte[] key);

  /// Random bytes of the token. Shape: 1 to 512.
  Uni<byte[]> random(int length);

  /// Destroys every object of that label, several or none as well.
  Uni<Void> destroy(String label);

  /// What the module offers for this token; empty until it was ready once.
  Set<SigningAlgorithm> algorithms();

  /// Whether it can hold MAC keys: a TPM for one cannot. False until it was ready once.
  boolean macs();

  /// Ready, or down since when and why.
  HsmState state();

  /// Takes the token out of service until it has been re-initialised and has passed its self-test.
  /// For a caller that caught it in a wrong answer, as [HsmJwsSigner] does.
  void distrust(String because);
}
