package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@Entity
@Table(name = "admins")
class AdminRow {
  /// As for [ClientRow#COLUMNS].
  static final String COLUMNS =
      "admin_id, name, state, roles, created_at, created_by, signed_in_at, "
          + "login_digest, login_kid, totp_since, totp_step, machine_may, machine_jwks, machine_x5t";

  @Id
  @Column(name = "admin_id")
  UUID adminId;

  @Column(name = "name")
  String name;

  @Column(name = "state")
  String state;

  @Column(name = "roles")
  String roles;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "created_by")
  String createdBy;

  @Column(name = "signed_in_at")
  Instant signedInAt;

  @Column(name = "login_digest")
  String loginDigest;

  @Column(name = "login_kid")
  String loginKid;

  @Column(name = "totp_since")
  Instant totpSince;

  @Column(name = "totp_step")
  Long totpStep;

  @Column(name = "machine_may")
  String machineMay;

  @Column(name = "machine_jwks")
  String machineJwks;

  @Column(name = "machine_x5t")
  String machineX5t;

  Account account(List<PasskeyRow> passkeys, long recoveryCodes) {
    return new Account(
        adminId,
        name,
        Account.State.parse(state),
        roles,
        createdAt,
        createdBy,
        Optional.ofNullable(signedInAt),
        Optional.ofNullable(loginDigest).map(digest -> new Account.Hash(loginKid, digest)),
        Optional.ofNullable(totpSince),
        passkeys.stream().map(PasskeyRow::passkey).toList(),
        recoveryCodes,
        machine());
  }

  private Optional<Account.Machine> machine() {
    return Optional.ofNullable(machineMay)
        .map(
            may ->
                new Account.Machine(
                    Optional.ofNullable(machineJwks),
                    Optional.ofNullable(machineX5t),
                    may.lines().toList()));
  }
}
