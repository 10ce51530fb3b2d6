package dev.mayfly.oauth;

import java.util.List;
import java.util.Optional;

/// What a request asks for of what it might get. Empty: it did not say.
///
/// @param resources RFC 8707 §2
/// @param details RFC 9396 §6
public record AskedAccess(
    Optional<ScopeSet> scope, List<String> resources, Optional<AuthorizationDetails> details) {
  public AskedAccess {
    scope = scope.filter(asked -> !asked.isEmpty());
    resources = List.copyOf(resources);
  }
}
