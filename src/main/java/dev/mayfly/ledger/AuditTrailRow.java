package dev.mayfly.ledger;

import dev.mayfly.audit.TrailPosition;
import dev.mayfly.audit.TrailRow;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// A row of the trail as it is read: with its place, which is the database's to give.
@Entity
@Table(name = "audit_events")
class AuditTrailRow {
  @Id
  @Column(name = "event_id")
  UUID eventId;

  @Column(name = "place")
  long place;

  @Column(name = "at")
  Instant at;

  @Column(name = "realm")
  String realm;

  @Column(name = "event")
  String event;

  @Column(name = "severity")
  String severity;

  @Column(name = "client_id")
  String clientId;

  @Column(name = "grant_id")
  UUID grantId;

  @Column(name = "jti")
  String jti;

  @Column(name = "request_id")
  String requestId;

  @Column(name = "address")
  String address;

  @Column(name = "country")
  String country;

  @Column(name = "detail")
  String detail;

  TrailRow toRow() {
    return new TrailRow(
        new TrailPosition(place, eventId),
        at,
        realm,
        event,
        severity,
        Optional.ofNullable(clientId),
        Optional.ofNullable(grantId),
        Optional.ofNullable(jti),
        requestId,
        address,
        Optional.ofNullable(country),
        detail);
  }
}
