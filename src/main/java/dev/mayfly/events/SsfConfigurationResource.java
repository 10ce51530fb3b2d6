package dev.mayfly.events;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Realms;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

/// What a transmitter of security events says of itself, SSF 1.0.
@Path("/.well-known/ssf-configuration/realms/{realm}")
@PermitAll
@NonBlocking
public class SsfConfigurationResource {
  private final Realms realms;

  @Inject
  SsfConfigurationResource(Realms realms) {
    this.realms = realms;
  }

  @GET
  public Response configuration(@PathParam("realm") String name) {
    Optional<AppliedRealm> realm = realms.find(name).filter(ReceiverDoor::serves);
    return realm.isEmpty()
        ? Answers.problem(404, "There is no such realm, or it has no security events").build()
        : Response.ok(document(realm.get().issuer()).toString(), "application/json")
            .header(HttpHeaders.CACHE_CONTROL, "public, max-age=300")
            .build();
  }

  private static ObjectNode document(String issuer) {
    ObjectNode document = Answers.JSON.createObjectNode();
    document.put("spec_version", "1_0").put("issuer", issuer);
    document.put("jwks_uri", issuer + "/jwks");
    document.putArray("delivery_methods_supported").add(StreamRequest.PUSH).add(StreamRequest.POLL);
    document.put("configuration_endpoint", issuer + "/ssf/streams");
    document.put("status_endpoint", issuer + "/ssf/status");
    document.put("verification_endpoint", issuer + "/ssf/verify");
    // Bearer tokens of the realm itself.
    document.putArray("authorization_schemes").addObject().put("spec_urn", "urn:ietf:rfc:6749");
    return document.put("default_subjects", "ALL");
  }
}
