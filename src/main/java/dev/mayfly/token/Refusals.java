package dev.mayfly.token;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.client.ClientDoor;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Outcome;
import dev.mayfly.oauth.OAuthError;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;

/// How token requests are refused: recorded first, answered after.
@ApplicationScoped
class Refusals {
  private final ClientDoor door;
  private final Ledger ledger;

  @Inject
  Refusals(ClientDoor door, Ledger ledger) {
    this.door = door;
    this.ledger = ledger;
  }

  Uni<Response> refuse(Entered.In in, OAuthError error, String because) {
    return refuse(in, error, because, because);
  }

  /// `because` is for the audit trail, `told` for the client.
  Uni<Response> refuse(Entered.In in, OAuthError error, String because, String told) {
    return refuse(in, new AuditEvent.TokenRefused(Shown.context(in), error, because), error, told);
  }

  Uni<Response> refuse(Entered.In in, AuditEvent event, OAuthError error, String told) {
    return ledger
        .record(new Entry.Note(event, in.client().marks()))
        .chain(
            outcome ->
                switch (outcome) {
                  case Outcome.Refused(Outcome.Refusal refusal) -> answer(in, refusal);
                  case Outcome.Noted _, Outcome.Recorded _, Outcome.Ended _ ->
                      error == OAuthError.INVALID_DPOP_PROOF
                          ? door.answer(in.at(), error, told, in.byHeader())
                          : Uni.createFrom()
                              .item(
                                  error == OAuthError.INVALID_GRANT
                                      ? invalidGrant()
                                      : Answers.error(error, told).build());
                });
  }

  /// The ledger has written the audit row already.
  Uni<Response> answer(Entered.In in, Outcome.Refusal refusal) {
    return switch (refusal) {
      case PROOF_REPLAYED, PROOF_TOO_OLD, PROOF_OF_ANOTHER_ERA, CLIENT_NOT_ACTIVE ->
          door.answer(in.at(), OAuthError.INVALID_CLIENT, "", in.byHeader());
      case VIEW_IS_STALE ->
          Uni.createFrom().item(Answers.unavailable("this replica is behind; ask again"));
      case DPOP_PROOF_SPENT ->
          door.answer(in.at(), OAuthError.INVALID_DPOP_PROOF, "", in.byHeader());
      case TARGET_EXCEEDED ->
          error(OAuthError.INVALID_TARGET, "the resource is not one that was granted");
      case SCOPE_EXCEEDED ->
          error(OAuthError.INVALID_SCOPE, "the scope exceeds the one that was granted");
      case AUTHORIZATION_DETAILS_EXCEEDED ->
          error(
              OAuthError.INVALID_AUTHORIZATION_DETAILS,
              "the authorization_details exceed those that were granted");
      case GRANT_UNKNOWN,
          GRANT_ENDED,
          GRANT_OF_ANOTHER_CLIENT,
          GRANT_NOT_AS_SEEN,
          NO_REFRESH_TOKEN,
          REFRESH_TOKEN_LAPSED,
          REFRESH_TOKEN_REPLAYED,
          LATE_DUPLICATE,
          WRONG_INSTANCE,
          WRONG_KEY ->
          Uni.createFrom().item(invalidGrant());
    };
  }

  private static Uni<Response> error(OAuthError error, String told) {
    return Uni.createFrom().item(Answers.error(error, told).build());
  }

  /// One text for every reason: which it was is nobody's business but the audit trail's.
  private static Response invalidGrant() {
    return Answers.error(OAuthError.INVALID_GRANT, "the refresh token is not valid").build();
  }
}
