package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.Visit;
import dev.mayfly.ledger.Approval;
import dev.mayfly.ledger.IfMatch;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A request that [AdminGate] let through, and its parts.
/// `who`: empty only where the route is open to everybody. `applied`: present exactly where the
/// path names a realm. `address`: the client's, or `local`; `peer`: the same for counting.
/// `browser`: what the sign-in cookie says, or a new one.
record AdminRequest(
    RoutingContext http,
    Optional<Admin> who,
    Optional<AppliedRealm> applied,
    String requestId,
    String address,
    InetAddress peer,
    String browser,
    Instant received) {
  /// What an event of no single realm has in the place of its name.
  private static final RealmName NO_REALM = new RealmName("mayfly");

  /// How the id of a person begins that is an account's.
  static final String ACCOUNT = "account/";

  private static final int LONGEST_REASON = 500;

  Admin admin() {
    return who.orElseThrow();
  }

  /// As audit rows name the admin.
  String by() {
    return admin().name();
  }

  /// The admin, told apart from others of the same name: an account may be called as the home's
  /// key is.
  Approval.Who person() {
    String id =
        switch (admin()) {
          case Admin.InSession here -> ACCOUNT + here.account().id();
          case Admin.Machine machine -> ACCOUNT + machine.account().id();
          case Admin.Local owner -> "name/" + owner.name();
        };
    return new Approval.Who(id, admin().name());
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
    return new AdminService.Act(realm(), by(), reason(), context(Optional.empty()), ifMatch());
  }

  /// As [#act], where nothing but the reason can be said: a preview that is asked for in vain must
  /// not become the act.
  AdminService.Act actWithoutPreview() {
    JsonNode _ = body("reason");
    return act();
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

  /// The condition of the act. Errors: 400 when it is none.
  IfMatch ifMatch() {
    return header("If-Match")
        .map(
            text ->
                IfMatch.parse(text)
                    .orElseThrow(
                        () -> new AdminRefusal(400, "If-Match is *, or entity tags in quotes")))
        .orElse(IfMatch.ANY);
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

  /// The body's members, and no others than these.
  /// Errors: 400 for any other: what we do not know must not look as if it had counted.
  JsonNode body(String... members) {
    JsonNode body = body();
    body.fieldNames()
        .forEachRemaining(
            name -> {
              if (!List.of(members).contains(name)) {
                throw new AdminRefusal(400, "the body has a member that means nothing here");
              }
            });
    return body;
  }

  /// A member that is a text of 1 to `longest` characters, none of them a control character.
  static String text(JsonNode body, String member, int longest) {
    JsonNode value = body.path(member);
    String text = value.asText("");
    if (!value.isTextual()
        || text.isEmpty()
        || text.length() > longest
        || text.chars().anyMatch(Character::isISOControl)) {
      throw new AdminRefusal(400, member + " is a text of 1 to " + longest + " characters");
    }
    return text;
  }

  /// The admin's session. Errors: 409 for the owner of the machine, who has none.
  Admin.InSession session() {
    return switch (admin()) {
      case Admin.InSession session -> session;
      case Admin.Local _ ->
          throw new AdminRefusal(
              409, "this is for admins who sign in; the home's key has no session");
      case Admin.Machine _ -> throw new AdminRefusal(409, "this is for people");
    };
  }

  /// For whoever is about to sign in or to confirm.
  Visit visit() {
    return new Visit(context(Optional.empty()), peer, browser);
  }

  boolean hasBody() {
    Buffer body = http.body().buffer();
    return body != null && body.length() > 0;
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
