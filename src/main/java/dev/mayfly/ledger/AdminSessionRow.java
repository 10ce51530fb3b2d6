package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

@Entity
@Table(name = "admin_sessions")
class AdminSessionRow {
  /// As for [ClientRow#COLUMNS].
  static final String COLUMNS =
      "session_id, admin_id, digest, mac_kid, method, address, created_at, "
          + "last_used_at, proved_at, expires_at";

  @Id
  @Column(name = "session_id")
  UUID sessionId;

  @Column(name = "admin_id")
  UUID adminId;

  @Column(name = "digest")
  String digest;

  @Column(name = "mac_kid")
  String macKid;

  @Column(name = "method")
  String method;

  @Column(name = "address")
  String address;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "last_used_at")
  Instant lastUsedAt;

  @Column(name = "proved_at")
  Instant provedAt;

  @Column(name = "expires_at")
  Instant expiresAt;

  static AdminSessionRow of(AdminSession session) {
    AdminSessionRow row = new AdminSessionRow();
    row.sessionId = session.id();
    row.adminId = session.admin();
    row.digest = session.kept().digest();
    row.macKid = session.kept().macKid();
    row.method = session.method();
    row.address = session.address();
    row.createdAt = session.createdAt();
    row.lastUsedAt = session.createdAt();
    row.provedAt = session.provedAt();
    row.expiresAt = session.expiresAt();
    return row;
  }

  AdminSession session() {
    return new AdminSession(
        sessionId,
        adminId,
        new Account.Hash(macKid, digest),
        method,
        address,
        createdAt,
        lastUsedAt,
        provedAt,
        expiresAt);
  }
}
