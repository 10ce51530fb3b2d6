package dev.mayfly.admin;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.oauth.RealmName;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// Refused requests leave a row: one for each address and minute, and no more than 60 a minute,
/// because whoever has no right to anything must not fill the trail. The answer does not wait for
/// it: there is nothing that must not happen without it.
@ApplicationScoped
class RefusedAdmins {
  private static final Logger LOG = Logger.getLogger(RefusedAdmins.class);
  private static final RealmName NO_REALM = new RealmName("mayfly");
  private static final Duration EVERY = Duration.ofMinutes(1);
  private static final int ROWS = 60;
  private static final int LONGEST = 200;

  private final Ledger ledger;
  private final Clock clock;

  /// Of this minute's addresses: how many were refused since the row. Of the last minute's, as long
  /// as they have not come again: the same.
  private Map<String, Long> told = new HashMap<>();

  private Map<String, Long> toldBefore = Map.of();
  private Instant minute = Instant.EPOCH;

  @Inject
  RefusedAdmins(Ledger ledger, Clock clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  /// `by`: who was signed in, or nobody. `address`: whose request it is.
  void note(RoutingContext http, String address, int status, String by) {
    Instant now = clock.instant();
    count(address, now)
        .ifPresent(
            refused ->
                ledger
                    .record(
                        new Entry.Note(
                            new AuditEvent.AdminRefused(
                                new AuditContext(
                                    now,
                                    NO_REALM,
                                    Optional.empty(),
                                    UUID.randomUUID().toString(),
                                    address),
                                status,
                                by,
                                request(http),
                                refused),
                            List.of()))
                    .subscribe()
                    .with(
                        _ -> {},
                        failure ->
                            LOG.warnf(
                                "a refused admin request has no row: %s", failure.getMessage())));
  }

  /// How many a row is to stand for, when one is due. Those which come in the rest of the minute
  /// are in the address's next row, if it comes again within the minute after.
  synchronized Optional<Long> count(String address, Instant now) {
    if (!now.isBefore(minute.plus(EVERY))) {
      toldBefore = now.isBefore(minute.plus(EVERY.multipliedBy(2))) ? told : Map.of();
      told = new HashMap<>();
      minute = now;
    }
    Long since = told.get(address);
    if (since != null) {
      told.put(address, since + 1);
      return Optional.empty();
    }
    if (told.size() == ROWS) {
      return Optional.empty();
    }
    told.put(address, 0L);
    return Optional.of(1 + toldBefore.getOrDefault(address, 0L));
  }

  private static String request(RoutingContext http) {
    StringBuilder safe = new StringBuilder(http.request().method().name()).append(' ');
    http.normalizedPath()
        .chars()
        .limit(LONGEST)
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .forEach(c -> safe.append((char) c));
    return safe.toString();
  }
}
