package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;

@Entity
@Table(name = "attestations")
@IdClass(AttestationRow.Key.class)
class AttestationRow {
  record Key(String realm, String jti) implements Serializable {}

  @Id
  @Column(name = "realm")
  String realm;

  @Id
  @Column(name = "jti")
  String jti;

  @Column(name = "client_key")
  String clientKey;

  @Column(name = "jkt")
  String jkt;

  @Column(name = "attester")
  String attester;

  @Column(name = "rule")
  String rule;

  @Column(name = "issued_at")
  Instant issuedAt;

  @Column(name = "expires_at")
  Instant expiresAt;

  @Column(name = "revoked_at")
  Instant revokedAt;

  @Column(name = "revoke_reason")
  String revokeReason;
}
