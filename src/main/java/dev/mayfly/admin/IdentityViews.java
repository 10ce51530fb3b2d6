package dev.mayfly.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.Roles;
import dev.mayfly.identity.SessionLife;
import dev.mayfly.identity.SignedIn;
import dev.mayfly.identity.Told;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminSession;
import java.time.Instant;
import java.util.Optional;

/// How admins and their sessions are shown.
final class IdentityViews {
  private IdentityViews() {}

  /// `csrf`: for the header that every change needs.
  static ObjectNode me(SignedIn signedIn) {
    return me(signedIn.admin()).put("csrf", signedIn.csrf());
  }

  static ObjectNode me(Admin admin) {
    ObjectNode view = Answers.JSON.createObjectNode().put("name", admin.name());
    view.set("roles", roles(admin.roles()));
    switch (admin) {
      case Admin.Local _ -> {}
      case Admin.InSession here -> {
        session(view, here.session())
            .put("recovering", here.isRecovering())
            .put("fresh_until", here.freshUntil().toString());
        authenticators(view, here.account());
      }
      case Admin.Machine here -> {
        session(view, here.session());
        MachineRoutes.describe(view, here.machine());
      }
    }
    return view;
  }

  private static ObjectNode session(ObjectNode view, AdminSession session) {
    Instant idleEnd = session.lastUsedAt().plus(SessionLife.IDLE);
    return view.putObject("session")
        .put("method", session.method())
        .put("address", session.address())
        .put("started_at", session.createdAt().toString())
        .put("ends_at", session.expiresAt().toString())
        .put("idle_ends_at", idleEnd.toString());
  }

  static ObjectNode told(ObjectNode view, Told told) {
    told.recoveryCodes().forEach(view.putArray("recovery_codes")::add);
    return view.put("login_secret", told.loginSecret());
  }

  static ObjectNode account(Account account) {
    ObjectNode view =
        Answers.JSON
            .createObjectNode()
            .put("name", account.name())
            .put("state", account.state().word());
    view.set("roles", roles(Roles.parse(account.roles())));
    view.put("created_at", account.createdAt().toString()).put("created_by", account.createdBy());
    put(view, "signed_in_at", account.signedInAt());
    authenticators(view, account);
    account.machine().ifPresent(machine -> MachineRoutes.describe(view, machine));
    return view;
  }

  private static void authenticators(ObjectNode view, Account account) {
    ArrayNode passkeys = view.putArray("passkeys");
    for (Account.Passkey passkey : account.passkeys()) {
      ObjectNode one =
          passkeys
              .addObject()
              .put("id", passkey.credentialId())
              .put("name", passkey.name())
              .put("synced", passkey.backup())
              .put("created_at", passkey.createdAt().toString());
      put(one, "last_used_at", passkey.lastUsedAt());
    }
    put(view, "totp_since", account.totpSince());
    view.put("recovery_codes_left", account.recoveryCodes());
  }

  private static void put(ObjectNode view, String name, Optional<Instant> at) {
    view.put(name, at.map(Instant::toString).orElse(null));
  }

  /// `{"*": "root"}`; realms by name.
  static ObjectNode roles(Roles roles) {
    ObjectNode view = Answers.JSON.createObjectNode();
    roles.everywhere().ifPresent(role -> view.put(Roles.EVERYWHERE, role.word()));
    roles.inRealm().entrySet().stream()
        .sorted(java.util.Comparator.comparing(entry -> entry.getKey().value()))
        .forEach(entry -> view.put(entry.getKey().value(), entry.getValue().word()));
    return view;
  }
}
