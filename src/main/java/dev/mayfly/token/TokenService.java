package dev.mayfly.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.attestation.AttestationEvidence;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.client.ClientDoor;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.http.Answers;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Grant;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Outcome;
import dev.mayfly.network.Network;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.AttestationLevel;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RefreshPolicy;
import dev.mayfly.registry.Registered;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Decides, records, signs; in this order. What the HSM signs is committed with its audit row.
@ApplicationScoped
public class TokenService {
  private final ClientDoor door;
  private final Ledger ledger;
  private final RefreshTokens refreshTokens;

  @Inject
  TokenService(ClientDoor door, Ledger ledger, RefreshTokens refreshTokens) {
    this.door = door;
    this.ledger = ledger;
    this.refreshTokens = refreshTokens;
  }

  Uni<Response> answer(Entered.In in, TokenRequest request) {
    if (!(in.client().registered() instanceof Registered.AsClient client)) {
      return refuse(in, OAuthError.UNAUTHORIZED_CLIENT, "a resource server gets no tokens");
    }
    return switch (request) {
      case TokenRequest.Unacceptable(OAuthError error, String because) ->
          refuse(in, error, because);
      case TokenRequest.ClientCredentials wanted -> open(in, client.config(), wanted);
      case TokenRequest.Refresh presented -> refresh(in, client.config(), presented);
    };
  }

  private Uni<Response> open(
      Entered.In in, ClientConfig client, TokenRequest.ClientCredentials wanted) {
    RealmConfig realm = in.at().realm().config();
    return switch (ScopeDecision.decide(realm, client, level(in), wanted.scope())) {
      case ScopeDecision.Refused(String because) -> refuse(in, OAuthError.INVALID_SCOPE, because);
      case ScopeDecision.Granted(ScopeSet scope) -> open(in, client, scope);
    };
  }

  private Uni<Response> open(Entered.In in, ClientConfig client, ScopeSet scope) {
    RequestFacts facts = in.at().facts();
    Optional<JwkThumbprint> instance = instance(in);
    Lifetimes lifetimes =
        Lifetimes.ofNewGrant(
            in.at().realm().config(), client, scope, instance.isPresent(), facts.received());
    Grant grant =
        new Grant(
            GrantId.random(),
            facts.realm(),
            client.clientId(),
            scope,
            client.audiences(),
            attestation(in),
            instance,
            facts.address().getHostAddress(),
            facts.country(),
            lifetimes.now(),
            lifetimes.grantEnd(),
            lifetimes.refresh(),
            new Grant.Status.Live());
    Entry.OpenGrant entry =
        new Entry.OpenGrant(
            context(in),
            in.client().marks(),
            grant,
            revocationsSeen(in),
            Jti.random(),
            lifetimes.accessEnd());
    return successorKey(grant)
        .chain(
            key ->
                ledger
                    .record(entry)
                    .chain(outcome -> signIfRecorded(in, client, outcome, entry.jti(), key)));
  }

  private Uni<Response> refresh(
      Entered.In in, ClientConfig client, TokenRequest.Refresh presented) {
    Optional<RefreshToken> token = RefreshToken.parse(presented.refreshToken());
    if (token.isEmpty()) {
      return refuse(in, OAuthError.INVALID_GRANT, "not a refresh token of ours");
    }
    return refreshTokens
        .successorKey(token.get())
        .chain(
            key ->
                key.isPresent()
                    ? refresh(in, client, token.get(), presented.scope(), key.get())
                    : refuse(in, OAuthError.INVALID_GRANT, "a forged refresh token"));
  }

