package dev.mayfly.admin;

import static dev.mayfly.admin.AdminShapes.REASON;

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
import dev.mayfly.ledger.AdminChange;
import dev.mayfly.ledger.AdminCredentials;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
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
        AdminRoute.get("/admins", Permission.inBroker(Role.AUDITOR), _ -> list())
            .described(
                Operation.of("Who the admins are").answering(Shape.listOf(AdminShapes.ACCOUNT))),
        new AdminRoute(HttpMethod.GET, ADMIN, Permission.inBroker(Role.AUDITOR), this::show)
            .described(Operation.of("One admin").answering(AdminShapes.ACCOUNT).tagged()),
        AdminRoute.post("/admins", root, this::invite)
            .described(
                Operation.of("Invites an admin, by a link that works once")
                    .taking(Shape.text("name"), Shape.member("roles", AdminShapes.ROLES), REASON)
                    .answering(AdminShapes.LINK)),
        AdminRoute.post(ADMIN + "/invitation", root, this::inviteAgain)
            .described(
                Operation.of("Another link; using it takes away what the account had")
                    .taking(REASON)
                    .answering(AdminShapes.LINK)
                    .when(Operation.Condition.HONOURED)),
        new AdminRoute(HttpMethod.POST, ADMIN + "/roles", root, this::changeRoles)
            .described(
                act("Replaces the roles of an admin")
                    .taking(Shape.member("roles", AdminShapes.ROLES), REASON)
                    .tagged()
                    .when(Operation.Condition.NEEDED)),
        state("/suspend", Account.State.SUSPENDED, "Signs an admin out everywhere, until resumed"),
        state("/resume", Account.State.ACTIVE, "Lets a suspended admin in again"),
        state(
            "/remove",
            Account.State.REMOVED,
            "Removes an admin for good; the name is not given again"),
        AdminRoute.post(ADMIN + "/passkeys/:id/remove", root, this::removePasskey)
            .described(
                act("Takes a passkey away from an admin").when(Operation.Condition.HONOURED)),
        AdminRoute.post(ADMIN + "/totp/remove", root, this::removeTotp)
            .described(
                act("Takes the authenticator app away from an admin")
                    .when(Operation.Condition.HONOURED)));
  }

  private AdminRoute state(String word, Account.State to, String summary) {
    return new AdminRoute(
            HttpMethod.POST,
            ADMIN + word,
            Permission.inBrokerAfresh(Role.ROOT),
            request -> changeState(request, to))
        .described(act(summary).tagged().when(Operation.Condition.HONOURED));
  }

  /// On an account, which is told as it is then.
  private static Operation act(String summary) {
    return Operation.of(summary).taking(REASON).answering(AdminShapes.ACCOUNT);
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

  private Uni<AdminAnswer> show(AdminRequest request) {
    return named(request).map(AdminAccountRoutes::tagged);
  }

  private static AdminAnswer tagged(AdminChange change) {
    return tagged(OwnAccountRoutes.done(change));
  }

  private static AdminAnswer tagged(Account account) {
    return AdminAnswer.ok(IdentityViews.account(account))
        .with("ETag", EntityTag.of(account).text());
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
        .inviteAgain(
            request.part("admin"),
            request.ifMatch(),
            request.by(),
            request.reason(),
            context(request))
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

  private Uni<AdminAnswer> changeRoles(AdminRequest request) {
    Roles roles = roles(request.body("roles", "reason"));
    String reason = request.reason();
    return accounts
        .changeRoles(
            request.part("admin"),
            request.ifMatch(),
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
        .map(AdminAccountRoutes::tagged);
  }

  private Uni<AdminAnswer> changeState(AdminRequest request, Account.State to) {
    request.body("reason");
    String reason = request.reason();
    return accounts
        .changeState(
            request.part("admin"),
            request.ifMatch(),
            to,
            account ->
                new AdminEvent.StateChanged(
                    context(request),
                    account.name(),
                    account.state().word(),
                    to.word(),
                    request.by(),
                    reason))
        .map(AdminAccountRoutes::tagged);
  }

  private Uni<ObjectNode> removePasskey(AdminRequest request) {
    request.body("reason");
    String reason = request.reason();
    return named(request)
        .chain(
            account ->
                credentials.removePasskey(
                    account.id(),
                    request.ifMatch(),
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
                    request.ifMatch(),
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
  static Roles roles(JsonNode body) {
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
