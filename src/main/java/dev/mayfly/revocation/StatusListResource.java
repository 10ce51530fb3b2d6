package dev.mayfly.revocation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Realms;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;

/// Status lists for whoever verifies tokens without asking us, Token Status List draft -20.
@Path("/realms/{realm}/statuslists")
@PermitAll
public class StatusListResource {
  private final Realms realms;
  private final PublishedStatusLists lists;

  @Inject
  StatusListResource(Realms realms, PublishedStatusLists lists) {
    this.realms = realms;
    this.lists = lists;
  }

  @GET
  @Path("{list}")
  public Uni<Response> list(
      @PathParam("realm") String name,
      @PathParam("list") String list,
      @Context RoutingContext http) {
    Optional<AppliedRealm> realm = realms.find(name);
    if (realm.isEmpty()) {
      return notFound("There is no such realm");
    }
    if (http.queryParams().contains("time")) {
      return Uni.createFrom()
          .item(Answers.problem(501, "Only the list of this moment can be had").build());
    }
    return lists
        .find(realm.get(), list)
        .chain(
            token ->
                token.isPresent()
                    ? Uni.createFrom().item(answer(token.get()))
                    : notFound("There is no such status list"));
  }

  @GET
  public Uni<Response> aggregation(@PathParam("realm") String name) {
    Optional<AppliedRealm> realm = realms.find(name);
    return realm.isEmpty()
        ? notFound("There is no such realm")
        : lists.addresses(realm.get()).map(StatusListResource::aggregation);
  }

  private static Response aggregation(List<String> addresses) {
    ObjectNode document = Answers.JSON.createObjectNode();
    addresses.forEach(document.putArray("status_lists")::add);
    return forEverybody(Response.ok(document.toString(), "application/json"));
  }

  private static Response answer(String token) {
    return forEverybody(Response.ok(token, "application/" + StatusListToken.TYPE));
  }

  /// Also for scripts of other origins: there is nothing in it that a credential would unlock.
  private static Response forEverybody(Response.ResponseBuilder answer) {
    return answer
        .header(HttpHeaders.CACHE_CONTROL, "public, max-age=1")
        .header("Access-Control-Allow-Origin", "*")
        .build();
  }

  private static Uni<Response> notFound(String what) {
    return Uni.createFrom().item(Answers.problem(404, what).build());
  }
}
