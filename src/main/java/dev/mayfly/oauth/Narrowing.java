package dev.mayfly.oauth;

import java.util.List;
import java.util.Optional;

/// The one rule by which a token gets the same as another or less: never more, and never a part
/// of what was asked for. RFC 6749 §6 and RFC 8693 for scope, RFC 8707 §2.2 for resources, RFC
/// 9396 §6.1 for authorization details.
public sealed interface Narrowing {
  record Narrowed(Access access) implements Narrowing {}

  record Exceeded(Limit limit) implements Narrowing {}

  enum Limit {
    SCOPE,
    TARGET,
    AUTHORIZATION_DETAILS
  }

  /// Of something that has `granted`, for a client that may have `allowed` by now.
  static Narrowing decide(Access granted, Access allowed, AskedAccess asked) {
    ScopeSet scope = asked.scope().orElse(granted.scope());
    if (!granted.scope().contains(scope) || !allowed.scope().contains(scope)) {
      return new Exceeded(Limit.SCOPE);
    }
    List<String> still = granted.audience().stream().filter(allowed.audience()::contains).toList();
    List<String> audience = asked.resources().isEmpty() ? still : asked.resources();
    if (audience.isEmpty() || !still.containsAll(audience)) {
      return new Exceeded(Limit.TARGET);
    }
    return details(granted.details(), allowed.details(), asked.details(), audience)
        .<Narrowing>map(details -> new Narrowed(new Access(scope, audience, details)))
        .orElseGet(() -> new Exceeded(Limit.AUTHORIZATION_DETAILS));
  }

  /// A client without limits of its own may not ask for any; leaving the parameter out widens
  /// nothing. Empty: more than is allowed, or nothing for this audience.
  static Optional<AuthorizationDetails> details(
      AuthorizationDetails granted,
      AuthorizationDetails allowed,
      Optional<AuthorizationDetails> asked,
      List<String> audience) {
    if (asked.isPresent()) {
      return asked
          .filter(_ -> !allowed.isEmpty())
          .filter(details -> details.isWithin(granted) && details.isWithin(allowed))
          .filter(details -> details.at(audience).equals(asked));
    }
    AuthorizationDetails whole = granted.isEmpty() ? allowed : granted;
    return whole.at(audience).filter(details -> details.isWithin(allowed));
  }
}
