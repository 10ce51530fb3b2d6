package dev.mayfly.realm;

import dev.mayfly.oauth.SpiffeIdPattern;
import dev.mayfly.realm.KeySource.RemoteDocument;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// How a client or a resource server authenticates.
/// Shape: at least one method; a secret, keys (in `jwks`, or at `jwksUri`), a name of a certificate
/// and a SPIFFE ID each exactly when a method needs one.
/// Errors: `IllegalArgumentException` on any other shape.
public record Credentials(
    Set<AuthMethod> methods,
    Optional<SecretSource> secret,
    Optional<PublicKeys> jwks,
    Optional<RemoteDocument> jwksUri,
    Optional<CertificateName> certificate,
    Optional<SpiffeIdPattern> spiffeId) {

  /// `token_endpoint_auth_method` values, RFC 7591 §2; `private_key_jwt` is OpenID Connect's word
  /// for the client assertion of RFC 7523, `client_secret_jwt` for the one that a secret signs.
  /// The two `tls` methods are of RFC 8705, the SPIFFE ones of their draft, the other two of the
  /// attestation draft.
  public enum AuthMethod {
    CLIENT_SECRET_BASIC,
    CLIENT_SECRET_POST,
    CLIENT_SECRET_JWT,
    PRIVATE_KEY_JWT,
    TLS_CLIENT_AUTH,
    SELF_SIGNED_TLS_CLIENT_AUTH,
    SPIFFE_JWT,
    SPIFFE_X509,
    ATTEST_JWT_CLIENT_AUTH,
    ATTEST_JWT_CLIENT_AUTH_DPOP,
    SPIFFE_WIT;

    public boolean needsSecret() {
      return switch (this) {
        case CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, CLIENT_SECRET_JWT -> true;
        case PRIVATE_KEY_JWT,
            TLS_CLIENT_AUTH,
            SELF_SIGNED_TLS_CLIENT_AUTH,
            SPIFFE_JWT,
            SPIFFE_X509,
            ATTEST_JWT_CLIENT_AUTH,
            ATTEST_JWT_CLIENT_AUTH_DPOP,
            SPIFFE_WIT ->
            false;
      };
    }

    public boolean needsKeys() {
      return this == PRIVATE_KEY_JWT || this == SELF_SIGNED_TLS_CLIENT_AUTH;
    }

    /// Whether the certificate of the connection is the whole of the client's authentication.
    public boolean isOfTls() {
      return this == TLS_CLIENT_AUTH || this == SELF_SIGNED_TLS_CLIENT_AUTH || this == SPIFFE_X509;
    }

    public boolean isOfSpiffe() {
      return this == SPIFFE_JWT || this == SPIFFE_X509 || this == SPIFFE_WIT;
    }

    /// Whether the attestation is the whole of the client's authentication.
    public boolean isAttestation() {
      return this == ATTEST_JWT_CLIENT_AUTH
          || this == ATTEST_JWT_CLIENT_AUTH_DPOP
          || this == SPIFFE_WIT;
    }
  }

  /// Where a secret comes from. Its text is never part of a realm's configuration.
  public sealed interface SecretSource {
    /// Made by the broker, shown once.
    record Generated() implements SecretSource {}

    /// In a file that an operator mounts; a relative path is relative to the realm file.
    record InFile(String path) implements SecretSource {
      public Path in(Path folderOfRealmFiles) {
        return folderOfRealmFiles.resolve(path);
      }
    }
  }

  /// Whether the broker must be able to recover the secret, and not only to know it again.
  public boolean needSealing() {
    return methods.contains(AuthMethod.CLIENT_SECRET_JWT);
  }

  public Credentials {
    if (methods.isEmpty()) {
      throw new IllegalArgumentException("at least one method is needed");
    }
    methods = Collections.unmodifiableSet(EnumSet.copyOf(methods));
    if (secret.isPresent() != methods.stream().anyMatch(AuthMethod::needsSecret)) {
      throw new IllegalArgumentException("a secret goes with the secret methods, and only there");
    }
    if ((jwks.isPresent() || jwksUri.isPresent())
        != methods.stream().anyMatch(AuthMethod::needsKeys)) {
      throw new IllegalArgumentException("keys go with the methods that need keys, and only there");
    }
    if (jwks.isPresent() && jwksUri.isPresent()) {
      throw new IllegalArgumentException("jwks and jwks_uri exclude each other");
    }
    if (certificate.isPresent() != methods.contains(AuthMethod.TLS_CLIENT_AUTH)) {
      throw new IllegalArgumentException("a name goes with tls_client_auth, and only there");
    }
    if (spiffeId.isPresent() != methods.stream().anyMatch(AuthMethod::isOfSpiffe)) {
      throw new IllegalArgumentException("a SPIFFE ID goes with its methods, and only there");
    }
  }
}
