package dev.mayfly.ledger;

import dev.mayfly.audit.AuditRecord;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.TimeOrderedId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

@Entity
@Table(name = "audit_events")
class AuditRow {
  static final Columns<AuditRow> COLUMNS =
      new Columns<AuditRow>()
          .uuid("event_id", row -> row.eventId)
          .moment("at", row -> row.at)
          .text("realm", row -> row.realm)
          .text("event", row -> row.event)
          .text("severity", row -> row.severity)
          .text("client_id", row -> row.clientId)
          .uuid("grant_id", row -> row.grantId)
          .text("jti", row -> row.jti)
          .text("request_id", row -> row.requestId)
          .text("address", row -> row.address)
          .text("country", row -> row.country)
          .text("detail", row -> row.detail);

  @Id
  @Column(name = "event_id")
  UUID eventId;

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

  static AuditRow of(AuditRecord record) {
    AuditRow row = new AuditRow();
    row.eventId = TimeOrderedId.at(record.context().at());
    row.at = record.context().at();
    row.realm = record.context().realm().value();
    row.event = record.event();
    row.severity = record.severity().code();
    row.clientId = record.context().client().map(ClientId::value).orElse(null);
    row.grantId = record.grant().map(GrantId::value).orElse(null);
    row.jti = record.jti().map(Jti::value).orElse(null);
    row.requestId = record.context().requestId();
    row.address = record.context().address();
    row.country = record.context().country().orElse(null);
    row.detail = record.detail();
    return row;
  }
}
