package dev.mayfly.token;

import dev.mayfly.client.ClientDoor;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.client.ClientEndpoint;
import dev.mayfly.http.FormEndpoint;
import dev.mayfly.limits.Door;
import dev.mayfly.limits.Quotas;
import dev.mayfly.limits.Standing;
import dev.mayfly.registry.Registered;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

/// The token endpoint, RFC 6749 §3.2.
@Singleton
class TokenEndpoint implements FormEndpoint {
  private final ClientDoor door;
  private final TokenService service;
  private final DpopNonces nonces;
  private final Quotas quotas;

  @Inject
  TokenEndpoint(ClientDoor door, TokenService service, DpopNonces nonces, Quotas quotas) {
    this.door = door;
    this.service = service;
    this.nonces = nonces;
    this.quotas = quotas;
  }

  @Override
  public String name() {
    return "token";
  }

  @Override
  public Uni<Response> answer(String realm, byte[] body, RoutingContext http) {
    return door.enter(http, realm, body, ClientEndpoint.TOKEN)
        .chain(this::answer)
        .chain(answer -> nonces.onto(answer, http, realm));
  }

  private Uni<Response> answer(Entered entered) {
    return switch (entered) {
      case Entered.Out(Response answer) -> Uni.createFrom().item(answer);
      case Entered.In in -> {
        Optional<Standing> exceeded = exceeded(in);
        yield exceeded.isPresent()
            ? Uni.createFrom().item(exceeded.get().refusal())
            : service.answer(
                in, TokenRequest.parse(in.form(), in.at().realm().config().exchangesTokens()));
      }
    };
  }

  /// Nothing has happened for a request that is turned away here: its proofs are not spent.
  private Optional<Standing> exceeded(Entered.In in) {
    return in.client().registered() instanceof Registered.AsClient client
        ? quotas
            .take(Door.TOKEN, in.at().facts(), in.at().realm().config(), client.config())
            .filter(standing -> !standing.within())
        : Optional.empty();
  }
}
