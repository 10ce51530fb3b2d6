package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.ledger.EventStream.Status;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;

/// Streams of security events and what waits in them. What is queued, triggers queue (V13): in the
/// transaction of its cause. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class EventStreams {
  /// As [#stream] reads them.
  static final String COLUMNS =
      "cast(stream_id as text), delivery, audiences, requested, delivered, status, reason,"
          + " description";

  private static final String CREATE =
      "insert into event_streams (stream_id, realm, receiver, delivery, audiences, requested,"
          + " delivered, status, reason, description, created_at) values (:id, :realm, :receiver,"
          + " :delivery, :audiences, :requested, :delivered, :status, :reason, :description, :at)"
          + " on conflict (realm, receiver) do nothing";
  private static final String FIND =
      "select " + COLUMNS + " from event_streams where realm = :realm and receiver = :receiver";

  /// Whoever changes something is there: a pause after failures ends with it.
  private static final String UPDATE =
      "update event_streams set delivery = :delivery, requested = :requested,"
          + " delivered = :delivered, status = :status, reason = :reason,"
          + " description = :description, push_after = null where stream_id = :id";
  private static final String EVENTS =
      "select cast(event_id as text), event, client_id, cast(grant_id as text), reason, extra,"
          + " cast(extract(epoch from occurred_at) as bigint) from security_events"
          + " where stream_id = :id order by position limit :most";
  private static final String ACKNOWLEDGE =
      "delete from security_events where stream_id = :id and event_id ="
          + " any(cast(string_to_array(:events, ' ') as uuid[]))";
  /// As everybody who deletes events: their stream's row first, or two would wait for each other.
  private static final String LOCK =
      "select 1 from event_streams where stream_id = :id for no key update";
  private static final String QUEUE =
      "insert into security_events (stream_id, event, reason, extra, occurred_at) values"
          + " (:id, :event, :reason, :extra, :at)";

  /// What a receiver that stays away may let pile up; looked at by the purge.
  static final int MOST_WAITING = 100_000;

  /// A receiver that stays away for too long is told so, and nothing else: it has to ask for
  /// everything anew.
  private static final String TIDY =
      "with late as (select s.stream_id from event_streams s where s.status <> 'disabled' and"
          + " exists (select from security_events e where e.stream_id = s.stream_id offset :most)"
          + " order by s.stream_id for update skip locked),"
          + " ended as (update event_streams set status = 'disabled', reason = cast(:why as text)"
          + " where stream_id in (select stream_id from late) returning stream_id), gone as (delete"
          + " from security_events where stream_id in (select stream_id from late) or event_id in"
          + " (select event_id from security_events where stream_id not in (select stream_id from"
          + " event_streams) for update skip locked)) insert into security_events (stream_id,"
          + " event, reason, extra, occurred_at) select stream_id, 'stream-updated',"
          + " cast(:why as text), 'disabled', cast(:now as timestamptz) from ended";

  private final Registry registry;

  @Inject
  EventStreams(Registry registry) {
    this.registry = registry;
  }

  /// False when the receiver has one already.
  public Uni<Boolean> create(EventStream stream, Instant at, AuditEvent event) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    CREATE,
                    parameters(
                        stream,
                        Map.of(
                            "realm", stream.realm().value(),
                            "receiver", stream.receiver().value(),
                            "audiences", String.join(" ", stream.audiences()),
                            "at", at)))
                .chain(rows -> told(session, rows, event)));
  }

  private static Map<String, Object> parameters(EventStream stream, Map<String, Object> others) {
    Map<String, Object> all = new HashMap<>(others);
    all.put("id", stream.id());
    all.put("delivery", stream.delivery().word());
    all.put("requested", String.join(" ", stream.requested()));
    all.put("delivered", String.join(" ", stream.delivered()));
    all.put("status", stream.status().word());
    all.put("reason", stream.reason());
    all.put("description", stream.description());
    return all;
  }

  private Uni<Boolean> told(Mutiny.StatelessSession session, int rows, AuditEvent event) {
    return rows == 0
        ? Uni.createFrom().item(false)
        : registry.trail().write(session, event).replaceWith(true);
  }

  public Uni<Optional<EventStream>> find(RealmName realm, ClientId receiver) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(FIND, Object[].class)
                .setParameter("realm", realm.value())
                .setParameter("receiver", receiver.value())
                .getResultList()
                .map(rows -> rows.stream().findFirst().map(row -> stream(realm, receiver, row))));
  }

  static EventStream stream(RealmName realm, ClientId receiver, Object[] row) {
    return new EventStream(
        UUID.fromString((String) row[0]),
        realm,
        receiver,
        Delivery.valueOf(((String) row[1]).toUpperCase(Locale.ROOT)),
        words(row[2]),
        words(row[3]),
        words(row[4]),
        Status.valueOf(((String) row[5]).toUpperCase(Locale.ROOT)),
        (String) row[6],
        (String) row[7]);
  }

  private static List<String> words(Object text) {
    return Arrays.stream(((String) text).split(" ", -1)).filter(word -> !word.isEmpty()).toList();
  }

  /// False when it is gone. In a stream that is disabled nothing waits.
  public Uni<Boolean> update(EventStream stream, AuditEvent event) {
    return registry.transaction(
        session ->
            Registry.execute(session, UPDATE, parameters(stream, Map.of()))
                .call(
                    () ->
                        stream.status() == Status.DISABLED
                            ? empty(session, stream.id())
                            : Uni.createFrom().voidItem())
                .chain(rows -> told(session, rows, event)));
  }

  public Uni<Boolean> delete(EventStream stream, AuditEvent event) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "delete from event_streams where stream_id = :id",
                    Map.of("id", stream.id()))
                .call(() -> empty(session, stream.id()))
                .chain(rows -> told(session, rows, event)));
  }

  private static Uni<Integer> empty(Mutiny.StatelessSession session, UUID stream) {
    return Registry.execute(
        session, "delete from security_events where stream_id = :id", Map.of("id", stream));
  }

  /// Queues a verification event; false when the last one was asked for less than `pause` ago.
  public Uni<Boolean> verify(EventStream stream, String state, Instant now, Duration pause) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "update event_streams set verified_at = :now, push_after = null where"
                        + " stream_id = :id and coalesce(verified_at <= :before, true)",
                    Map.of("id", stream.id(), "now", now, "before", now.minus(pause)))
                .chain(
                    rows ->
                        rows == 0
                            ? Uni.createFrom().item(false)
                            : Registry.execute(
                                    session,
                                    QUEUE,
                                    Map.of(
                                        "id",
                                        stream.id(),
                                        "event",
                                        "verification",
                                        "reason",
                                        "",
                                        "extra",
                                        state,
                                        "at",
                                        now))
                                .replaceWith(true)));
  }

  /// The oldest that wait, once those that were acknowledged are forgotten.
  public Uni<List<QueuedEvent>> exchange(EventStream stream, Set<UUID> acknowledged, int most) {
    String done = acknowledged.stream().map(UUID::toString).collect(Collectors.joining(" "));
    return registry.transaction(
        session ->
            (done.isEmpty() ? Uni.createFrom().item(0) : acknowledge(session, stream, done))
                .chain(
                    () ->
                        session
                            .createNativeQuery(EVENTS, Object[].class)
                            .setParameter("id", stream.id())
                            .setParameter("most", most)
                            .getResultList())
                .map(rows -> rows.stream().map(EventStreams::event).toList()));
  }

  private static Uni<Integer> acknowledge(
      Mutiny.StatelessSession session, EventStream stream, String events) {
    return session
        .createNativeQuery(LOCK, Integer.class)
        .setParameter("id", stream.id())
        .getSingleResultOrNull()
        .chain(
            () ->
                Registry.execute(
                    session, ACKNOWLEDGE, Map.of("id", stream.id(), "events", events)));
  }

  /// Tells whoever serves one of the client's live grants that one of its credentials is revoked:
  /// before those grants are ended. `type`: a `credential_type` of CAEP, or `instance_key`.
  static Uni<Void> credentialRevoked(
      Mutiny.StatelessSession session, String clientKey, String type, String reason, Instant at) {
    return session
        .createNativeQuery(
            "select cast(queue_of_client(:client, 'credential-change', :reason, 'revoke ' ||"
                + " cast(:type as text), cast(:at as timestamptz)) as text)",
            String.class)
        .setParameter("client", clientKey)
        .setParameter("reason", reason)
        .setParameter("type", type)
        .setParameter("at", at)
        .getSingleResult()
        .replaceWithVoid();
  }

  static Uni<Integer> tidy(Registry registry, Instant now, int most) {
    return registry.transaction(
        session ->
            Registry.execute(
                session, TIDY, Map.of("most", most, "why", "too many events wait", "now", now)));
  }

  private static QueuedEvent event(Object[] row) {
    return new QueuedEvent(
        UUID.fromString((String) row[0]),
        (String) row[1],
        Optional.ofNullable((String) row[2]).map(ClientId::new),
        Optional.ofNullable((String) row[3]).map(GrantId::parse),
        (String) row[4],
        (String) row[5],
        Instant.ofEpochSecond(((Number) row[6]).longValue()));
  }
}