  private Uni<Response> refresh(
      Entered.In in,
      ClientConfig client,
      RefreshToken token,
      Optional<ScopeSet> scope,
      byte[] key) {
    RealmConfig realm = in.at().realm().config();
    Entry.SpendRefreshToken entry =
        new Entry.SpendRefreshToken(
            context(in),
            in.client().marks(),
            token.grant(),
            client.clientId(),
            instance(in),
            attestation(in),
            revocationsSeen(in),
            in.client()
                .evidence()
                .map(AttestationEvidence::provedAt)
                .orElse(in.at().facts().received()),
            token.generation(),
            scope.filter(asked -> !asked.isEmpty()),
            ScopeDecision.allowed(realm, client, level(in)),
            refreshLifetime(realm.refresh(client)),
            Jti.random(),
            in.at().facts().received().plus(AccessTokenClaims.MAX_LIFETIME));
    return ledger
        .record(entry)
        .chain(outcome -> signIfRecorded(in, client, outcome, entry.jti(), Optional.of(key)));
  }

  /// Where refresh tokens were switched off meanwhile the last one may be spent, and its
  /// successor lapses at once.
  private static Duration refreshLifetime(RefreshPolicy policy) {
    return switch (policy) {
      case RefreshPolicy.Rotating rotating -> rotating.lifetime();
      case RefreshPolicy.None _ -> Duration.ZERO;
    };
  }

  /// From this grant's key its refresh tokens are made; empty where it has none.
  private Uni<Optional<byte[]>> successorKey(Grant grant) {
    return grant.refresh().isEmpty()
        ? Uni.createFrom().item(Optional.empty())
        : refreshTokens.key(grant.id()).map(Optional::of);
  }

  private Uni<Response> signIfRecorded(
      Entered.In in, ClientConfig client, Outcome outcome, Jti jti, Optional<byte[]> key) {
    return switch (outcome) {
      case Outcome.Recorded(Grant grant, ScopeSet scope) ->
          sign(in, client, grant, scope, jti, key);
      case Outcome.Refused(Outcome.Refusal refusal) -> refuse(in, refusal);
      case Outcome.Ended _, Outcome.Noted _ ->
          throw new IllegalStateException("no outcome of a token request");
    };
  }

  private Uni<Response> sign(
      Entered.In in,
      ClientConfig client,
      Grant grant,
      ScopeSet scope,
      Jti jti,
      Optional<byte[]> key) {
    AccessTokenClaims claims = claims(in, client, grant, scope, jti);
    return in.at()
        .realm()
        .accessTokenKeys()
        .sign("at+jwt", claims.toJson())
        .map(token -> render(token, claims, grant, key))
        .onFailure()
        .call(failure -> noteUnsigned(in, grant, jti, failure));
  }

  private static AccessTokenClaims claims(
      Entered.In in, ClientConfig client, Grant grant, ScopeSet scope, Jti jti) {
    RequestFacts facts = in.at().facts();
    RealmConfig realm = in.at().realm().config();
    NetworkPolicy limits = realm.networkPolicy(client);
    Instant now = facts.received().truncatedTo(ChronoUnit.SECONDS);
    return new AccessTokenClaims(
        in.at().realm().issuer(),
        grant.client(),
        grant.audience(),
        scope,
        jti,
        now,
        Lifetimes.accessEnd(realm, scope, now, grant.endsAt()),
        grant.id(),
        grant.attestation().kind(),
        grant.attestation().level(),
        grant.instance(),
        facts.address().getHostAddress(),
        facts.country(),
        limits.networks().map(TokenService::texts).orElse(List.of()),
        limits.countries().map(List::copyOf).orElse(List.of()));
  }

  private static List<String> texts(Collection<Network> networks) {
    return networks.stream().map(Network::toString).toList();
  }

  /// RFC 6749 §5.1. `Bearer`: the instance key was proved by its PoP, not by a DPoP proof.
  private static Response render(
      String token, AccessTokenClaims claims, Grant grant, Optional<byte[]> key) {
    ObjectNode body = Answers.JSON.createObjectNode();
    body.put("access_token", token).put("token_type", "Bearer");
    body.put("expires_in", Duration.between(claims.issuedAt(), claims.expiresAt()).toSeconds());
    body.put("scope", claims.scope().toString());
    if (grant.refresh().isPresent() && key.isPresent()) {
      body.put(
          "refresh_token",
          RefreshToken.text(grant.id(), key.get(), grant.refresh().get().generation()));
    }
    return Answers.ok(body);
  }

