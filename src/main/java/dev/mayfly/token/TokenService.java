package dev.mayfly.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.attestation.AttestationEvidence;
import dev.mayfly.attestation.DpopEvidence;
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
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.Confirmation;
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
  private final TokenNames names;
  private final RequestSigningKeys signingKeys;

  @Inject
  TokenService(
      ClientDoor door,
      Ledger ledger,
      RefreshTokens refreshTokens,
      TokenNames names,
      RequestSigningKeys signingKeys) {
    this.door = door;
    this.ledger = ledger;
    this.refreshTokens = refreshTokens;
    this.names = names;
    this.signingKeys = signingKeys;
  }

  Uni<Response> answer(Entered.In in, TokenRequest request) {
    if (!(in.client().registered() instanceof Registered.AsClient client)) {
      return refuse(in, OAuthError.UNAUTHORIZED_CLIENT, "a resource server gets no tokens");
    }
    if (client.config().certificateBoundTokens() && in.client().certificate().isEmpty()) {
      return refuse(in, OAuthError.INVALID_REQUEST, "this client needs a client certificate");
    }
    if (client.config().dpop() == ClientConfig.Dpop.REQUIRED && in.client().dpop().isEmpty()) {
      return refuse(in, OAuthError.INVALID_DPOP_PROOF, "a DPoP proof is missing");
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
      case ScopeDecision.Granted(ScopeSet _)
          when !client.audiences().containsAll(wanted.resources()) ->
          refuse(in, OAuthError.INVALID_TARGET, "the client may not use this resource");
      case ScopeDecision.Granted(ScopeSet scope) ->
          names
              .next(in.at().realm())
              .chain(
                  jti ->
                      open(
                          in,
                          client,
                          new Access(
                              scope,
                              wanted.resources().isEmpty()
                                  ? client.audiences()
                                  : wanted.resources()),
                          jti));
    };
  }

  private Uni<Response> open(Entered.In in, ClientConfig client, Access access, Jti jti) {
    RequestFacts facts = in.at().facts();
    Optional<JwkThumbprint> instance = instance(in);
    Lifetimes lifetimes =
        Lifetimes.ofNewGrant(
            in.at().realm().config(),
            client,
            access.scope(),
            instance.isPresent() || in.client().confirmation().isPresent(),
            facts.received());
    Grant grant =
        new Grant(
            GrantId.random(),
            facts.realm(),
            client.clientId(),
            access.scope(),
            access.audience(),
            attestation(in),
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
            context(in),
            in.client().marks(),
            grant,
            revocationsSeen(in),
            jti,
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
                    ? names
                        .next(in.at().realm())
                        .chain(jti -> refresh(in, client, token.get(), presented, key.get(), jti))
                    : refuse(in, OAuthError.INVALID_GRANT, "a forged refresh token"));
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
            context(in),
            in.client().marks(),
            token.grant(),
            client.clientId(),
            instance(in),
            attestation(in),
            revocationsSeen(in),
            in.client().confirmation(),
            provedAt(in),
            token.generation(),
            presented.scope().filter(asked -> !asked.isEmpty()),
            presented.resources(),
            new Access(ScopeDecision.allowed(realm, client, level(in)), client.audiences()),
            refreshLifetime(realm.refresh(client)),
            jti,
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
      case Outcome.Recorded(Grant grant, Access access) ->
          sign(in, client, grant, access, jti, key);
      case Outcome.Refused(Outcome.Refusal refusal) -> refuse(in, refusal);
      case Outcome.Ended _, Outcome.Noted _ ->
          throw new IllegalStateException("no outcome of a token request");
    };
  }

  private Uni<Response> sign(
      Entered.In in,
      ClientConfig client,
      Grant grant,
      Access access,
      Jti jti,
      Optional<byte[]> key) {
    AccessTokenClaims claims = claims(in, client, grant, access, jti);
    return signingKeys
        .ofGrant(client, grant.id())
        .chain(
            signing ->
                in.at()
                    .realm()
                    .accessTokenKeys()
                    .sign("at+jwt", claims.toJson())
                    .map(token -> render(token, claims, grant, key, signing)))
        .onFailure()
        .call(failure -> noteUnsigned(in, grant, jti, failure));
  }

  private static AccessTokenClaims claims(
      Entered.In in, ClientConfig client, Grant grant, Access access, Jti jti) {
    RequestFacts facts = in.at().facts();
    RealmConfig realm = in.at().realm().config();
    NetworkPolicy limits = realm.networkPolicy(client);
    Instant now = facts.received().truncatedTo(ChronoUnit.SECONDS);
    return new AccessTokenClaims(
        in.at().realm().issuer(),
        grant.client(),
        access.audience(),
        access.scope(),
        jti,
        now,
        Lifetimes.accessEnd(realm, access.scope(), now, grant.endsAt()),
        grant.id(),
        grant.attestation().kind(),
        grant.attestation().level(),
        in.client().dpop().isPresent() ? TokenType.DPOP : TokenType.BEARER,
        boundTo(in, grant),
        facts.address().getHostAddress(),
        facts.country(),
        limits.networks().map(TokenService::texts).orElse(List.of()),
        limits.countries().map(List::copyOf).orElse(List.of()));
  }

  /// The key of this request's DPoP proof; without one the instance key, which a checker may
  /// then insist on.
  private static Optional<Confirmation> boundTo(Entered.In in, Grant grant) {
    Optional<Confirmation> shown = in.client().confirmation();
    return Confirmation.of(
        shown.flatMap(Confirmation::jkt).or(grant::instance), shown.flatMap(Confirmation::x5tS256));
  }

  private static List<String> texts(Collection<Network> networks) {
    return networks.stream().map(Network::toString).toList();
  }

  /// RFC 6749 §5.1. `Bearer` without a DPoP proof, also where the instance key was proved.
  private static Response render(
      String token,
      AccessTokenClaims claims,
      Grant grant,
      Optional<byte[]> key,
      Optional<RequestSigningKey> signing) {
    ObjectNode body = Answers.JSON.createObjectNode();
    body.put("access_token", token).put("token_type", claims.type().word());
    body.put("expires_in", Duration.between(claims.issuedAt(), claims.expiresAt()).toSeconds());
    body.put("scope", claims.scope().toString());
    if (grant.refresh().isPresent() && key.isPresent()) {
      body.put(
          "refresh_token",
          RefreshToken.text(grant.id(), key.get(), grant.refresh().get().generation()));
    }
    signing.ifPresent(shared -> shared.addTo(body));
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
      case DPOP_PROOF_SPENT ->
          door.answer(in.at(), OAuthError.INVALID_DPOP_PROOF, "", in.byHeader());
      case TARGET_EXCEEDED ->
          Uni.createFrom()
              .item(
                  Answers.error(
                          OAuthError.INVALID_TARGET, "the resource is not one that was granted")
                      .build());
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
          WRONG_INSTANCE,
          WRONG_KEY ->
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
                      error == OAuthError.INVALID_DPOP_PROOF
                          ? door.answer(in.at(), error, because, in.byHeader())
                          : Uni.createFrom()
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

  /// By the attested instance's own proof, if it made one.
  private static Instant provedAt(Entered.In in) {
    return in.client()
        .evidence()
        .map(AttestationEvidence::provedAt)
        .or(() -> in.client().dpop().map(DpopEvidence::provedAt))
        .orElse(in.at().facts().received());
  }

  private static Optional<JwkThumbprint> instance(Entered.In in) {
    return in.client().evidence().map(AttestationEvidence::instance);
  }

  private static AuditContext context(Entered.In in) {
    return in.at().facts().context(Optional.of(in.client().id()));
  }
}
