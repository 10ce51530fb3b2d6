package dev.mayfly.oauth;

import java.util.Collection;
import java.util.Collections;
import java.util.SequencedSet;
import java.util.TreeSet;

/// A set of scope tokens, RFC 6749 §3.3. Order means nothing; sorted, so its text is canonical.
/// Shape of a token: one or more of `%x21 / %x23-5B / %x5D-7E`, case-sensitive.
/// Errors: `IllegalArgumentException` on a malformed token.
public record ScopeSet(SequencedSet<String> tokens) {
  public static final ScopeSet EMPTY = new ScopeSet(new TreeSet<>());

  public ScopeSet {
    for (String token : tokens) {
      requireScopeToken(token);
    }
    tokens = Collections.unmodifiableSequencedSet(new TreeSet<>(tokens));
  }

  public static ScopeSet of(Collection<String> tokens) {
    return new ScopeSet(new TreeSet<>(tokens));
  }

  /// Parses the `scope` parameter: tokens separated by single spaces. The empty text is the
  /// empty set.
  public static ScopeSet parse(String scope) {
    TreeSet<String> tokens = new TreeSet<>();
    if (!scope.isEmpty()) {
      for (String token : scope.split(" ", -1)) {
        tokens.add(token);
      }
    }
    return new ScopeSet(tokens);
  }

  public boolean isEmpty() {
    return tokens.isEmpty();
  }

  public boolean contains(ScopeSet other) {
    return tokens.containsAll(other.tokens);
  }

  public static void requireScopeToken(String token) {
    if (token.isEmpty() || token.length() > 128) {
      throw new IllegalArgumentException("a scope token has 1 to 128 characters");
    }
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c < 0x21 || c > 0x7E || c == '"' || c == '\\') {
        throw new IllegalArgumentException("a scope token has a character outside RFC 6749 §3.3");
      }
    }
  }

  @Override
  public String toString() {
    return String.join(" ", tokens);
  }
}
