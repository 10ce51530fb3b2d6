package dev.mayfly.check;

import dev.mayfly.token.VerifiedAccessToken;
import java.util.List;
import java.util.Optional;

/// What is to become of a request.
public sealed interface Verdict {
  /// `observed`: what would have been refused by a check that is only tried out. `contentDigest`:
  /// what a signature proved of the content, as `Content-Digest` writes it.
  record Allow(VerifiedAccessToken token, List<Reason> observed, Optional<String> contentDigest)
      implements Verdict {
    public Allow {
      observed = List.copyOf(observed);
    }

    Allow with(Optional<String> digest) {
      return new Allow(token, observed, digest);
    }
  }

  /// As [Allow], once it has been shown and recorded what is demanded.
  record Owing(Allow allow, Demands demands) implements Verdict {}

  /// What a pure decision cannot tell.
  ///
  /// @param proof of possession
  /// @param certificate the certificate that the token is bound to
  /// @param singleUse that the token has not been used
  record Demands(ProofDemand proof, boolean certificate, boolean singleUse) {
    boolean isNothing() {
      return proof == ProofDemand.NONE && !certificate && !singleUse;
    }
  }

  /// A DPoP proof by the key that the token is bound to, a signature over the request, or both,
  /// or one of the two.
  enum ProofDemand {
    NONE,
    DPOP,
    SIGNATURE,
    EITHER,
    BOTH
  }

  /// What a refusal brings along for the next try.
  ///
  /// @param nonce for a DPoP proof
  /// @param signature `Accept-Signature`
  record Offer(Optional<String> nonce, Optional<String> signature) {
    static final Offer NONE = new Offer(Optional.empty(), Optional.empty());

    static Offer ofSignature(String accepted) {
      return new Offer(Optional.empty(), Optional.of(accepted));
    }
  }

  /// `scope`: what the route needs, where that is the reason; `because`: may be shown to the
  /// caller.
  record Deny(
      Reason reason, Optional<VerifiedAccessToken> token, String scope, Offer offer, String because)
      implements Verdict {
    static Deny of(Reason reason) {
      return new Deny(reason, Optional.empty(), "", Offer.NONE, "");
    }

    static Deny of(Reason reason, VerifiedAccessToken token) {
      return of(reason, token, "");
    }

    static Deny of(Reason reason, VerifiedAccessToken token, String because) {
      return new Deny(reason, Optional.of(token), "", Offer.NONE, because);
    }

    Deny offering(Offer brought) {
      return new Deny(reason, token, scope, brought, because);
    }
  }
}
