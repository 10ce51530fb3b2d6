package dev.mayfly.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Realms;
import io.smallrye.common.annotation.NonBlocking;
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

/// Protected resource metadata, RFC 9728 §2, for the API in front of which our check stands. The
/// API's own address is where clients look (RFC 9728 §3.1): its proxy passes that on to this one.
@Path("/realms/{realm}/protected-resource")
@PermitAll
@NonBlocking
public class ProtectedResourceMetadata {
  private final Realms realms;
  private final boolean takesCertificates;

  @Inject
  ProtectedResourceMetadata(Realms realms, BrokerConfig config) {
    this.realms = realms;
    this.takesCertificates =
        config.mtls().baseUrl().isPresent() || config.trustedProxies().isPresent();
  }

  /// `resource`: one of the realm's audiences; absent: the first.
  @GET
  public Response metadata(@PathParam("realm") String name, @Context RoutingContext http) {
    Optional<AppliedRealm> realm = realms.find(name);
    if (realm.isEmpty()) {
      return Answers.problem(404, "There is no such realm").build();
    }
    List<String> asked = http.queryParams().getAll("resource");
    String resource = asked.isEmpty() ? realm.get().config().defaultAudience() : asked.getFirst();
    if (asked.size() > 1 || !realm.get().config().audiences().contains(resource)) {
      return Answers.problem(404, "The realm has no such resource").build();
    }
    return Response.ok(document(realm.get(), resource).toString(), "application/json")
        .header(HttpHeaders.CACHE_CONTROL, "public, max-age=300")
        .header("Access-Control-Allow-Origin", "*")
        .build();
  }

  private ObjectNode document(AppliedRealm realm, String resource) {
    RealmConfig config = realm.config();
    ObjectNode document = Answers.JSON.createObjectNode().put("resource", resource);
    list(document, "authorization_servers", List.of(realm.issuer()));
    list(document, "scopes_supported", List.copyOf(config.scopes().keySet()));
    list(document, "bearer_methods_supported", List.of("header"));
    list(document, "dpop_signing_alg_values_supported", List.of("ES256"));
    document.put("tls_client_certificate_bound_access_tokens", takesCertificates);
    if (!config.description().isEmpty()) {
      document.put("resource_name", config.description());
    }
    return document.put("challenge_endpoint", realm.issuer() + "/challenge");
  }

  private static void list(ObjectNode document, String member, List<String> values) {
    ArrayNode array = document.putArray(member);
    values.forEach(array::add);
  }
}
