package dev.mayfly.oauth;

import java.util.List;

/// What a token may be used for, and where. `audience` in order of preference, without
/// repetitions.
public record Access(ScopeSet scope, List<String> audience, AuthorizationDetails details) {
  public Access {
    audience = audience.stream().distinct().toList();
  }
}
