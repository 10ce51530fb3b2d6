package dev.mayfly.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.http.Answers;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Grant;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Outcome;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.Narrowing;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RefreshPolicy;
import dev.mayfly.registry.Registered;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Optional;

/// Decides, records, signs; in this order. What the HSM signs is committed with its audit row.
@Singleton
public class TokenService {
  private final Ledger ledger;
  private final RefreshTokens refreshTokens;
  private final TokenExchange exchange;
  private final Issuance issuance;
  private final Refusals refusals;
  private final TokenNames names;
  private final RequestSigningKeys signingKeys;

  @Inject
  TokenService(
      Ledger ledger,
      RefreshTokens refreshTokens,
      TokenExchange exchange,
      Issuance issuance,
      Refusals refusals,
      TokenNames names,
      RequestSigningKeys signingKeys) {
    this.ledger = ledger;
    this.refreshTokens = refreshTokens;
    this.exchange = exchange;
    this.issuance = issuance;
    this.refusals = refusals;
    this.names = names;
    this.signingKeys = signingKeys;
  }

  Uni<Response> answer(Entered.In in, TokenRequest request) {
    if (!(in.client().registered() instanceof Registered.AsClient client)) {
      return refusals.refuse(
          in, OAuthError.UNAUTHORIZED_CLIENT, "a resource server gets no tokens");
    }
    if (client.config().certificateBoundTokens() && in.client().certificate().isEmpty()) {
      return refusals.refuse(
          in, OAuthError.INVALID_REQUEST, "this client needs a client certificate");
    }
    if (client.config().dpop() == ClientConfig.Dpop.REQUIRED && in.client().dpop().isEmpty()) {
      return refusals.refuse(in, OAuthError.INVALID_DPOP_PROOF, "a DPoP proof is missing");
    }
    return switch (request) {
      case TokenRequest.Unacceptable(OAuthError error, String because) ->
          refusals.refuse(in, error, because);
      case TokenRequest.ClientCredentials wanted -> open(in, client.config(), wanted);
      case TokenRequest.Refresh presented -> refresh(in, client.config(), presented);
      case TokenRequest.Exchange wanted -> exchange.answer(in, client.config(), wanted);
    };
  }

  private Uni<Response> open(
      Entered.In in, ClientConfig client, TokenRequest.ClientCredentials wanted) {
    RealmConfig realm = in.at().realm().config();
    return switch (ScopeDecision.decide(realm, client, Shown.level(in), wanted.asked().scope())) {
      case ScopeDecision.Refused(String because) ->
          refusals.refuse(in, OAuthError.INVALID_SCOPE, because);
      case ScopeDecision.Granted(ScopeSet scope) -> {
        Access allowed = new Access(scope, client.audiences(), client.authorizationDetails());
        yield switch (Narrowing.decide(allowed, allowed, wanted.asked())) {
          case Narrowing.Narrowed(Access access) ->
              names.next(in.at().realm()).chain(jti -> open(in, client, access, jti));
          case Narrowing.Exceeded(Narrowing.Limit limit) -> refuse(in, limit);
        };
      }
    };
  }

  private Uni<Response> refuse(Entered.In in, Narrowing.Limit limit) {
    return switch (limit) {
      case SCOPE -> throw new IllegalStateException("the scope was decided");
      case TARGET ->
          refusals.refuse(in, OAuthError.INVALID_TARGET, "the client may not use this resource");
      case AUTHORIZATION_DETAILS ->
          refusals.refuse(
              in,
              OAuthError.INVALID_AUTHORIZATION_DETAILS,
              "the client may not have these authorization_details");
    };
  }

