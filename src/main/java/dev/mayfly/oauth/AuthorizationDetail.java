package dev.mayfly.oauth;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/// One element of `authorization_details`, RFC 9396 §2: its `type` says how it is read and what
/// lies within what. There is no comparison of JSON.
public sealed interface AuthorizationDetail permits ExchangeOrder {
  /// The value of the `type` member, RFC 9396 §2.1.
  String type();

  /// Whether whatever this allows is allowed by `other` too.
  boolean isWithin(AuthorizationDetail other);

  /// What is left of it in a token that is for this audience only; empty: nothing.
  Optional<AuthorizationDetail> at(Collection<String> audience);

  /// Its members as texts, lists and mappings, in their canonical order.
  Map<String, Object> members();
}
