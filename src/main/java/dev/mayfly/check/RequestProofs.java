package dev.mayfly.check;

import dev.mayfly.attestation.Challenges;
import dev.mayfly.attestation.DpopEvidence;
import dev.mayfly.attestation.DpopGate;
import dev.mayfly.attestation.DpopResult;
import dev.mayfly.check.Verdict.Offer;
import dev.mayfly.check.Verdict.ProofDemand;
import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.token.VerifiedAccessToken;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a request shows beside its token, held against what is demanded of it: a certificate, a
/// DPoP proof, a signature.
@Singleton
class RequestProofs {
  private final DpopGate dpop;
  private final SignatureGate signatures;
  private final Challenges challenges;

  @Inject
  RequestProofs(DpopGate dpop, SignatureGate signatures, Challenges challenges) {
    this.dpop = dpop;
    this.signatures = signatures;
    this.challenges = challenges;
  }

  /// What of a request can prove something. `content`: empty where the proxy sends none along.
  record Shown(MultiMap headers, PresentedCertificate certificate, Buffer content) {}

  sealed interface Result {
    /// The marks are not claimed yet; `replayed` is the reason when one of them is taken.
    record Proved(Verdict.Allow allow, List<ReplayMark> marks, Reason replayed) implements Result {
      static Proved nothing(Verdict.Allow allow) {
        return new Proved(allow, List.of(), Reason.TOKEN_SPENT);
      }

      Proved and(Proved other) {
        List<ReplayMark> both = new ArrayList<>(marks);
        both.addAll(other.marks());
        return new Proved(other.allow(), both, other.replayed());
      }
    }

    record Refused(Verdict.Deny deny) implements Result {}
  }

  /// One request, and what is demanded of it.
  private record Asked(
      Arrival.At at, OriginalRequest request, Shown shown, Verdict.Allow allow, boolean either) {
    VerifiedAccessToken token() {
      return allow.token();
    }

    SignedRequest signed() {
      return new SignedRequest(request, shown.headers()::getAll, shown.content().getBytes());
    }
  }

  Uni<Result> verify(Arrival.At at, OriginalRequest request, Shown shown, Verdict.Owing owing) {
    VerifiedAccessToken token = owing.allow().token();
    if (owing.demands().certificate()) {
      Optional<Reason> objection = objection(shown.certificate(), token);
      if (objection.isPresent()) {
        return Uni.createFrom().item(new Result.Refused(Verdict.Deny.of(objection.get(), token)));
      }
    }
    ProofDemand demand = owing.demands().proof();
    Asked asked = new Asked(at, request, shown, owing.allow(), demand == ProofDemand.EITHER);
    return switch (demand) {
      case NONE -> Uni.createFrom().item(Result.Proved.nothing(owing.allow()));
      case DPOP -> proof(asked);
      case SIGNATURE -> signature(asked);
      // Which of the two is the tool's to choose.
      case EITHER ->
          SignatureGate.isSigned(asked.signed(), at.facts().received())
              ? signature(asked)
              : proof(asked);
      case BOTH -> both(asked);
    };
  }

  private Uni<Result> both(Asked asked) {
    return proof(asked)
        .chain(
            result ->
                switch (result) {
                  case Result.Refused refused -> Uni.createFrom().item(refused);
                  case Result.Proved proved -> signature(asked).map(signed -> and(proved, signed));
                });
  }

  private static Result and(Result.Proved proved, Result signed) {
    return switch (signed) {
      case Result.Refused refused -> refused;
      case Result.Proved also -> proved.and(also);
    };
  }

  private static Optional<Reason> objection(
      PresentedCertificate certificate, VerifiedAccessToken token) {
    return switch (certificate) {
      case PresentedCertificate.None _ -> Optional.of(Reason.PROOF_MISSING);
      case PresentedCertificate.Unacceptable _ -> Optional.of(Reason.CERTIFICATE_WRONG);
      case PresentedCertificate.Chain chain ->
          TokenBinding.certificate(token).equals(Optional.of(TokenBinding.sha256(chain.leafDer())))
              ? Optional.empty()
              : Optional.of(Reason.CERTIFICATE_WRONG);
    };
  }

  private Uni<Result> proof(Asked asked) {
    OriginalRequest request = asked.request();
    if (request.origin().isEmpty()) {
      // Without scheme and host nobody can tell for which address a proof was made.
      return refuseProof(asked, Reason.PROOF_INVALID);
    }
    return dpop.verify(
            asked.at(),
            request.method(),
            request.origin().get() + request.path(),
            asked.shown().headers())
        .chain(
            result ->
                switch (result) {
                  case DpopResult.Absent _ -> refuseProof(asked, Reason.PROOF_MISSING);
                  case DpopResult.Refused(OAuthError error, _) ->
                      refuseProof(
                          asked,
                          error == OAuthError.USE_DPOP_NONCE
                              ? Reason.PROOF_NONCE_STALE
                              : Reason.PROOF_INVALID);
                  case DpopResult.Accepted(DpopEvidence proof) ->
                      isOf(proof, request, asked.token())
                          ? proved(asked, proof.mark().inEra(proof.era()), Reason.PROOF_REPLAYED)
                          : refuseProof(asked, Reason.PROOF_INVALID);
                });
  }

  private static Uni<Result> proved(Asked asked, ReplayMark mark, Reason replayed) {
    return Uni.createFrom().item(new Result.Proved(asked.allow(), List.of(mark), replayed));
  }

  /// By the key that the token is bound to, and for this token.
  private static boolean isOf(
      DpopEvidence proof, OriginalRequest request, VerifiedAccessToken token) {
    String presented = request.credentials().orElseThrow().token();
    return TokenBinding.key(token).equals(Optional.of(proof.jkt().value()))
        && proof.accessTokenHash().equals(Optional.of(TokenBinding.accessTokenHash(presented)));
  }

  /// Whether a proof that was made so long ago was used nobody can tell any more; with a nonce of
  /// now it can be made again.
  Uni<Verdict> refuseAged(Arrival.At at, VerifiedAccessToken token) {
    return challenges
        .issue(at.realm().name())
        .map(
            nonce ->
                Verdict.Deny.of(Reason.PROOF_NONCE_STALE, token)
                    .offering(new Offer(Optional.of(nonce), Optional.empty())));
  }

  /// With a nonce for the next try, RFC 9449 §8.
  private Uni<Result> refuseProof(Asked asked, Reason reason) {
    Optional<String> signature =
        asked.either() ? Optional.of(MessageSignature.accepted(asked.signed())) : Optional.empty();
    return challenges
        .issue(asked.at().realm().name())
        .map(
            nonce ->
                new Result.Refused(
                    Verdict.Deny.of(reason, asked.token())
                        .offering(new Offer(Optional.of(nonce), signature))));
  }

  private Uni<Result> signature(Asked asked) {
    SignedRequest signed = asked.signed();
    return signatures
        .verify(asked.at(), signed, asked.token())
        .map(
            result ->
                switch (result) {
                  case SignatureGate.Result.Refused(Reason reason, String because) ->
                      new Result.Refused(
                          Verdict.Deny.of(reason, asked.token(), because)
                              .offering(Offer.ofSignature(MessageSignature.accepted(signed))));
                  case SignatureGate.Result.Accepted(
                          ReplayMark mark,
                          Optional<String> contentDigest) ->
                      new Result.Proved(
                          asked.allow().with(contentDigest),
                          List.of(mark),
                          Reason.SIGNATURE_REPLAYED);
                });
  }
}
