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
import io.smallrye.mutiny.Uni;
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
        AdminRoute.get("/me", Permission.signedIn(), this::me),
        AdminRoute.post(
            "/me/passkeys/options",
            fresh,
            request -> enrolment.passkeyOptions(request.session(), context(request))),
        AdminRoute.post("/me/passkeys", fresh, this::addPasskey),
        AdminRoute.delete("/me/passkeys/:id", fresh, this::removePasskey),
        AdminRoute.post(
            "/me/totp/options",
            fresh,
            request -> enrolment.totpOptions(request.session(), context(request))),
        AdminRoute.post("/me/totp", fresh, this::addTotp),
        AdminRoute.delete("/me/totp", fresh, this::removeTotp),
        AdminRoute.post("/me/recovery-codes", fresh, this::newRecoveryCodes));
  }

  private static AuditContext context(AdminRequest request) {
    return request.context(Optional.empty());
  }

  /// With what the header of every change must say: only a page of ours can read this answer.
  private Uni<ObjectNode> me(AdminRequest request) {
    ObjectNode view = IdentityViews.me(request.admin());
    AdminCookies.read(request.http().request(), AdminCookies.SESSION)
        .filter(_ -> request.admin() instanceof Admin.InSession)
        .ifPresent(cookie -> view.put("csrf", Sessions.csrf(cookie)));
    return Uni.createFrom().item(view);
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
  private static Admin.InSession notRecovering(AdminRequest request) {
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
    return switch (change) {
      case AdminChange.Done(Account account) -> IdentityViews.account(account);
      case AdminChange.NoSuchAdmin _ -> throw new AdminRefusal(404, "there is no such admin");
      case AdminChange.Refused(String because) -> throw new AdminRefusal(409, because);
    };
  }
}
