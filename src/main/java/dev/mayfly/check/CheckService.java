package dev.mayfly.check;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.ledger.Outcome;
import dev.mayfly.ledger.Outcome.Refusal;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.limits.Standing;
import dev.mayfly.oauth.Jti;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.LiveGrants;
import dev.mayfly.token.KnownTokens;
import dev.mayfly.token.VerifiedAccessToken;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// From a request that a trusted proxy asks about to its verdict. A request that may pass with a
/// token for many uses costs no question to the database.
@Singleton
public class CheckService {
  /// Audit rows of the check that wait to be written. More at once are only counted: somebody who
  /// hammers at the door must not fill the trail, nor slow down issuance.
  private static final int MOST_NOTES = 64;

  /// No reason to refuse: the address is one of the allowed.
  private static final String NEW_ADDRESS = "address_new";

  private final KnownTokens tokens;
  private final LiveGrants live;
  private final RequestProofs proofs;
  private final Ledger ledger;
  private final MeterRegistry meters;
  private final Sightings sightings = new Sightings(System::nanoTime);
  private final Metering metering;
  private final AtomicInteger notes = new AtomicInteger();

  @Inject
  CheckService(
      KnownTokens tokens,
      LiveGrants live,
      RequestProofs proofs,
      Ledger ledger,
      MeterRegistry meters,
      Metering metering) {
    this.tokens = tokens;
    this.live = live;
    this.proofs = proofs;
    this.ledger = ledger;
    this.meters = meters;
    this.metering = metering;
  }

  /// The verdict, and how the client stands with its quota where it has one.
  record Judged(Verdict verdict, Optional<Standing> quota) {
    private static Judged over(Standing quota) {
      return new Judged(Verdict.Deny.of(Reason.QUOTA_EXCEEDED), Optional.of(quota));
    }
  }

  /// Most requests need nothing that has to be waited for.
  sealed interface Answer {
    record Now(Judged judged) implements Answer {}

    /// Errors: [LedgerUnavailableException] when what is known of revocations is too old, or what
    /// may be used once cannot be spent; those of the HSM.
    final class Later implements Answer {
      private final Uni<Judged> judged;

      private Later(Uni<Judged> judged) {
        this.judged = judged;
      }

      Uni<Judged> judged() {
        return judged;
      }
    }
  }

  Answer check(Arrival.At at, OriginalRequest request, RequestProofs.Shown shown) {
    Optional<Standing> slowed = slowed(at, request);
    if (slowed.isPresent()) {
      return new Answer.Now(Judged.over(slowed.get()));
    }
    Verdict decided;
    try {
      decided = decide(at, request);
    } catch (LedgerUnavailableException stale) {
      return new Answer.Later(Uni.createFrom().failure(stale));
    }
    return switch (decided) {
      case Verdict.Deny deny ->
          new Answer.Now(new Judged(told(at, request, deny), Optional.empty()));
      case Verdict.Allow allow -> new Answer.Now(metered(at, request, allow));
      case Verdict.Owing owing -> {
        Optional<Standing> exhausted = metering.exhausted(at, owing.allow().token());
        yield exhausted.isPresent()
            ? new Answer.Now(Judged.over(exhausted.get()))
            // Deferred: a fault of ours is a failure too, and so a 503.
            : new Answer.Later(
                Uni.createFrom()
                    .deferred(() -> settle(at, request, shown, owing))
                    .map(settled -> metered(at, request, settled)));
      }
    };
  }

  private Optional<Standing> slowed(Arrival.At at, OriginalRequest request) {
    return request
        .credentials()
        .map(OriginalRequest.Credentials::token)
        .filter(token -> !tokens.has(token, at.realm().name()))
        .flatMap(unseen -> metering.slowed(at, unseen));
  }

  private Judged metered(Arrival.At at, OriginalRequest request, Verdict settled) {
    Optional<Standing> quota =
        settled instanceof Verdict.Allow allow
            ? metering.take(at, allow.token())
            : Optional.empty();
    return quota.isPresent() && !quota.get().within()
        ? Judged.over(quota.get())
        : new Judged(told(at, request, settled), quota);
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
    return new RequestCheck(at.realm(), at.facts(), request, token.get())
        .decide(live::isRevoked, sightings::last);
  }

  private Uni<Verdict> settle(
      Arrival.At at, OriginalRequest request, RequestProofs.Shown shown, Verdict.Owing owing) {
    return proofs
        .verify(at, request, shown, owing)
        .chain(
            result ->
                switch (result) {
                  case RequestProofs.Result.Refused(Verdict.Deny deny) ->
                      Uni.createFrom().item(deny);
                  case RequestProofs.Result.Proved proved ->
                      spend(at, proved, owing.demands().singleUse());
                });
  }

  private Uni<Verdict> spend(Arrival.At at, RequestProofs.Result.Proved proved, boolean singleUse) {
    VerifiedAccessToken token = proved.allow().token();
    List<ReplayMark> marks = new ArrayList<>(proved.marks());
    if (singleUse) {
      marks.add(SingleUse.mark(at.realm().name(), token));
    }
    if (marks.isEmpty()) {
      return Uni.createFrom().item(proved.allow());
    }
    return ledger
        .present(context(at, token), marks)
        .chain(
            outcome ->
                switch (outcome) {
                  case Outcome.Noted _ -> Uni.createFrom().<Verdict>item(proved.allow());
                  case Outcome.Refused(Refusal refusal)
                      when refusal == Refusal.PROOF_OF_ANOTHER_ERA ->
                      proofs.refuseAged(at, token);
                  default -> Uni.createFrom().item(Verdict.Deny.of(proved.replayed(), token));
                });
  }

  /// The trail has what is worth knowing of the verdict; nobody waits for it: a refusal is safe
  /// without its row.
  private Verdict told(Arrival.At at, OriginalRequest request, Verdict verdict) {
    metering.count(at, request, verdict);
    switch (verdict) {
      case Verdict.Allow allow -> {
        allow.observed().forEach(reason -> observed(at, request, allow, reason.code()));
        if (sightings.isNewAddress(allow.token(), at.facts())) {
          observed(at, request, allow, NEW_ADDRESS);
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

  private void observed(
      Arrival.At at, OriginalRequest request, Verdict.Allow allow, String reason) {
    VerifiedAccessToken token = allow.token();
    note(
        new AuditEvent.RequestObserved(
            context(at, token), token.grant(), jti(token), reason, request.line()));
  }

  /// A token in other hands, or used after its end was ordered.
  private static boolean isLoud(Reason reason) {
    return switch (reason) {
      case COUNTRY_CHANGED, IMPOSSIBLE_TRAVEL, TOKEN_SPENT, PROOF_REPLAYED -> true;
      case PROOF_MISSING, PROOF_INVALID, CERTIFICATE_WRONG -> true;
      case SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_REPLAYED -> true;
      case DIGEST_MISSING, DIGEST_WRONG -> true;
      case PROOF_NONCE_STALE, SIGNATURE_OUTSIDE_WINDOW, QUOTA_EXCEEDED -> false;
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
