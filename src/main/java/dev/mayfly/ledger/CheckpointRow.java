package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Base64;

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
    row.leaves = Base64.getUrlDecoder().decode(stored.leaves());
    return row;
  }

  AuditCheckpoints.Stored toStored() {
    return new AuditCheckpoints.Stored(
        number, jws, Base64.getUrlEncoder().withoutPadding().encodeToString(leaves));
  }
}
