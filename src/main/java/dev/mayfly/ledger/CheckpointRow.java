package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(name = "audit_checkpoints")
class CheckpointRow {
  @Id
  @Column(name = "number")
  long number;

  @Column(name = "jws")
  String jws;

  @Column(name = "leaves")
  byte[] leaves;

  static CheckpointRow of(AuditCheckpoints.Stored stored) {
    CheckpointRow row = new CheckpointRow();
    row.number = stored.number();
    row.jws = stored.jws();
    row.leaves = stored.leaves();
    return row;
  }

  AuditCheckpoints.Stored toStored() {
    return new AuditCheckpoints.Stored(number, jws, leaves);
  }
}
