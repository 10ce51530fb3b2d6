package dev.mayfly.token;

import dev.mayfly.http.Form;
import dev.mayfly.oauth.AskedAccess;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.ScopeSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A token request, once parsed. RFC 6749 §4.4.2 and §6, RFC 8693 §2.1; `resource`: RFC 8707 §2,
/// `authorization_details`: RFC 9396 §6.
sealed interface TokenRequest {
  String TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

  /// The one type of token that can be exchanged, and that comes of it, RFC 8693 §3.
  String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

  record ClientCredentials(AskedAccess asked) implements TokenRequest {}

  record Refresh(String refreshToken, AskedAccess asked) implements TokenRequest {
    @Override
    public String toString() {
      return "Refresh[redacted]";
    }
  }

  record Exchange(String subjectToken, AskedAccess asked) implements TokenRequest {
    @Override
    public String toString() {
      return "Exchange[redacted]";
    }
  }

  /// `because` may be shown to the client.
  record Unacceptable(OAuthError error, String because) implements TokenRequest {}

  /// `exchanges`: whether the realm knows token exchange.
  static TokenRequest parse(Form form, boolean exchanges) {
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
    Optional<AuthorizationDetails> details;
    try {
      details = form.get("authorization_details").map(DetailsParameter::parse);
    } catch (IllegalArgumentException malformed) {
      return new Unacceptable(OAuthError.INVALID_AUTHORIZATION_DETAILS, malformed.getMessage());
    }
    AskedAccess asked = new AskedAccess(scope, form.all("resource"), details);
    return switch (grantType.get()) {
      case "client_credentials" -> new ClientCredentials(asked);
      case "refresh_token" ->
          form.get("refresh_token")
              .<TokenRequest>map(token -> new Refresh(token, asked))
              .orElseGet(
                  () -> new Unacceptable(OAuthError.INVALID_REQUEST, "refresh_token is missing"));
      case TOKEN_EXCHANGE -> exchanges ? exchange(form, asked) : unsupported();
      default -> unsupported();
    };
  }

  private static TokenRequest unsupported() {
    return new Unacceptable(OAuthError.UNSUPPORTED_GRANT_TYPE, "this grant_type is not supported");
  }

  /// `audience` names what `resource` does: our audiences have one name each.
  private static TokenRequest exchange(Form form, AskedAccess asked) {
    if (form.get("actor_token").isPresent() || form.get("actor_token_type").isPresent()) {
      return new Unacceptable(
          OAuthError.INVALID_REQUEST, "actor_token is not supported: nobody acts for another");
    }
    if (!form.get("requested_token_type").orElse(ACCESS_TOKEN).equals(ACCESS_TOKEN)) {
      return new Unacceptable(
          OAuthError.INVALID_REQUEST, "requested_token_type must be that of an access token");
    }
    if (!form.get("subject_token_type").equals(Optional.of(ACCESS_TOKEN))) {
      return new Unacceptable(
          OAuthError.INVALID_REQUEST, "subject_token_type must be that of an access token");
    }
    List<String> targets =
        Stream.concat(asked.resources().stream(), form.all("audience").stream()).toList();
    return form.get("subject_token")
        .<TokenRequest>map(
            token -> new Exchange(token, new AskedAccess(asked.scope(), targets, asked.details())))
        .orElseGet(() -> new Unacceptable(OAuthError.INVALID_REQUEST, "subject_token is missing"));
  }
}
