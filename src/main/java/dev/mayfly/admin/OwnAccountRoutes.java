package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.Enrolment;
import dev.mayfly.identity.Sessions;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminChange;
import dev.mayfly.ledger.AdminCredentials;
import dev.mayfly.ledger.EntityTag;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;

/// An admin's own account: who am I, and by what I sign in.
@ApplicationScoped
class OwnAccountRoutes implements AdminRoutesOf {
  private final Enrolment enrolment;
  private final AdminCredentials credentials;

  @Inject
  OwnAccountRoutes(Enrolment enrolment, AdminCredentials credentials) {
    this.enrolment = enrolment;
    this.credentials = credentials;
  }

  @Override
  public List<AdminRoute> routes() {
    Permission fresh = Permission.signedInAfresh();
    return List.of(
        new AdminRoute(HttpMethod.GET, "/me", Permission.signedIn(), this::me)
            .described(Operation.of("Who I am").answering(AdminShapes.ME).tagged()),
        AdminRoute.post(
                "/me/passkeys/options",
                fresh,
                request -> enrolment.passkeyOptions(request.session(), context(request)))
            .described(
                Operation.of("What a browser needs to make a passkey").answering(Shape.free())),
        AdminRoute.post("/me/passkeys", fresh, this::addPasskey)
            .described(
                changing("Adds a passkey")
                    .taking(Shape.member("credential", Shape.free()), Shape.text("name"))),
        AdminRoute.delete("/me/passkeys/:id", fresh, this::removePasskey)
            .described(
                changing("Takes a passkey away, but never the only authenticator")
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post(
                "/me/totp/options",
                fresh,
                request -> enrolment.totpOptions(request.session(), context(request)))
            .described(
                Operation.of("What an authenticator app needs")
                    .answering(
                        Shape.object(
                            Shape.text("challenge"),
                            Shape.text("secret").shownOnce(),
                            Shape.text("uri").shownOnce()))),
        AdminRoute.post("/me/totp", fresh, this::addTotp)
            .described(
                changing("Adds an authenticator app")
                    .taking(Shape.text("challenge"), Shape.text("code"))),
        AdminRoute.delete("/me/totp", fresh, this::removeTotp)
            .described(
                changing("Takes the authenticator app away, but never the only one")
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post("/me/recovery-codes", fresh, this::newRecoveryCodes)
            .described(
                Operation.of("New codes and a new login secret; those before count no more")
                    .answering(AdminShapes.TOLD)));
  }

  /// The own account, which is told as it is then.
  private static Operation changing(String summary) {
    return Operation.of(summary).answering(AdminShapes.ACCOUNT);
  }

  private static AuditContext context(AdminRequest request) {
    return request.context(Optional.empty());
  }

  /// With what the header of every change must say: only a page of ours can read this answer.
  private Uni<AdminAnswer> me(AdminRequest request) {
    ObjectNode view = IdentityViews.me(request.admin());
    AdminCookies.read(request.http().request(), AdminCookies.SESSION)
        .filter(_ -> request.admin() instanceof Admin.InSession)
        .ifPresent(cookie -> view.put("csrf", Sessions.csrf(cookie)));
    AdminAnswer me = AdminAnswer.ok(view);
    return Uni.createFrom()
        .item(
            switch (request.admin()) {
              case Admin.InSession here -> me.with(EntityTag.of(here.account()));
              case Admin.Machine machine -> me.with(EntityTag.of(machine.account()));
              case Admin.Local _ -> me;
            });
  }

  private Uni<ObjectNode> addPasskey(AdminRequest request) {
    JsonNode body = request.body("credential", "name");
    return enrolment
        .addPasskey(
            request.session(),
            body.path("credential"),
            AdminRequest.text(body, "name", 64),
            context(request))
        .map(OwnAccountRoutes::account);
  }

  /// Whoever has recovered may find new ways in, and take none away: codes that were found are
  /// not to keep their owner out.
  static Admin.InSession notRecovering(AdminRequest request) {
    Admin.InSession admin = request.session();
    if (admin.isRecovering()) {
      throw new AdminRefusal(403, "add an authenticator, and sign in with it first");
    }
    return admin;
  }

  private Uni<AdminAnswer> removePasskey(AdminRequest request) {
    Account account = notRecovering(request).account();
    return credentials
        .removePasskey(
            account.id(),
            request.ifMatch(),
            request.part("id"),
            passkey ->
                new AdminEvent.AuthenticatorRemoved(
                    context(request),
                    account.name(),
                    "passkey",
                    passkey.name(),
                    account.name(),
                    "by its owner"))
        .map(OwnAccountRoutes::account)
        .map(AdminAnswer::ok);
  }

  private Uni<ObjectNode> addTotp(AdminRequest request) {
    JsonNode body = request.body("challenge", "code");
    return enrolment
        .addTotp(
            request.session(),
            AdminRequest.text(body, "challenge", 100),
            AdminRequest.text(body, "code", 10),
            context(request))
        .map(OwnAccountRoutes::account);
  }

  private Uni<AdminAnswer> removeTotp(AdminRequest request) {
    Account account = notRecovering(request).account();
    return credentials
        .removeTotp(
            account.id(),
            request.ifMatch(),
            new AdminEvent.AuthenticatorRemoved(
                context(request),
                account.name(),
                "totp",
                "authenticator app",
                account.name(),
                "by its owner"))
        .map(OwnAccountRoutes::account)
        .map(AdminAnswer::ok);
  }

  private Uni<ObjectNode> newRecoveryCodes(AdminRequest request) {
    return enrolment
        .replaceShown(notRecovering(request), context(request))
        .map(
            told ->
                IdentityViews.told(
                    Answers.JSON.createObjectNode(),
                    told.orElseThrow(() -> new AdminRefusal(409, "you are not active any more"))));
  }

  static ObjectNode account(AdminChange change) {
    return IdentityViews.account(done(change));
  }

  /// Errors: 404, 409 or 412 for what was not done.
  static Account done(AdminChange change) {
    return switch (change) {
      case AdminChange.Done(Account account) -> account;
      case AdminChange.NoSuchAdmin _ -> throw new AdminRefusal(404, "there is no such admin");
      case AdminChange.Stale _ ->
          throw new AdminRefusal(412, "the admin was changed meanwhile; read it again");
      case AdminChange.Refused(String because) -> throw new AdminRefusal(409, because);
    };
  }
}
