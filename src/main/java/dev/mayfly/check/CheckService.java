package dev.mayfly.check;

import dev.mayfly.attestation.Challenges;
import dev.mayfly.attestation.DpopEvidence;
import dev.mayfly.attestation.DpopGate;
import dev.mayfly.attestation.DpopResult;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.LiveGrants;
import dev.mayfly.token.VerifiedAccessToken;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// From a request that a trusted proxy asks about to its verdict. A request that may pass with a
/// token for many uses costs no question to the database.
@ApplicationScoped
public class CheckService {
  /// Audit rows of the check that wait to be written. More at once are only counted: somebody who
  /// hammers at the door must not fill the trail, nor slow down issuance.
  private static final int MOST_NOTES = 64;

  private final LiveGrants live;
  private final DpopGate dpop;
  private final Challenges challenges;
  private final Ledger ledger;
  private final MeterRegistry meters;
  private final KnownTokens tokens = new KnownTokens();
  private final AtomicInteger notes = new AtomicInteger();

  @Inject
  CheckService(
      LiveGrants live, DpopGate dpop, Challenges challenges, Ledger ledger, MeterRegistry meters) {
    this.live = live;
    this.dpop = dpop;
    this.challenges = challenges;
    this.ledger = ledger;
    this.meters = meters;
  }

  /// What of a request can prove something beside its token.
  record Shown(MultiMap headers, PresentedCertificate certificate) {}

  /// Errors: [LedgerUnavailableException] when what is known of revocations is too old, or what
  /// may be used once cannot be spent.
  Uni<Verdict> check(Arrival.At at, OriginalRequest request, Shown shown) {
    Verdict decided;
    try {
      decided = decide(at, request);
    } catch (LedgerUnavailableException stale) {
      return Uni.createFrom().failure(stale);
    }
    return decided instanceof Verdict.Owing owing
        ? settle(at, request, shown, owing).map(verdict -> told(at, request, verdict))
        : Uni.createFrom().item(told(at, request, decided));
  }

  private Verdict decide(Arrival.At at, OriginalRequest request) {
    if (request.credentials().isEmpty()) {
      return Verdict.Deny.of(Reason.TOKEN_MISSING);
    }
    Optional<VerifiedAccessToken> token =
        tokens.verify(request.credentials().get().token(), at.realm(), at.facts().received());
    if (token.isEmpty()) {
      return Verdict.Deny.of(Reason.TOKEN_INVALID);
    }
    if (!live.isFresh()) {
      throw new LedgerUnavailableException("the revocations known here are too old");
    }
    return new RequestCheck(at.realm(), at.facts(), request, token.get()).decide(live::isRevoked);
  }

