package dev.mayfly.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;

/// What admins do as such, and what is done to them. `admin` is always whom it concerns, by
/// name; `by` who did it, where that may be somebody else.
public sealed interface AdminEvent {
  AuditContext context();

  String admin();

  /// `method`: passkey, totp, recovery_code, terminal, machine_key or machine_certificate;
  /// `session`: the id of the session, no secret.
  record SignedIn(AuditContext context, String admin, String method, String session)
      implements AdminEvent {}

  /// `admin` is who it claimed to be, empty for nobody known; `suspicious` when whoever it was had
  /// a part of the admin's credentials, or a copy of a passkey.
  record SignInFailed(AuditContext context, String admin, String because, boolean suspicious)
      implements AdminEvent {}

  /// The second factor again, before an act that asks for it.
  record SteppedUp(AuditContext context, String admin, String method, String session)
      implements AdminEvent {}

  record SignedOut(AuditContext context, String admin, String session) implements AdminEvent {}

  /// A one-time link was made; it takes the place of an earlier one.
  record Invited(
      AuditContext context, String admin, String roles, String by, String reason, Instant expiresAt)
      implements AdminEvent {}

  record RolesChanged(
      AuditContext context, String admin, String from, String to, String by, String reason)
      implements AdminEvent {}

  record StateChanged(
      AuditContext context, String admin, String from, String to, String by, String reason)
      implements AdminEvent {}

  /// `kind`: passkey or totp.
  record AuthenticatorAdded(AuditContext context, String admin, String kind, String name)
      implements AdminEvent {}

  record AuthenticatorRemoved(
      AuditContext context, String admin, String kind, String name, String by, String reason)
      implements AdminEvent {}

  /// A new login secret and new recovery codes were shown; those before count no more.
  record RecoveryCodesMade(AuditContext context, String admin) implements AdminEvent {}

  record RecoveryCodeUsed(AuditContext context, String admin, long left) implements AdminEvent {}

  /// The admin lets a terminal be signed in. `terminal`: what it calls itself; `from`: its address,
  /// which may be another than the admin's.
  record TerminalConfirmed(AuditContext context, String admin, String terminal, String from)
      implements AdminEvent {}

  /// The admin was shown a terminal that is somebody else's.
  record TerminalRefused(AuditContext context, String admin, String terminal, String from)
      implements AdminEvent {}

  /// `keys`: what it is known by, as thumbprints; `may`: routes, one a line, or nothing.
  record MachineAdded(
      AuditContext context,
      String admin,
      String roles,
      String keys,
      String may,
      String by,
      String reason)
      implements AdminEvent {}

  record MachineKeysChanged(
      AuditContext context, String admin, String keys, String by, String reason)
      implements AdminEvent {}

  /// As in the column `event`.
  default String word() {
    return switch (this) {
      case SignedIn _ -> "admin_signed_in";
      case SignInFailed _ -> "admin_sign_in_failed";
      case SteppedUp _ -> "admin_stepped_up";
      case SignedOut _ -> "admin_signed_out";
      case Invited _ -> "admin_invited";
      case RolesChanged _ -> "admin_roles_changed";
      case StateChanged _ -> "admin_state_changed";
      case AuthenticatorAdded _ -> "admin_authenticator_added";
      case AuthenticatorRemoved _ -> "admin_authenticator_removed";
      case RecoveryCodesMade _ -> "admin_recovery_codes_made";
      case RecoveryCodeUsed _ -> "admin_recovery_code_used";
      case TerminalConfirmed _ -> "admin_terminal_confirmed";
      case TerminalRefused _ -> "admin_terminal_refused";
      case MachineAdded _ -> "admin_machine_added";
      case MachineKeysChanged _ -> "admin_machine_keys_changed";
    };
  }

  default Severity severity() {
    return switch (this) {
      case SignedIn _, SteppedUp _, SignedOut _, RecoveryCodesMade _ -> Severity.INFO;
      case Invited _, RolesChanged _, StateChanged _ -> Severity.INFO;
      case AuthenticatorAdded _, AuthenticatorRemoved _ -> Severity.INFO;
      case SignInFailed failed -> failed.suspicious() ? Severity.ALERT : Severity.WARNING;
      case TerminalConfirmed _, MachineAdded _, MachineKeysChanged _ -> Severity.INFO;
      case RecoveryCodeUsed _, TerminalRefused _ -> Severity.ALERT;
    };
  }

  /// As [AuditEvent#refusal].
  default Optional<String> refusal() {
    return this instanceof SignInFailed failed ? Optional.of(failed.because()) : Optional.empty();
  }

  /// Fills in what has no column of its own.
  default void describe(ObjectNode detail) {
    detail.put("admin", admin());
    switch (this) {
      case SignedIn e -> detail.put("method", e.method()).put("session", e.session());
      case SignInFailed e -> detail.put("because", e.because());
      case SteppedUp e -> detail.put("method", e.method()).put("session", e.session());
      case SignedOut e -> detail.put("session", e.session());
      case Invited e -> {
        by(detail, e.by(), e.reason()).put("roles", e.roles());
        detail.put("expires_at", e.expiresAt().toString());
      }
      case RolesChanged e -> by(detail, e.by(), e.reason()).put("from", e.from()).put("to", e.to());
      case StateChanged e -> by(detail, e.by(), e.reason()).put("from", e.from()).put("to", e.to());
      case AuthenticatorAdded e -> detail.put("kind", e.kind()).put("name", e.name());
      case AuthenticatorRemoved e ->
          by(detail, e.by(), e.reason()).put("kind", e.kind()).put("name", e.name());
      case RecoveryCodesMade _ -> {}
      case RecoveryCodeUsed e -> detail.put("left", e.left());
      case TerminalConfirmed e -> detail.put("terminal", e.terminal()).put("from", e.from());
      case TerminalRefused e -> detail.put("terminal", e.terminal()).put("from", e.from());
      case MachineAdded e ->
          by(detail, e.by(), e.reason())
              .put("roles", e.roles())
              .put("keys", e.keys())
              .put("may", e.may());
      case MachineKeysChanged e -> by(detail, e.by(), e.reason()).put("keys", e.keys());
    }
  }

  private static ObjectNode by(ObjectNode detail, String by, String reason) {
    return detail.put("by", by).put("reason", reason);
  }
}
