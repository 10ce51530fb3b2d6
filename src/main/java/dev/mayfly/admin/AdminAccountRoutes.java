package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Invitations;
import dev.mayfly.identity.Role;
import dev.mayfly.identity.Roles;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminAccounts;
import dev.mayfly.ledger.AdminCredentials;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who the admins are, and what root does with them.
@ApplicationScoped
class AdminAccountRoutes implements AdminRoutesOf {
  private static final String ADMIN = "/admins/:admin";

  private final AdminAccounts accounts;
  private final AdminCredentials credentials;
  private final Invitations invitations;

  @Inject
  AdminAccountRoutes(
      AdminAccounts accounts, AdminCredentials credentials, Invitations invitations) {
    this.accounts = accounts;
    this.credentials = credentials;
    this.invitations = invitations;
  }

  @Override
  public List<AdminRoute> routes() {
    Permission root = Permission.inBrokerAfresh(Role.ROOT);
    return List.of(
        AdminRoute.get("/admins", Permission.inBroker(Role.AUDITOR), _ -> list()),
        AdminRoute.post("/admins", root, this::invite),
        AdminRoute.post(ADMIN + "/invitation", root, this::inviteAgain),
        AdminRoute.post(ADMIN + "/roles", root, this::changeRoles),
        AdminRoute.post(
            ADMIN + "/suspend", root, request -> changeState(request, Account.State.SUSPENDED)),
        AdminRoute.post(
            ADMIN + "/resume", root, request -> changeState(request, Account.State.ACTIVE)),
        AdminRoute.post(
            ADMIN + "/remove", root, request -> changeState(request, Account.State.REMOVED)),
        AdminRoute.post(ADMIN + "/passkeys/:id/remove", root, this::removePasskey),
        AdminRoute.post(ADMIN + "/totp/remove", root, this::removeTotp));
  }

  private Uni<ArrayNode> list() {
    return accounts
        .all()
        .map(
            all -> {
              ArrayNode views = Answers.JSON.createArrayNode();
              all.forEach(account -> views.add(IdentityViews.account(account)));
              return views;
            });
  }

  private static AuditContext context(AdminRequest request) {
    return request.context(Optional.empty());
  }

  private Uni<ObjectNode> invite(AdminRequest request) {
    JsonNode body = request.body("name", "roles", "reason");
    String name = AdminRequest.text(body, "name", 64);
    if (!Invitations.isName(name)) {
      throw new AdminRefusal(400, "name is 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first");
    }
    return invitations
        .invite(name, roles(body), request.by(), request.reason(), context(request))
        .map(AdminAccountRoutes::link);
  }

  private Uni<ObjectNode> inviteAgain(AdminRequest request) {
    request.body("reason");
    return invitations
        .inviteAgain(request.part("admin"), request.by(), request.reason(), context(request))
        .map(AdminAccountRoutes::link);
  }

  private static ObjectNode link(Invitations.Made made) {
    return switch (made) {
      case Invitations.Made.Link link ->
          Answers.JSON
              .createObjectNode()
              .put("link", link.link())
              .put("expires_at", link.expiresAt().toString());
      case Invitations.Made.NoSuchAdmin _ -> throw new AdminRefusal(404, "there is no such admin");
      case Invitations.Made.Refused(String because) -> throw new AdminRefusal(409, because);
    };
  }

  private Uni<ObjectNode> changeRoles(AdminRequest request) {
    Roles roles = roles(request.body("roles", "reason"));
    String reason = request.reason();
    return accounts
        .changeRoles(
            request.part("admin"),
            roles.text(),
            roles.isRoot(),
            account ->
                new AdminEvent.RolesChanged(
                    context(request),
                    account.name(),
                    account.roles(),
                    roles.text(),
                    request.by(),
                    reason))
        .map(OwnAccountRoutes::account);
  }

  private Uni<ObjectNode> changeState(AdminRequest request, Account.State to) {
    request.body("reason");
    String reason = request.reason();
    return accounts
        .changeState(
            request.part("admin"),
            to,
            account ->
                new AdminEvent.StateChanged(
                    context(request),
                    account.name(),
                    account.state().word(),
                    to.word(),
                    request.by(),
                    reason))
        .map(OwnAccountRoutes::account);
  }

  private Uni<ObjectNode> removePasskey(AdminRequest request) {
    request.body("reason");
    String reason = request.reason();
    return named(request)
        .chain(
            account ->
                credentials.removePasskey(
                    account.id(),
                    request.part("id"),
                    passkey ->
                        new AdminEvent.AuthenticatorRemoved(
                            context(request),
                            account.name(),
                            "passkey",
                            passkey.name(),
                            request.by(),
                            reason)))
        .map(OwnAccountRoutes::account);
  }

  private Uni<ObjectNode> removeTotp(AdminRequest request) {
    request.body("reason");
    String reason = request.reason();
    return named(request)
        .chain(
            account ->
                credentials.removeTotp(
                    account.id(),
                    new AdminEvent.AuthenticatorRemoved(
                        context(request),
                        account.name(),
                        "totp",
                        "authenticator app",
                        request.by(),
                        reason)))
        .map(OwnAccountRoutes::account);
  }

  private Uni<Account> named(AdminRequest request) {
    return accounts
        .named(request.part("admin"))
        .map(account -> account.orElseThrow(() -> new AdminRefusal(404, "there is no such admin")));
  }

  /// `{"*": "auditor", "nevocoin": "operator"}`. A realm need not be there yet.
  private static Roles roles(JsonNode body) {
    JsonNode wanted = body.path("roles");
    if (!wanted.isObject() || wanted.isEmpty()) {
      throw new AdminRefusal(400, "roles is an object: realms, or *, with a role each");
    }
    Optional<Role> everywhere = Optional.empty();
    Map<RealmName, Role> inRealm = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : wanted.properties()) {
      Role role =
          Role.parse(entry.getValue().asText(""))
              .orElseThrow(
                  () ->
                      new AdminRefusal(400, "a role is auditor, operator, security_admin or root"));
      if (entry.getKey().equals(Roles.EVERYWHERE)) {
        everywhere = Optional.of(role);
      } else {
        inRealm.put(realm(entry.getKey()), role);
      }
    }
    try {
      return new Roles(everywhere, inRealm);
    } catch (IllegalArgumentException rootInOneRealm) {
      throw new AdminRefusal(400, rootInOneRealm.getMessage());
    }
  }

  private static RealmName realm(String text) {
    try {
      return new RealmName(text);
    } catch (IllegalArgumentException malformed) {
      throw new AdminRefusal(400, "roles names what cannot be a realm");
    }
  }
}
