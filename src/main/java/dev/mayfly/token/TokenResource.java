package dev.mayfly.token;

import dev.mayfly.client.ClientDoor;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.client.ClientEndpoint;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.Cancellable;

/// The token endpoint, RFC 6749 §3.2.
@Path("/realms/{realm}/token")
@PermitAll
@Cancellable(false) // a caller that hangs up must not end the work before its audit row
public class TokenResource {
  private final ClientDoor door;
  private final TokenService service;
  private final DpopNonces nonces;

  @Inject
  TokenResource(ClientDoor door, TokenService service, DpopNonces nonces) {
    this.door = door;
    this.service = service;
    this.nonces = nonces;
  }

  @POST
  public Uni<Response> token(
      @PathParam("realm") String realm, byte[] body, @Context RoutingContext http) {
    return door.enter(http, realm, body, ClientEndpoint.TOKEN)
        .chain(this::answer)
        .chain(answer -> nonces.onto(answer, http, realm));
  }

  private Uni<Response> answer(Entered entered) {
    return switch (entered) {
      case Entered.Out(Response answer) -> Uni.createFrom().item(answer);
      case Entered.In in ->
          service.answer(
              in, TokenRequest.parse(in.form(), in.at().realm().config().exchangesTokens()));
    };
  }
}
