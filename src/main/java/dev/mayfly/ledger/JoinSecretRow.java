package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "join_secrets")
class JoinSecretRow {
  @Id
  @Column(name = "digest")
  String digest;

  @Column(name = "mac_kid")
  String macKid;

  @Column(name = "fingerprint")
  String fingerprint;

  @Column(name = "client_key")
  String clientKey;

  @Column(name = "attester")
  String attester;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "expires_at")
  Instant expiresAt;

  @Column(name = "used_at")
  Instant usedAt;

  @Column(name = "used_by")
  String usedBy;
}
