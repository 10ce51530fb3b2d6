package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "realms")
class RealmRow {
  @Id
  @Column(name = "realm")
  String realm;

  @Column(name = "document")
  String document;

  @Column(name = "applied_at")
  Instant appliedAt;
}
