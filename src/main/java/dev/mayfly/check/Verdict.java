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

  /// As [Allow], once it has been shown and recorded what is demanded.
  record Owing(Allow allow, Demands demands) implements Verdict {}

  /// What a pure decision cannot tell.
  ///
  /// @param dpop a DPoP proof by the key that the token is bound to
  /// @param certificate the certificate that the token is bound to
  /// @param singleUse that the token has not been used
  record Demands(boolean dpop, boolean certificate, boolean singleUse) {
    boolean isNothing() {
      return !dpop && !certificate && !singleUse;
    }
  }

  /// `scope`: what the route needs, where that is the reason; `nonce`: for the next DPoP proof.
  record Deny(
      Reason reason, Optional<VerifiedAccessToken> token, String scope, Optional<String> nonce)
      implements Verdict {
    static Deny of(Reason reason) {
      return new Deny(reason, Optional.empty(), "", Optional.empty());
    }

    static Deny of(Reason reason, VerifiedAccessToken token) {
      return new Deny(reason, Optional.of(token), "", Optional.empty());
    }
  }
}
