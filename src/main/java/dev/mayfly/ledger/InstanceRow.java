package dev.mayfly.ledger;

import dev.mayfly.oauth.JwkThumbprint;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;

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

  @Column(name = "rule")
  String rule;

  @Column(name = "kind")
  String kind;

  @Column(name = "level")
  String level;

  @Column(name = "subject")
  String subject;

  @Column(name = "evidence_at")
  Instant evidenceAt;

  @Column(name = "evidence_digest")
  UUID evidenceDigest;

  Registration.Attested attested() {
    return new Registration.Attested(attester, rule, kind, level, subject);
  }

  void attest(Registration.Attested by, Instant now) {
    attester = by.attester();
    rule = by.rule();
    kind = by.kind();
    level = by.level();
    subject = by.subject();
    attestedAt = now;
  }

  Registration.Instance instance() {
    return new Registration.Instance(
        new JwkThumbprint(jkt), attested(), address, joinedAt, attestedAt, evidenceAt);
  }
}
