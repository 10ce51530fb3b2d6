package dev.mayfly.revocation;

import dev.mayfly.client.ClientDoor;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.client.ClientEndpoint;
import dev.mayfly.http.Answers;
import dev.mayfly.http.FormEndpoint;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Outcome;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.token.KnownTokens;
import dev.mayfly.token.RefreshTokens;
import dev.mayfly.token.VerifiedAccessToken;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

/// The revocation endpoint, RFC 7009. Whichever token is shown, its grant ends, and with it
/// every token that stands on it (§2.1 lets an access token do that too).
@Singleton
class RevocationEndpoint implements FormEndpoint {
  private final ClientDoor door;
  private final RefreshTokens refreshTokens;
  private final Ledger ledger;
  private final KnownTokens tokens;

  @Inject
  RevocationEndpoint(
      ClientDoor door, RefreshTokens refreshTokens, Ledger ledger, KnownTokens tokens) {
    this.door = door;
    this.refreshTokens = refreshTokens;
    this.ledger = ledger;
    this.tokens = tokens;
  }

  @Override
  public String name() {
    return "revoke";
  }

  @Override
  public Uni<Response> answer(String realm, byte[] body, RoutingContext http) {
    return door.enter(http, realm, body, ClientEndpoint.REVOCATION)
        .chain(
            entered ->
                switch (entered) {
                  case Entered.Out(Response answer) -> Uni.createFrom().item(answer);
                  case Entered.In in -> revoke(in);
                });
  }

  private Uni<Response> revoke(Entered.In in) {
    Optional<String> token = in.form().get("token");
    if (token.isEmpty()) {
      return Uni.createFrom()
          .item(Answers.error(OAuthError.INVALID_REQUEST, "token is missing").build());
    }
    Optional<GrantId> byAccessToken =
        tokens.read(token.get(), in.at().realm()).map(VerifiedAccessToken::grant);
    // The hint is not needed: our kinds cannot be mistaken for each other.
    return byAccessToken.isPresent()
        ? revoke(in, byAccessToken.get())
        : refreshTokens
            .verify(token.get())
            .chain(
                genuine ->
                    genuine.isPresent()
                        ? revoke(in, genuine.get().grant())
                        : Uni.createFrom().item(done()));
  }

  private Uni<Response> revoke(Entered.In in, GrantId grant) {
    Entry.RevokeGrant entry =
        new Entry.RevokeGrant(
            in.at().facts().context(Optional.of(in.client().id())),
            in.client().marks(),
            grant,
            Optional.of(in.client().id()),
            "client",
            "revoked by its client");
    return ledger
        .record(entry)
        .chain(
            outcome ->
                switch (outcome) {
                  case Outcome.Refused(Outcome.Refusal refusal) -> refuse(in, refusal);
                  case Outcome.Ended _, Outcome.Noted _, Outcome.Recorded _ ->
                      Uni.createFrom().item(done());
                });
  }

  /// RFC 7009 §2.1: a token that was not issued to the requesting client is refused.
  private Uni<Response> refuse(Entered.In in, Outcome.Refusal refusal) {
    return refusal == Outcome.Refusal.GRANT_OF_ANOTHER_CLIENT
        ? Uni.createFrom()
            .item(
                Answers.error(OAuthError.INVALID_GRANT, "the token was not issued to this client")
                    .build())
        : door.answer(in.at(), OAuthError.INVALID_CLIENT, "", in.byHeader());
  }

  /// RFC 7009 §2.2: also for a token that is unknown or over.
  private static Response done() {
    return Response.ok().header(HttpHeaders.CACHE_CONTROL, "no-store").build();
  }
}
