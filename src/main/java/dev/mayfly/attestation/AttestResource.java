package dev.mayfly.attestation;

import dev.mayfly.evidence.Evidence;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
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
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.Cancellable;

/// Our own attester: evidence in, client attestation JWT out. Its contract is in
/// `src/docs/contracts.md`.
@Path("/realms/{realm}/attest")
@PermitAll
@Cancellable(false) // a caller that hangs up must not end the work before its audit row
public class AttestResource {
  private final Arrivals arrivals;
  private final AttestService service;

  @Inject
  AttestResource(Arrivals arrivals, AttestService service) {
    this.arrivals = arrivals;
    this.service = service;
  }

  @POST
  public Uni<Response> attest(
      @PathParam("realm") String realm, byte[] body, @Context RoutingContext http) {
    return switch (arrivals.of(http, realm)) {
      case Arrival.TurnedAway(Response answer) -> Uni.createFrom().item(answer);
      case Arrival.At at ->
          switch (AttestRequest.parse(
              Optional.ofNullable(http.request().getHeader(HttpHeaders.CONTENT_TYPE)), body)) {
            case AttestRequest.Unacceptable refused ->
                Uni.createFrom()
                    .item(Answers.error(OAuthError.INVALID_REQUEST, refused.because()).build());
            case AttestRequest.Attest(ClientId client, Evidence evidence) ->
                service.attest(at, client, evidence, proofs(http));
          };
    };
  }

  private static List<String> proofs(RoutingContext http) {
    return http.request().headers().getAll("DPoP");
  }
}
