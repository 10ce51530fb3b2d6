package dev.mayfly.attestation;

import dev.mayfly.http.Answers;
import dev.mayfly.limits.Quotas;
import dev.mayfly.registry.Arrivals;
import dev.mayfly.registry.Arrivals.Arrival;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

/// The challenge endpoint of the attestation draft -11. The same value is the DPoP nonce for
/// `/attest`: both only prove that a proof is fresh.
@Path("/realms/{realm}/challenge")
@PermitAll
public class ChallengeResource {
  private final Arrivals arrivals;
  private final Challenges challenges;
  private final Quotas quotas;

  @Inject
  ChallengeResource(Arrivals arrivals, Challenges challenges, Quotas quotas) {
    this.arrivals = arrivals;
    this.challenges = challenges;
    this.quotas = quotas;
  }

  @POST
  public Uni<Response> challenge(@PathParam("realm") String realm, @Context RoutingContext http) {
    return switch (arrivals.of(http, realm)) {
      case Arrival.TurnedAway(Response answer) -> Uni.createFrom().item(answer);
      case Arrival.At at ->
          quotas
              .takeChallenge(at.facts(), at.realm().config())
              .filter(standing -> !standing.within())
              .map(standing -> Uni.createFrom().item(standing.refusal()))
              .orElseGet(() -> challenges.issue(at.realm().name()).map(ChallengeResource::answer));
    };
  }

  private static Response answer(String challenge) {
    return Answers.json(
            200, Answers.JSON.createObjectNode().put("attestation_challenge", challenge))
        .header("DPoP-Nonce", challenge)
        .build();
  }
}
