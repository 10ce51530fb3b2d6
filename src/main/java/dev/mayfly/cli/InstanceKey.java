package dev.mayfly.cli;

import dev.mayfly.oauth.JwkThumbprint;
import java.util.Map;
import java.util.SequencedMap;

/// The key of an instance, on P-256: in the credentials file, or in the TPM of its host.
/// Errors: `IllegalArgumentException` on any other shape; its message holds no key material.
sealed interface InstanceKey permits EcPrivateJwk, TpmKey {
  static InstanceKey of(Map<String, Object> members) {
    return members.containsKey(TpmKey.WRAPPED) ? TpmKey.of(members) : EcPrivateJwk.of(members);
  }

  EcPublicJwk publicJwk();

  /// The ES256 signature as JWS wants it, RFC 7518 §3.4: 64 bytes r and s.
  byte[] sign(byte[] input);

  /// What the credentials file keeps of it, as a JWK.
  SequencedMap<String, Object> members();

  default JwkThumbprint thumbprint() {
    return publicJwk().thumbprint();
  }
}
