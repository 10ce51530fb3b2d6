package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Admin;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A request that [AdminGate] let through, and its parts.
/// `who`: empty only where the route is open to everybody. `applied`: present exactly where the
/// path names a realm. `address`: the client's, or `local`.
record AdminRequest(
    RoutingContext http,
    Optional<Admin> who,
    Optional<AppliedRealm> applied,
    String requestId,
    String address,
    Instant received) {
  /// What an event of no single realm has in the place of its name.
  private static final RealmName NO_REALM = new RealmName("mayfly");

  private static final int LONGEST_REASON = 500;

  Admin admin() {
    return who.orElseThrow();
  }

  /// As audit rows name the admin.
  String by() {
    return admin().name();
  }

  AppliedRealm realm() {
    return applied.orElseThrow();
  }

  /// For an event of this request: in its realm, if it names one.
  AuditContext context(Optional<ClientId> client) {
    RealmName realm = applied.map(AppliedRealm::name).orElse(NO_REALM);
    return new AuditContext(received, realm, client, requestId, address);
  }

  /// Who does it in the realm of the path, and why: the body's `reason`, which is mandatory.
  AdminService.Act act() {
    return new AdminService.Act(realm(), by(), reason(), context(Optional.empty()));
  }

  /// One segment of the path, decoded.
  String part(String name) {
    return http.pathParam(name);
  }

  ClientId client() {
    return clientId(part("client"));
  }

  GrantId grant() {
    try {
      return GrantId.parse(part("grant"));
    } catch (IllegalArgumentException malformed) {
      throw new AdminRefusal(404, "there is no such grant");
    }
  }

  /// Errors: 400 when it is there more than once.
  Optional<String> query(String name) {
    List<String> all = http.queryParam(name);
    if (all.size() > 1) {
      throw new AdminRefusal(400, "a parameter is there twice");
    }
    return all.stream().findFirst();
  }

  /// Errors: 400 when it is there more than once.
  Optional<String> header(String name) {
    List<String> all = http.request().headers().getAll(name);
    if (all.size() > 1) {
      throw new AdminRefusal(400, "a header is there twice");
    }
    return all.stream().findFirst();
  }

  Optional<ClientId> clientAskedFor() {
    return query("client").map(AdminRequest::clientId);
  }

  static ClientId clientId(String text) {
    try {
      return new ClientId(text);
    } catch (IllegalArgumentException malformed) {
      throw new AdminRefusal(404, "there is no such client");
    }
  }

  String reason() {
    String reason = body().path("reason").asText("").strip();
    if (reason.isEmpty()
        || reason.length() > LONGEST_REASON
        || reason.chars().anyMatch(Character::isISOControl)) {
      throw new AdminRefusal(400, "a reason of 1 to 500 printable characters is needed");
    }
    return reason;
  }

  /// Errors: 400 when it is not a JSON object.
  JsonNode body() {
    Buffer body = http.body().buffer();
    try {
      JsonNode json = Answers.JSON.readTree(body == null ? "" : body.toString());
      if (json.isObject()) {
        return json;
      }
    } catch (JsonProcessingException malformed) {
      // Told below: the body is wrong in the same way as one that is no object.
    }
    throw new AdminRefusal(400, "the body must be a JSON object");
  }
}
