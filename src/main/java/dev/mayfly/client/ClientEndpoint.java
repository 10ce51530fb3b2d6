package dev.mayfly.client;

import dev.mayfly.oauth.OAuthError;

/// The endpoints that clients authenticate at, as far as they differ in that.
public enum ClientEndpoint {
  /// What leaves it is worth stealing: it insists on the attestation a client is registered
  /// with.
  TOKEN("/token", true, OAuthError.INVALID_CLIENT),

  /// A tool that lost its instance key must still be able to end its grant: an attestation is
  /// verified only where it is sent.
  REVOCATION("/revoke", false, OAuthError.INVALID_CLIENT),

  /// As revocation; without any credentials RFC 9701 wants 400 rather than 401.
  INTROSPECTION("/introspect", false, OAuthError.INVALID_REQUEST);

  private final String path;
  private final boolean demandsAttestation;
  private final OAuthError withoutCredentials;

  ClientEndpoint(String path, boolean demandsAttestation, OAuthError withoutCredentials) {
    this.path = path;
    this.demandsAttestation = demandsAttestation;
    this.withoutCredentials = withoutCredentials;
  }

  /// Below the issuer.
  String path() {
    return path;
  }

  /// Whether what it gives out may be bound to a DPoP key.
  boolean bindsTokens() {
    return this == TOKEN;
  }

  boolean demandsAttestation() {
    return demandsAttestation;
  }

  OAuthError withoutCredentials() {
    return withoutCredentials;
  }
}
