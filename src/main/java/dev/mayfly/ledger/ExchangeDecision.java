package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Outcome.Refusal;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// Whether a token may be exchanged for another on its grant, decided under the grant's lock: what
/// a token cannot tell of itself. That the new one is no wider was decided before.
final class ExchangeDecision {
  private ExchangeDecision() {}

  /// Empty: it may. Boundary: a grant that ends at `now` has ended.
  static Optional<Refusal> objection(Grant grant, Entry.ExchangeToken request, Instant now) {
    if (!grant.client().equals(request.client())) {
      return Optional.of(Refusal.GRANT_OF_ANOTHER_CLIENT);
    }
    if (!grant.isLiveAt(now)) {
      return Optional.of(Refusal.GRANT_ENDED);
    }
    // The token may be bound to a DPoP key instead; its grant is the instance's all the same.
    if (grant.instance().isPresent() && !grant.instance().equals(request.by())) {
      return Optional.of(Refusal.WRONG_INSTANCE);
    }
    return Optional.empty();
  }

  static AuditEvent exchanged(Entry.ExchangeToken request) {
    return new AuditEvent.TokenExchanged(
        request.context(),
        request.grant(),
        request.jti(),
        request.subject(),
        request.access().scope(),
        request.access().audience(),
        request.attestation().kind(),
        request.attestation().level(),
        request.confirmation(),
        request.access().details());
  }

  static AuditEvent refused(Entry.ExchangeToken request, Refusal refusal) {
    boolean inOtherHands =
        refusal == Refusal.GRANT_OF_ANOTHER_CLIENT || refusal == Refusal.WRONG_INSTANCE;
    return new AuditEvent.ExchangeRefused(
        request.context(),
        request.grant(),
        request.subject(),
        refusal.name().toLowerCase(Locale.ROOT),
        inOtherHands);
  }
}
