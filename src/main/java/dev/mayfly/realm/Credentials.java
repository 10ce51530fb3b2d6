package dev.mayfly.realm;

import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// How a client or a resource server authenticates.
/// Shape: at least one method; a secret exactly when a method needs one, keys exactly when
/// `private_key_jwt` is among them.
/// Errors: `IllegalArgumentException` on any other shape.
public record Credentials(
    Set<AuthMethod> methods, Optional<SecretSource> secret, Optional<PublicKeys> jwks) {

  /// `token_endpoint_auth_method` values, RFC 7591 §2; `private_key_jwt` is OpenID Connect's word
  /// for the client assertion of RFC 7523, `client_secret_jwt` for the one that a secret signs;
  /// the last two are the attestation draft's.
  public enum AuthMethod {
    CLIENT_SECRET_BASIC,
    CLIENT_SECRET_POST,
    CLIENT_SECRET_JWT,
    PRIVATE_KEY_JWT,
    ATTEST_JWT_CLIENT_AUTH,
    ATTEST_JWT_CLIENT_AUTH_DPOP;

    public boolean needsSecret() {
      return switch (this) {
        case CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, CLIENT_SECRET_JWT -> true;
        case PRIVATE_KEY_JWT, ATTEST_JWT_CLIENT_AUTH, ATTEST_JWT_CLIENT_AUTH_DPOP -> false;
      };
    }

    /// Whether the attestation is the whole of the client's authentication.
    public boolean isAttestation() {
      return this == ATTEST_JWT_CLIENT_AUTH || this == ATTEST_JWT_CLIENT_AUTH_DPOP;
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
    if (jwks.isPresent() != methods.contains(AuthMethod.PRIVATE_KEY_JWT)) {
      throw new IllegalArgumentException("keys go with private_key_jwt, and only there");
    }
  }
}
