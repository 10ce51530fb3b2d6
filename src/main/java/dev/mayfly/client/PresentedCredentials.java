package dev.mayfly.client;

import dev.mayfly.http.Form;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.Credentials.AuthMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The client credentials of a request, before anything is believed. Exactly one method may be
/// used, RFC 6749 §2.3.
sealed interface PresentedCredentials {
  /// RFC 6749 §2.3.1, by header or body.
  record Secret(ClientId client, String secret, AuthMethod method) implements PresentedCredentials {
    @Override
    public String toString() {
      return "Secret[" + client + ", redacted]";
    }
  }

  /// RFC 7523 §2.2, as [ClientAssertion#read]. `named` is the `client_id` parameter, which is
  /// optional there.
  record Assertion(CompactJwt.Read jwt, Optional<String> named) implements PresentedCredentials {
    @Override
    public String toString() {
      return "Assertion[redacted]";
    }
  }

  /// A JWT-SVID, by the SPIFFE draft's own `client_assertion_type`.
  record Svid(String jwt, Optional<String> named) implements PresentedCredentials {
    @Override
    public String toString() {
      return "Svid[redacted]";
    }
  }

  /// Nothing but a `client_id`: what proves it is in the connection, RFC 8705 §2.
  record Named(String clientId) implements PresentedCredentials {}

  record Nothing() implements PresentedCredentials {}

  /// `byHeader`: the Authorization header was used, so that a 401 must name the scheme.
  record Unacceptable(OAuthError error, String because, boolean byHeader)
      implements PresentedCredentials {}

  String ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  String SVID_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

  /// Under whose name the request comes: for counting failures only.
  default Optional<ClientId> claimed() {
    return switch (this) {
      case Secret secret -> Optional.of(secret.client());
      case Named(String name) -> id(name);
      case Assertion(CompactJwt.Read jwt, Optional<String> named) ->
          named.or(() -> subject(jwt)).flatMap(PresentedCredentials::id);
      case Svid(_, Optional<String> named) -> named.flatMap(PresentedCredentials::id);
      case Nothing _, Unacceptable _ -> Optional.empty();
    };
  }

  private static Optional<String> subject(CompactJwt.Read read) {
    return read instanceof CompactJwt.Read.Legible(CompactJwt jwt)
        ? jwt.text("sub")
        : Optional.empty();
  }

  private static Optional<ClientId> id(String name) {
    try {
      return Optional.of(new ClientId(name));
    } catch (IllegalArgumentException noSuchClientCanBe) {
      return Optional.empty();
    }
  }

  static PresentedCredentials parse(List<String> authorization, Form form) {
    boolean byHeader = !authorization.isEmpty();
    boolean bySecret = form.get("client_secret").isPresent();
    boolean byAssertion =
        form.get("client_assertion").isPresent() || form.get("client_assertion_type").isPresent();
    if (authorization.size() > 1
        || (byHeader && (bySecret || byAssertion))
        || (bySecret && byAssertion)) {
      return new Unacceptable(
          OAuthError.INVALID_REQUEST, "more than one client authentication method", byHeader);
    }
    if (byHeader) {
      return basic(authorization.getFirst(), form);
    }
    if (byAssertion) {
      return assertion(form);
    }
    if (bySecret) {
      return form.get("client_id")
          .map(id -> secret(id, form.get("client_secret").get(), AuthMethod.CLIENT_SECRET_POST))
          .orElseGet(
              () -> new Unacceptable(OAuthError.INVALID_REQUEST, "client_id is missing", false));
    }
    return form.get("client_id").<PresentedCredentials>map(Named::new).orElseGet(Nothing::new);
  }

  private static PresentedCredentials basic(String header, Form form) {
    String value = header.strip();
    int space = value.indexOf(' ');
    if (space < 0 || !value.substring(0, space).toLowerCase(Locale.ROOT).equals("basic")) {
      return malformedBasic();
    }
    String id;
    String secret;
    try {
      String pair =
          new String(
              Base64.getDecoder().decode(value.substring(space).strip()), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      if (colon < 0) {
        return malformedBasic();
      }
      // Both are form-urlencoded before they are joined, RFC 6749 §2.3.1.
      id = QueryStringDecoder.decodeComponent(pair.substring(0, colon));
      secret = QueryStringDecoder.decodeComponent(pair.substring(colon + 1));
    } catch (IllegalArgumentException malformed) {
      return malformedBasic();
    }
    if (form.get("client_id").isPresent() && !form.get("client_id").get().equals(id)) {
      return new Unacceptable(
          OAuthError.INVALID_REQUEST, "client_id differs from the one in the header", true);
    }
    return secret(id, secret, AuthMethod.CLIENT_SECRET_BASIC);
  }

  private static PresentedCredentials secret(String id, String secret, AuthMethod method) {
    try {
      return new Secret(new ClientId(id), secret, method);
    } catch (IllegalArgumentException noSuchClientCanBe) {
      return new Unacceptable(
          OAuthError.INVALID_CLIENT,
          "no client can have this client_id",
          method == AuthMethod.CLIENT_SECRET_BASIC);
    }
  }

  private static PresentedCredentials assertion(Form form) {
    if (form.get("client_assertion").isPresent()
        && form.get("client_assertion_type").equals(Optional.of(SVID_TYPE))) {
      return new Svid(form.get("client_assertion").get(), form.get("client_id"));
    }
    if (form.get("client_assertion").isEmpty()
        || !form.get("client_assertion_type").equals(Optional.of(ASSERTION_TYPE))) {
      return new Unacceptable(
          OAuthError.INVALID_REQUEST,
          "client_assertion and client_assertion_type go together; the type is jwt-bearer or"
              + " jwt-spiffe",
          false);
    }
    return new Assertion(
        ClientAssertion.read(form.get("client_assertion").get()), form.get("client_id"));
  }

  private static Unacceptable malformedBasic() {
    return new Unacceptable(
        OAuthError.INVALID_CLIENT, "the Authorization header is not Basic credentials", true);
  }
}
