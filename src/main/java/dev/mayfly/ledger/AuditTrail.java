package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.AuditRecord;
import dev.mayfly.audit.Severity;
import dev.mayfly.oauth.ClientId;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/// What follows once an audit row is committed: it is counted, and an alert is said in the log.
@Singleton
class AuditTrail {
  private static final Logger LOG = Logger.getLogger("dev.mayfly.alert");

  private static final int PORTION = 1_000;

  private final MeterRegistry meters;

  @Inject
  AuditTrail(MeterRegistry meters) {
    this.meters = meters;
  }

  /// For a transaction of its own: the row, and what follows. An act whose commit then fails is
  /// counted once too often, never too seldom.
  Uni<Void> write(Mutiny.StatelessSession session, AuditEvent event) {
    AuditRecord record = AuditRecord.of(event);
    return session.insert(AuditRow.of(record)).invoke(() -> committed(record));
  }

  private static final String INSERT =
      "insert into audit_events (event_id, at, realm, event, severity, client_id, grant_id, jti,"
          + " request_id, address, country, detail) select event_id, at, realm, event, severity,"
          + " client_id, grant_id, jti, request_id, address, country, detail from"
          + " json_to_recordset(cast(cast(:rows as text) as json)) as r(event_id uuid, at timestamptz, realm text,"
          + " event text, severity text, client_id text, grant_id uuid, jti text, request_id text,"
          + " address text, country text, detail text)";

  /// The same for many at once: a statement for each portion of them.
  Uni<Void> writeAll(Mutiny.StatelessSession session, List<AuditEvent> events) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (int from = 0; from < events.size(); from += PORTION) {
      List<AuditRecord> portion =
          events.subList(from, Math.min(events.size(), from + PORTION)).stream()
              .map(AuditRecord::of)
              .toList();
      all =
          all.chain(
                  () ->
                      session
                          .createNativeQuery(INSERT)
                          .setParameter("rows", json(portion))
                          .executeUpdate())
              .invoke(() -> portion.forEach(this::committed))
              .replaceWithVoid();
    }
    return all;
  }

  private static String json(List<AuditRecord> events) {
    JsonArray rows = new JsonArray();
    for (AuditRecord event : events) {
      AuditRow row = AuditRow.of(event);
      rows.add(
          new JsonObject()
              .put("event_id", row.eventId.toString())
              .put("at", row.at.toString())
              .put("realm", row.realm)
              .put("event", row.event)
              .put("severity", row.severity)
              .put("client_id", row.clientId)
              .put("grant_id", row.grantId == null ? null : row.grantId.toString())
              .put("jti", row.jti)
              .put("request_id", row.requestId)
              .put("address", row.address)
              .put("country", row.country)
              .put("detail", row.detail));
    }
    return rows.encode();
  }

  void committed(AuditRecord record) {
    meters
        .counter(
            "mayfly.audit.events",
            "realm",
            record.context().realm().value(),
            "event",
            record.event(),
            "severity",
            record.severity().code(),
            "refusal",
            record.refusal().orElse(""))
        .increment();
    if (record.severity() == Severity.ALERT) {
      LOG.warnf(
          "ALERT %s realm=%s client=%s address=%s request=%s %s",
          record.event(),
          record.context().realm(),
          record.context().client().map(ClientId::value).orElse("-"),
          record.context().address(),
          record.context().requestId(),
          record.detail());
    }
  }
}
