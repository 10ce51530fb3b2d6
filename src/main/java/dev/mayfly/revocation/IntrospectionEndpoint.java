package dev.mayfly.revocation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.client.ClientDoor;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.client.ClientEndpoint;
import dev.mayfly.http.Answers;
import dev.mayfly.http.FormEndpoint;
import dev.mayfly.ledger.Grant;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.registry.LiveGrants;
import dev.mayfly.registry.Registered;
import dev.mayfly.token.KnownTokens;
import dev.mayfly.token.RefreshTokens;
import dev.mayfly.token.VerifiedAccessToken;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.Optional;

/// The introspection endpoint, RFC 7662. A client sees its own tokens, a resource server those
/// of its audience; everything else is `{"active":false}` and nothing more (§2.2).
@Singleton
class IntrospectionEndpoint implements FormEndpoint {
  private final ClientDoor door;
  private final RefreshTokens refreshTokens;
  private final Ledger ledger;
  private final KnownTokens tokens;
  private final LiveGrants live;

  @Inject
  IntrospectionEndpoint(
      ClientDoor door,
      RefreshTokens refreshTokens,
      Ledger ledger,
      KnownTokens tokens,
      LiveGrants live) {
    this.tokens = tokens;
    this.live = live;
    this.door = door;
    this.refreshTokens = refreshTokens;
    this.ledger = ledger;
  }

  @Override
  public String name() {
    return "introspect";
  }

  @Override
  public Uni<Response> answer(String realm, byte[] body, RoutingContext http) {
    return door.enter(http, realm, body, ClientEndpoint.INTROSPECTION)
        .chain(
            entered ->
                switch (entered) {
                  case Entered.Out(Response answer) -> Uni.createFrom().item(answer);
                  case Entered.In in -> claimProofs(in);
                });
  }

  /// A caller that authenticated by single-use proofs spends them here too.
  private Uni<Response> claimProofs(Entered.In in) {
    return in.client().marks().isEmpty()
        ? introspect(in)
        : ledger
            .claim(in.at().facts().context(Optional.of(in.client().id())), in.client().marks())
            .chain(
                fresh ->
                    fresh
                        ? introspect(in)
                        : door.answer(in.at(), OAuthError.INVALID_CLIENT, "", in.byHeader()));
  }

  private Uni<Response> introspect(Entered.In in) {
    Optional<String> token = in.form().get("token");
    if (token.isEmpty()) {
      return Uni.createFrom()
          .item(Answers.error(OAuthError.INVALID_REQUEST, "token is missing").build());
    }
    Instant now = in.at().facts().received();
    Optional<VerifiedAccessToken> verified = tokens.verify(token.get(), in.at().realm(), now);
    if (verified.isPresent()) {
      return mayAsk(in, verified.get())
          ? isLive(in, verified.get(), now)
              .map(isLive -> isLive ? active(verified.get()) : inactive())
          : Uni.createFrom().item(inactive());
    }
    return refreshTokens
        .verify(token.get())
        .chain(
            genuine ->
                genuine.isPresent()
                    ? refreshToken(in, genuine.get())
                    : Uni.createFrom().item(inactive()));
  }

  private static Response inactive() {
    return Answers.ok(Answers.JSON.createObjectNode().put("active", false));
  }

  private static boolean mayAsk(Entered.In in, VerifiedAccessToken token) {
    return switch (in.client().registered()) {
      case Registered.AsClient client -> client.id().equals(token.client());
      case Registered.AsResourceServer server ->
          token.claims().getAudience().contains(server.config().audience());
    };
  }

  /// From what is known here of revocations, as the request check does; from the database when
  /// that is too old to be relied on.
  private Uni<Boolean> isLive(Entered.In in, VerifiedAccessToken token, Instant now) {
    return live.isFresh()
        ? Uni.createFrom()
            .item(!live.isRevoked(token.grant()) && in.at().realm().isActive(token.client()))
        : ledger.find(token.grant()).map(grant -> isLive(in, grant, now));
  }

  private static boolean isLive(Entered.In in, Optional<Grant> grant, Instant now) {
    return grant.isPresent()
        && grant.get().realm().equals(in.at().realm().name())
        && grant.get().isLiveAt(now);
  }

  /// The claims as they are; those of a DPoP token say their type themselves.
  private static Response active(VerifiedAccessToken token) {
    boolean isTyped = token.claims().getClaim("token_type") != null;
    String type = isTyped ? "" : "\"token_type\":\"Bearer\",";
    return Answers.ok("{\"active\":true," + type + token.claimsJson().substring(1));
  }

  /// Only its own client may ask about a refresh token; no resource server ever sees one.
  private Uni<Response> refreshToken(Entered.In in, RefreshTokens.Genuine token) {
    GrantId id = token.grant();
    Instant now = in.at().facts().received();
    return ledger
        .find(id)
        .map(
            grant ->
                isLive(in, grant, now)
                        && grant.get().client().equals(in.client().id())
                        && isUnspent(grant.get(), token, now)
                    ? active(grant.get())
                    : inactive());
  }

  private static boolean isUnspent(Grant grant, RefreshTokens.Genuine token, Instant now) {
    return grant
        .refresh()
        .map(
            refresh ->
                refresh.generation() == token.generation() && now.isBefore(refresh.expiresAt()))
        .orElse(false);
  }

  private static Response active(Grant grant) {
    ObjectNode body = Answers.JSON.createObjectNode();
    body.put("active", true).put("client_id", grant.client().value());
    body.put("scope", grant.scope().toString());
    if (!grant.details().isEmpty()) {
      body.set("authorization_details", Answers.JSON.valueToTree(grant.details().members()));
    }
    body.put("exp", grant.refresh().orElseThrow().expiresAt().getEpochSecond());
    body.put("grant_id", grant.id().toString());
    return Answers.ok(body);
  }
}
