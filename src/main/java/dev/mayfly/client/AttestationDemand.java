package dev.mayfly.client;

/// Whether an endpoint insists on the attestation that a client is registered with.
public enum AttestationDemand {
  /// The token endpoint: what leaves it is worth stealing.
  REQUIRED,

  /// Revocation and introspection: a tool that lost its instance key must still be able to end
  /// its grant. A bad attestation is refused all the same.
  VERIFIED_IF_PRESENT
}