  /// The trail says that the recorded token was never made. If that cannot be written either,
  /// the caller still gets no token.
  private Uni<Void> noteUnsigned(Entered.In in, Grant grant, Jti jti, Throwable failure) {
    AuditEvent event =
        new AuditEvent.TokenSigningFailed(
            context(in), grant.id(), jti, String.valueOf(failure.getMessage()));
    return ledger
        .record(new Entry.Note(event, List.of()))
        .replaceWithVoid()
        .onFailure()
        .recoverWithNull();
  }

  /// The ledger has written the audit row already.
  private Uni<Response> refuse(Entered.In in, Outcome.Refusal refusal) {
    return switch (refusal) {
      case PROOF_REPLAYED, PROOF_TOO_OLD, CLIENT_NOT_ACTIVE ->
          door.answer(in.at(), OAuthError.INVALID_CLIENT, "", in.byHeader());
      case VIEW_IS_STALE ->
          Uni.createFrom().item(Answers.unavailable("this replica is behind; ask again"));
      case SCOPE_EXCEEDED ->
          Uni.createFrom()
              .item(
                  Answers.error(
                          OAuthError.INVALID_SCOPE, "the scope exceeds the one that was granted")
                      .build());
      case GRANT_UNKNOWN,
          GRANT_ENDED,
          GRANT_OF_ANOTHER_CLIENT,
          NO_REFRESH_TOKEN,
          REFRESH_TOKEN_LAPSED,
          REFRESH_TOKEN_REPLAYED,
          LATE_DUPLICATE,
          WRONG_INSTANCE ->
          Uni.createFrom().item(invalidGrant());
    };
  }

  /// One text for every reason: which it was is nobody's business but the audit trail's.
  private static Response invalidGrant() {
    return Answers.error(OAuthError.INVALID_GRANT, "the refresh token is not valid").build();
  }

  private Uni<Response> refuse(Entered.In in, OAuthError error, String because) {
    AuditEvent event = new AuditEvent.TokenRefused(context(in), error, because);
    return ledger
        .record(new Entry.Note(event, in.client().marks()))
        .chain(
            outcome ->
                switch (outcome) {
                  case Outcome.Refused(Outcome.Refusal refusal) -> refuse(in, refusal);
                  case Outcome.Noted _, Outcome.Recorded _, Outcome.Ended _ ->
                      Uni.createFrom()
                          .item(
                              error == OAuthError.INVALID_GRANT
                                  ? invalidGrant()
                                  : Answers.error(error, because).build());
                });
  }

  private static AttestationLevel level(Entered.In in) {
    return in.client().evidence().map(AttestationEvidence::level).orElse(AttestationLevel.NONE);
  }

  private static Grant.Attestation attestation(Entered.In in) {
    return in.client()
        .evidence()
        .map(
            evidence ->
                new Grant.Attestation(
                    evidence.kind(),
                    evidence.level().name(),
                    Optional.of(evidence.attester()),
                    Optional.of(evidence.rule()),
                    evidence.attestationId()))
        .orElse(Grant.Attestation.NONE);
  }

  /// Where nothing was attested nothing that was revoked can matter.
  private static long revocationsSeen(Entered.In in) {
    return in.client().evidence().isPresent()
        ? in.client().registered().state().revocations()
        : Long.MAX_VALUE;
  }

  private static Optional<JwkThumbprint> instance(Entered.In in) {
    return in.client().evidence().map(AttestationEvidence::instance);
  }

  private static AuditContext context(Entered.In in) {
    return in.at().facts().context(Optional.of(in.client().id()));
  }
}
