package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity
@Table(name = "passkeys")
class PasskeyRow {
  /// As for [ClientRow#COLUMNS].
  static final String COLUMNS =
      "credential_id, admin_id, name, credential, sign_count, backup, created_at, "
          + "last_used_at";

  @Id
  @Column(name = "credential_id")
  String credentialId;

  @Column(name = "admin_id")
  UUID adminId;

  @Column(name = "name")
  String name;

  @Column(name = "credential")
  String credential;

  @Column(name = "sign_count")
  long signCount;

  @Column(name = "backup")
  boolean backup;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "last_used_at")
  Instant lastUsedAt;

  static PasskeyRow of(UUID admin, Account.Passkey passkey) {
    PasskeyRow row = new PasskeyRow();
    row.credentialId = passkey.credentialId();
    row.adminId = admin;
    row.name = passkey.name();
    row.credential = passkey.credential();
    row.signCount = passkey.signCount();
    row.backup = passkey.backup();
    row.createdAt = passkey.createdAt();
    row.lastUsedAt = passkey.lastUsedAt().orElse(null);
    return row;
  }

  Account.Passkey passkey() {
    return new Account.Passkey(
        credentialId,
        name,
        credential,
        signCount,
        backup,
        createdAt,
        Optional.ofNullable(lastUsedAt));
  }
}
