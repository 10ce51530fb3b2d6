package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;

@Entity
@Table(name = "instances")
@IdClass(InstanceRow.Key.class)
class InstanceRow {
  record Key(String clientKey, String jkt) implements Serializable {}

  @Id
  @Column(name = "client_key")
  String clientKey;

  @Id
  @Column(name = "jkt")
  String jkt;

  @Column(name = "attester")
  String attester;

  @Column(name = "address")
  String address;

  @Column(name = "joined_at")
  Instant joinedAt;

  @Column(name = "attested_at")
  Instant attestedAt;
}
