package dev.mayfly.token;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Grant;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Outcome;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.Narrowing;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.AttestationLevel;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

/// Token exchange, RFC 8693, for narrowing only: a client hands a part of its work a token that is
/// worth less. The new token stands on the grant of the old one, so that whatever ends that ends
/// both. There is no refresh token with it.
@ApplicationScoped
class TokenExchange {
  /// One text for every reason: which it was is nobody's business but the audit trail's.
  private static final String BAD_SUBJECT = "the subject_token is not valid";

  private final Ledger ledger;
  private final Issuance issuance;
  private final Refusals refusals;
  private final TokenNames names;
  private final AccessTokenVerifier verifier;

  @Inject
  TokenExchange(
      Ledger ledger,
      Issuance issuance,
      Refusals refusals,
      TokenNames names,
      AccessTokenVerifier verifier) {
    this.ledger = ledger;
    this.issuance = issuance;
    this.refusals = refusals;
    this.names = names;
    this.verifier = verifier;
  }

  Uni<Response> answer(Entered.In in, ClientConfig client, TokenRequest.Exchange wanted) {
    if (!client.tokenExchange()) {
      return refusals.refuse(
          in, OAuthError.UNAUTHORIZED_CLIENT, "the client may not exchange tokens");
    }
    Optional<SubjectToken> subject =
        verifier
            .verify(wanted.subjectToken(), in.at().realm(), in.at().facts().received())
            .flatMap(SubjectToken::of);
    if (subject.isEmpty()) {
      // RFC 8693 §2.2.2: not `invalid_grant`.
      return refusals.refuse(
          in,
          OAuthError.INVALID_REQUEST,
          "the subject_token is no valid access token of this realm",
          BAD_SUBJECT);
    }
    Optional<String> objection =
        subject
            .get()
            .objection(
                client.clientId(),
                in.client().dpop().isPresent() ? TokenType.DPOP : TokenType.BEARER,
                Shown.keys(in));
    return objection.isPresent()
        ? refusals.refuse(
            in,
            new AuditEvent.ExchangeRefused(
                Shown.context(in),
                subject.get().grant(),
                subject.get().jti(),
                objection.get(),
                true),
            OAuthError.INVALID_REQUEST,
            BAD_SUBJECT)
        : narrow(in, client, subject.get(), wanted);
  }

  private Uni<Response> narrow(
      Entered.In in, ClientConfig client, SubjectToken subject, TokenRequest.Exchange wanted) {
    RealmConfig realm = in.at().realm().config();
    AttestationLevel level = level(in, subject);
    Access allowed =
        new Access(
            ScopeDecision.allowed(realm, client, level),
            client.audiences(),
            client.authorizationDetails());
    return switch (Narrowing.decide(subject.access(), allowed, wanted.asked())) {
      case Narrowing.Exceeded(Narrowing.Limit limit) -> refuse(in, limit);
      case Narrowing.Narrowed(Access access) ->
          names.next(in.at().realm()).chain(jti -> record(in, client, subject, level, access, jti));
    };
  }

  /// What was proved now, and no more than the subject says: the lower of the two.
  private static AttestationLevel level(Entered.In in, SubjectToken subject) {
    AttestationLevel proved = Shown.level(in);
    // A level that the realm does not know any more is worth nothing.
    AttestationLevel claimed =
        in.at()
            .realm()
            .config()
            .levels()
            .find(subject.attestationLevel())
            .orElse(AttestationLevel.NONE);
    return proved.covers(claimed) ? claimed : proved;
  }

  private Uni<Response> refuse(Entered.In in, Narrowing.Limit limit) {
    return switch (limit) {
      case SCOPE ->
          refusals.refuse(
              in, OAuthError.INVALID_SCOPE, "the scope exceeds that of the subject_token");
      case TARGET ->
          refusals.refuse(
              in, OAuthError.INVALID_TARGET, "the subject_token is not for this resource");
      case AUTHORIZATION_DETAILS ->
          refusals.refuse(
              in,
              OAuthError.INVALID_AUTHORIZATION_DETAILS,
              "the authorization_details exceed those of the subject_token");
    };
  }

  private Uni<Response> record(
      Entered.In in,
      ClientConfig client,
      SubjectToken subject,
      AttestationLevel level,
      Access access,
      Jti jti) {
    Entry.ExchangeToken entry =
        new Entry.ExchangeToken(
            Shown.context(in),
            in.client().marks(),
            subject.grant(),
            client.clientId(),
            Shown.instance(in),
            Shown.attestation(in),
            Shown.revocationsSeen(in),
            in.client().confirmation(),
            subject.jti(),
            access,
            jti);
    return ledger.record(
        entry,
        outcome ->
            switch (outcome) {
              case Outcome.Recorded(Grant grant, Access granted) ->
                  issuance
                      .sign(
                          in,
                          Issuance.claims(in, client, grant, granted, entry.jti())
                              .inExchangeFor(subject, level))
                      .map(
                          body ->
                              Answers.ok(body.put("issued_token_type", TokenRequest.ACCESS_TOKEN)));
              case Outcome.Refused(Outcome.Refusal refusal) -> answer(in, refusal);
              case Outcome.Ended _, Outcome.Noted _ ->
                  throw new IllegalStateException("no outcome of a token exchange");
            });
  }

  /// The ledger has written the audit row already.
  private Uni<Response> answer(Entered.In in, Outcome.Refusal refusal) {
    return switch (refusal) {
      case GRANT_UNKNOWN,
          GRANT_ENDED,
          GRANT_OF_ANOTHER_CLIENT,
          GRANT_NOT_AS_SEEN,
          WRONG_INSTANCE,
          WRONG_KEY ->
          Uni.createFrom().item(Answers.error(OAuthError.INVALID_REQUEST, BAD_SUBJECT).build());
      case PROOF_REPLAYED, PROOF_TOO_OLD, PROOF_OF_ANOTHER_ERA, DPOP_PROOF_SPENT ->
          refusals.answer(in, refusal);
      case CLIENT_NOT_ACTIVE, VIEW_IS_STALE -> refusals.answer(in, refusal);
      case NO_REFRESH_TOKEN, REFRESH_TOKEN_LAPSED, REFRESH_TOKEN_REPLAYED, LATE_DUPLICATE ->
          refusals.answer(in, refusal);
      case SCOPE_EXCEEDED, TARGET_EXCEEDED, AUTHORIZATION_DETAILS_EXCEEDED ->
          refusals.answer(in, refusal);
    };
  }
}