  private Uni<Verdict> settle(
      Arrival.At at, OriginalRequest request, Shown shown, Verdict.Owing owing) {
    VerifiedAccessToken token = owing.allow().token();
    if (owing.demands().certificate()) {
      Optional<Reason> objection = objection(shown.certificate(), token);
      if (objection.isPresent()) {
        return Uni.createFrom().item(Verdict.Deny.of(objection.get(), token));
      }
    }
    if (!owing.demands().dpop()) {
      return spend(at, owing, List.of());
    }
    if (request.origin().isEmpty()) {
      // Without scheme and host nobody can tell for which address a proof was made.
      return refuseProof(at, Reason.PROOF_INVALID, token);
    }
    return dpop.verify(
            at, request.method(), request.origin().get() + request.path(), shown.headers())
        .chain(
            result ->
                switch (result) {
                  case DpopResult.Absent _ -> refuseProof(at, Reason.PROOF_MISSING, token);
                  case DpopResult.Refused(OAuthError error, _) ->
                      refuseProof(
                          at,
                          error == OAuthError.USE_DPOP_NONCE
                              ? Reason.PROOF_NONCE_STALE
                              : Reason.PROOF_INVALID,
                          token);
                  case DpopResult.Accepted(DpopEvidence proof) ->
                      isOf(proof, request, token)
                          ? spend(at, owing, List.of(proof.mark()))
                          : refuseProof(at, Reason.PROOF_INVALID, token);
                });
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

  /// By the key that the token is bound to, and for this token.
  private static boolean isOf(
      DpopEvidence proof, OriginalRequest request, VerifiedAccessToken token) {
    String presented = request.credentials().orElseThrow().token();
    return TokenBinding.key(token).equals(Optional.of(proof.jkt().value()))
        && proof.accessTokenHash().equals(Optional.of(TokenBinding.accessTokenHash(presented)));
  }

  /// With a nonce for the next try, RFC 9449 §8.
  private Uni<Verdict> refuseProof(Arrival.At at, Reason reason, VerifiedAccessToken token) {
    return challenges
        .issue(at.realm().name())
        .map(nonce -> new Verdict.Deny(reason, Optional.of(token), "", Optional.of(nonce)));
  }

  private Uni<Verdict> spend(Arrival.At at, Verdict.Owing owing, List<ReplayMark> proofs) {
    VerifiedAccessToken token = owing.allow().token();
    List<ReplayMark> marks = new ArrayList<>(proofs);
    if (owing.demands().singleUse()) {
      marks.add(SingleUse.mark(at.realm().name(), token));
    }
    if (marks.isEmpty()) {
      return Uni.createFrom().item(owing.allow());
    }
    Reason spent = proofs.isEmpty() ? Reason.TOKEN_SPENT : Reason.PROOF_REPLAYED;
    return ledger
        .claim(context(at, token), marks)
        .map(first -> first ? owing.allow() : Verdict.Deny.of(spent, token));
  }

  /// The trail has what is worth knowing of the verdict; nobody waits for it: a refusal is safe
  /// without its row.
  private Verdict told(Arrival.At at, OriginalRequest request, Verdict verdict) {
    switch (verdict) {
      case Verdict.Allow allow -> {
        for (Reason reason : allow.observed()) {
          note(
              new AuditEvent.RequestObserved(
                  context(at, allow.token()),
                  allow.token().grant(),
                  jti(allow.token()),
                  reason.code(),
                  request.line()));
        }
      }
      case Verdict.Deny deny ->
          deny.token()
              .ifPresent(
                  token ->
                      note(
                          new AuditEvent.RequestDenied(
                              context(at, token),
                              token.grant(),
                              jti(token),
                              deny.reason().code(),
                              request.line(),
                              isLoud(deny.reason()))));
      case Verdict.Owing _ -> throw new IllegalStateException("something is still owed");
    }
    return verdict;
  }

  /// A token in other hands, or used after its end was ordered.
  private static boolean isLoud(Reason reason) {
    return switch (reason) {
      case COUNTRY_CHANGED, TOKEN_SPENT, PROOF_REPLAYED -> true;
      case PROOF_MISSING, PROOF_INVALID, CERTIFICATE_WRONG -> true;
      case PROOF_NONCE_STALE -> false;
      case PROXY_NOT_TRUSTED, REQUEST_UNREADABLE, PATH_AMBIGUOUS, METHOD_OVERRIDDEN -> false;
      case TOKEN_MISSING, TOKEN_INVALID, AUDIENCE_WRONG, GRANT_REVOKED -> false;
      case CLIENT_NOT_ACTIVE, ADDRESS_NOT_ALLOWED, COUNTRY_NOT_ALLOWED -> false;
      case COUNTRY_UNKNOWN, OUTSIDE_HOURS, NO_ROUTE, SCOPE_INSUFFICIENT -> false;
      case AUTHORIZATION_DETAILS_INSUFFICIENT -> false;
    };
  }

  private void note(AuditEvent event) {
    if (notes.incrementAndGet() > MOST_NOTES) {
      notes.decrementAndGet();
      meters.counter("mayfly.check.unrecorded").increment();
      return;
    }
    ledger
        .record(new Entry.Note(event, List.of()))
        .onTermination()
        .invoke(() -> notes.decrementAndGet())
        .subscribe()
        .with(_ -> {}, _ -> meters.counter("mayfly.check.unrecorded").increment());
  }

  private static AuditContext context(Arrival.At at, VerifiedAccessToken token) {
    return at.facts().context(Optional.of(token.client()));
  }

  private static Jti jti(VerifiedAccessToken token) {
    return new Jti(token.claims().getJWTID());
  }
}
