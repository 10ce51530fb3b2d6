package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity
@Table(name = "terminal_logins")
class TerminalLoginRow {
  /// As for [ClientRow#COLUMNS].
  static final String COLUMNS =
      "login_id, user_code, digest, mac_kid, terminal, address, created_at, expires_at, state, "
          + "admin_id, decided_at";

  @Id
  @Column(name = "login_id")
  UUID loginId;

  @Column(name = "user_code")
  String userCode;

  @Column(name = "digest")
  String digest;

  @Column(name = "mac_kid")
  String macKid;

  @Column(name = "terminal")
  String terminal;

  @Column(name = "address")
  String address;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "expires_at")
  Instant expiresAt;

  @Column(name = "state")
  String state;

  @Column(name = "admin_id")
  UUID adminId;

  @Column(name = "decided_at")
  Instant decidedAt;

  TerminalLogin login() {
    return new TerminalLogin(
        loginId,
        userCode,
        new Account.Hash(macKid, digest),
        terminal,
        address,
        createdAt,
        expiresAt,
        TerminalLogin.State.parse(state),
        Optional.ofNullable(adminId).map(admin -> new TerminalLogin.Decision(admin, decidedAt)));
  }
}
