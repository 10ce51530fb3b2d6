package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.AuditRecord;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.TimeOrderedId;
import io.vertx.sqlclient.Tuple;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

@Entity
@Table(name = "audit_events")
class AuditRow {
  /// In the order of `values`.
  static final String COLUMNS =
      "event_id, at, realm, event, severity, client_id, grant_id, jti, request_id, address, country,"
          + " detail";

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

  static AuditRow of(AuditEvent event) {
    AuditRecord record = AuditRecord.of(event);
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

  Tuple values() {
    return Tuple.tuple(
        Arrays.asList(
            eventId,
            Moments.value(at),
            realm,
            event,
            severity,
            clientId,
            grantId,
            jti,
            requestId,
            address,
            country,
            detail));
  }
}
