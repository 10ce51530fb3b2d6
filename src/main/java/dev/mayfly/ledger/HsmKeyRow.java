package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "hsm_keys")
class HsmKeyRow {
  @Id
  @Column(name = "kid")
  String kid;

  @Column(name = "realm")
  String realm;

  @Column(name = "purpose")
  String purpose;

  @Column(name = "label")
  String label;

  @Column(name = "jwk")
  String jwk;

  @Column(name = "created_at")
  Instant createdAt;
}
