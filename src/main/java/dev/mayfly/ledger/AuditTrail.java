package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.AuditRecord;
import dev.mayfly.audit.Severity;
import dev.mayfly.oauth.ClientId;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/// What follows once an audit row is committed: it is counted, and an alert is said in the log.
@Singleton
class AuditTrail {
  private static final Logger LOG = Logger.getLogger("dev.mayfly.alert");

  private static final int PORTION = 500;

  private final MeterRegistry meters;

  @Inject
  AuditTrail(MeterRegistry meters) {
    this.meters = meters;
  }

  /// For a transaction of its own: the row, and what follows. An act whose commit then fails is
  /// counted once too often, never too seldom.
  Uni<Void> write(Mutiny.StatelessSession session, AuditEvent event) {
    return session.insert(AuditRow.of(event)).invoke(() -> committed(event));
  }

  /// The same for many at once.
  Uni<Void> writeAll(Mutiny.StatelessSession session, List<AuditEvent> events) {
    return events.isEmpty()
        ? Uni.createFrom().voidItem()
        : session
            .insertAll(PORTION, events.stream().map(AuditRow::of).toArray())
            .invoke(() -> events.forEach(this::committed));
  }

  void committed(AuditEvent event) {
    AuditRecord record = AuditRecord.of(event);
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
            event.refusal().orElse(""))
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
