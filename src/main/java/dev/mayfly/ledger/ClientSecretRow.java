package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

@Entity
@Table(name = "client_secrets")
class ClientSecretRow {
  @Id
  @Column(name = "secret_id")
  UUID secretId;

  @Column(name = "client_key")
  String clientKey;

  @Column(name = "digest")
  String digest;

  @Column(name = "mac_kid")
  String macKid;

  @Column(name = "fingerprint")
  String fingerprint;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "expires_at")
  Instant expiresAt;
}
