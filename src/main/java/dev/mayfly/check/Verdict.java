package dev.mayfly.check;

import dev.mayfly.token.VerifiedAccessToken;
import java.util.List;
import java.util.Optional;

/// What is to become of a request.
public sealed interface Verdict {
  /// `observed`: what would have been refused by a check that is only tried out.
  record Allow(VerifiedAccessToken token, List<Reason> observed) implements Verdict {
    public Allow {
      observed = List.copyOf(observed);
    }
  }

  /// As [Allow], once the token has been spent: it is good for this request alone.
  record AllowOnce(Allow allow) implements Verdict {}

  /// `scope`: what the route needs, where that is the reason.
  record Deny(Reason reason, Optional<VerifiedAccessToken> token, String scope)
      implements Verdict {}
}
