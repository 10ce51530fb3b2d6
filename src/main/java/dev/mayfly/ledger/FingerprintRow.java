package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "fingerprints")
class FingerprintRow {
  @Id
  @Column(name = "fingerprint")
  String fingerprint;

  @Column(name = "kind")
  String kind;

  @Column(name = "mac_kid")
  String macKid;

  @Column(name = "owner")
  String owner;

  @Column(name = "retired_at")
  Instant retiredAt;

  @Column(name = "reason")
  String reason;
}
