package dev.mayfly.token;

import dev.mayfly.attestation.Challenges;
import dev.mayfly.attestation.DpopGate;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;

/// The next nonce for a client that uses DPoP, on every answer it gets, RFC 9449 §8.2: so that
/// it is asked to try again once, and not each time that its nonce has grown old.
@Singleton
class DpopNonces {
  static final String HEADER = "DPoP-Nonce";

  private final Challenges challenges;

  @Inject
  DpopNonces(Challenges challenges) {
    this.challenges = challenges;
  }

  /// The answer stands, with or without a nonce: a token that is issued is not taken back.
  Uni<Response> onto(Response answer, RoutingContext http, String realm) {
    boolean wanted =
        http.request().headers().contains(DpopGate.HEADER)
            && answer.getStatus() != 404
            && !answer.getHeaders().containsKey(HEADER);
    return wanted
        ? challenges
            .issue(new RealmName(realm))
            .map(nonce -> Response.fromResponse(answer).header(HEADER, nonce).build())
            .onFailure()
            .recoverWithItem(answer)
        : Uni.createFrom().item(answer);
  }
}
