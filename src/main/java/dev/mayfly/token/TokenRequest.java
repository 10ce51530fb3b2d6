package dev.mayfly.token;

import dev.mayfly.http.Form;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.ScopeSet;
import java.util.List;
import java.util.Optional;

/// A token request, once parsed. RFC 6749 §4.4.2 and §6; `resources`: RFC 8707 §2.
sealed interface TokenRequest {
  record ClientCredentials(Optional<ScopeSet> scope, List<String> resources)
      implements TokenRequest {}

  record Refresh(String refreshToken, Optional<ScopeSet> scope, List<String> resources)
      implements TokenRequest {
    @Override
    public String toString() {
      return "Refresh[redacted]";
    }
  }

  /// `because` may be shown to the client.
  record Unacceptable(OAuthError error, String because) implements TokenRequest {}

  static TokenRequest parse(Form form) {
    Optional<String> grantType = form.get("grant_type");
    if (grantType.isEmpty()) {
      return new Unacceptable(OAuthError.INVALID_REQUEST, "grant_type is missing");
    }
    Optional<ScopeSet> scope;
    try {
      scope = form.get("scope").map(ScopeSet::parse);
    } catch (IllegalArgumentException malformed) {
      return new Unacceptable(OAuthError.INVALID_SCOPE, "scope is malformed");
    }
    return switch (grantType.get()) {
      case "client_credentials" -> new ClientCredentials(scope, form.all("resource"));
      case "refresh_token" ->
          form.get("refresh_token")
              .<TokenRequest>map(token -> new Refresh(token, scope, form.all("resource")))
              .orElseGet(
                  () -> new Unacceptable(OAuthError.INVALID_REQUEST, "refresh_token is missing"));
      default ->
          new Unacceptable(OAuthError.UNSUPPORTED_GRANT_TYPE, "this grant_type is not supported");
    };
  }
}
