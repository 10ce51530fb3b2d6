package dev.mayfly.client;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import java.util.Optional;

/// What a request's client authentication amounts to.
sealed interface Authentication {
  record Accepted(AuthenticatedClient client) implements Authentication {}

  /// `because` is for the audit trail, never for the wire; `byHeader` asks for
  /// `WWW-Authenticate`.
  record Refused(OAuthError error, String because, Optional<ClientId> claimed, boolean byHeader)
      implements Authentication {}
}