  private Uni<Response> open(Entered.In in, ClientConfig client, Access access, Jti jti) {
    RequestFacts facts = in.at().facts();
    Optional<JwkThumbprint> instance = Shown.instance(in);
    Lifetimes lifetimes =
        Lifetimes.ofNewGrant(
            in.at().realm().config(),
            client,
            access.scope(),
            instance.isPresent() || in.client().confirmation().isPresent(),
            facts.received());
    Grant grant =
        new Grant(
            GrantId.at(facts.received()),
            facts.realm(),
            client.clientId(),
            access.scope(),
            access.audience(),
            access.details(),
            Shown.attestation(in),
            instance,
            in.client().confirmation(),
            facts.address().getHostAddress(),
            facts.country(),
            lifetimes.now(),
            lifetimes.grantEnd(),
            lifetimes.refresh(),
            new Grant.Status.Live());
    Entry.OpenGrant entry =
        new Entry.OpenGrant(
            Shown.context(in),
            in.client().marks(),
            grant,
            Shown.revocationsSeen(in),
            jti,
            lifetimes.accessEnd());
    return successorKey(grant)
        .chain(
            key ->
                ledger.record(
                    entry, outcome -> signIfRecorded(in, client, outcome, entry.jti(), key)));
  }

  private Uni<Response> refresh(
      Entered.In in, ClientConfig client, TokenRequest.Refresh presented) {
    Optional<RefreshToken> token = RefreshToken.parse(presented.refreshToken());
    if (token.isEmpty()) {
      return refusals.refuse(in, OAuthError.INVALID_GRANT, "not a refresh token of ours");
    }
    return refreshTokens
        .successorKey(token.get())
        .chain(
            key ->
                key.isPresent()
                    ? names
                        .next(in.at().realm())
                        .chain(jti -> refresh(in, client, token.get(), presented, key.get(), jti))
                    : refusals.refuse(in, OAuthError.INVALID_GRANT, "a forged refresh token"));
  }

  private Uni<Response> refresh(
      Entered.In in,
      ClientConfig client,
      RefreshToken token,
      TokenRequest.Refresh presented,
      byte[] key,
      Jti jti) {
    RealmConfig realm = in.at().realm().config();
    Entry.SpendRefreshToken entry =
        new Entry.SpendRefreshToken(
            Shown.context(in),
            in.client().marks(),
            token.grant(),
            client.clientId(),
            Shown.instance(in),
            Shown.attestation(in),
            Shown.revocationsSeen(in),
            in.client().confirmation(),
            Shown.provedAt(in),
            token.generation(),
            presented.asked(),
            new Access(
                ScopeDecision.allowed(realm, client, Shown.level(in)),
                client.audiences(),
                client.authorizationDetails()),
            refreshLifetime(realm.refresh(client)),
            jti,
            in.at().facts().received().plus(AccessTokenClaims.MAX_LIFETIME));
    return ledger.record(
        entry, outcome -> signIfRecorded(in, client, outcome, entry.jti(), Optional.of(key)));
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
      case Outcome.Recorded(Grant grant, Access access) ->
          sign(in, client, grant, Issuance.claims(in, client, grant, access, jti))
              .map(body -> Answers.ok(withRefreshToken(body, grant, key)));
      case Outcome.Refused(Outcome.Refusal refusal) -> refusals.answer(in, refusal);
      case Outcome.Ended _, Outcome.Noted _ ->
          throw new IllegalStateException("no outcome of a token request");
    };
  }

  /// With the key that the tool signs its requests with, where it has one.
  private Uni<ObjectNode> sign(
      Entered.In in, ClientConfig client, Grant grant, AccessTokenClaims claims) {
    return signingKeys
        .ofGrant(client, grant.id())
        .onFailure()
        .call(failure -> issuance.noteUnsigned(in, claims, failure))
        .chain(
            signing ->
                issuance
                    .sign(in, claims)
                    .invoke(body -> signing.ifPresent(shared -> shared.addTo(body))));
  }

  private static ObjectNode withRefreshToken(ObjectNode body, Grant grant, Optional<byte[]> key) {
    if (grant.refresh().isPresent() && key.isPresent()) {
      body.put(
          "refresh_token",
          RefreshToken.text(grant.id(), key.get(), grant.refresh().get().generation()));
    }
    return body;
  }
}
