package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;

/// Streams that are pushed: one replica at a time holds one, for a while by the database's clock.
/// No transaction is open while somebody is being sent something. The stream's row is locked before
/// those of its events, as by whoever deletes the stream: the other way round they would wait for
/// each other. Failures are
/// [LedgerUnavailableException].
@ApplicationScoped
public class EventPushes {
  private static final String AHEAD =
      "clock_timestamp() + cast(:ahead as double precision) * interval '1 second'";

  /// A receiver that may not act is sent nothing, from the moment when that was decided.
  private static final String ACTIVE =
      " and exists (select from clients c where c.client_key = s.realm || '/' || s.receiver and"
          + " c.state = 'active')";

  /// Free, due, not paused, and something waits.
  private static final String CLAIM =
      "update event_streams set push_claim = :claim, push_until = "
          + AHEAD
          + " where stream_id in (select s.stream_id from event_streams s where"
          + " s.delivery = 'push' and s.status <> 'paused'"
          + " and coalesce(s.push_until <= clock_timestamp(), true)"
          + " and coalesce(s.push_after <= clock_timestamp(), true)"
          + " and s.realm || '/' || s.receiver = any(string_to_array(:receivers, ' '))"
          + " and exists (select from security_events e where e.stream_id = s.stream_id)"
          + ACTIVE
          + " order by s.stream_id limit :most for update skip locked) returning "
          + EventStreams.COLUMNS
          + ", realm, receiver, push_failures";

  private static final String GONE =
      "delete from security_events where stream_id = :id and event_id = :event";

  /// Nothing when the stream is not the claimant's to push any more.
  private static final String HOLD =
      "update event_streams s set push_failures = 0, push_after = null, push_until = "
          + AHEAD
          + " where stream_id = :id and push_claim = :claim and delivery = 'push'"
          + " and status <> 'paused'"
          + ACTIVE;

  private static final String FAILED =
      "update event_streams set push_failures = push_failures + 1, push_until = null,"
          + " push_after = "
          + AHEAD
          + " where stream_id = :id and push_claim = :claim";

  private static final String RELEASE =
      "update event_streams set push_until = null where stream_id = :id and push_claim = :claim";

  private static final String OLDEST =
      "select s.realm, max(extract(epoch from clock_timestamp() - e.occurred_at)) from"
          + " event_streams s cross join lateral (select occurred_at from security_events where"
          + " stream_id = s.stream_id order by position limit 1) e where s.delivery = 'push'"
          + " and s.status <> 'paused' group by s.realm";

  private final Registry registry;

  @Inject
  EventPushes(Registry registry) {
    this.registry = registry;
  }

  /// A stream that is this replica's to push for a while.
  ///
  /// @param failures in a row, before this
  public record Claim(UUID id, EventStream stream, int failures) {
    public Receiver receiver() {
      return new Receiver(stream.realm(), stream.receiver());
    }
  }

  /// Whose streams may be pushed.
  public record Receiver(RealmName realm, ClientId client) {}

  /// At most `most` of the streams of these receivers.
  public Uni<List<Claim>> claim(Collection<Receiver> receivers, int most, Duration hold) {
    UUID claim = UUID.randomUUID();
    String keys =
        receivers.stream()
            .map(one -> ClientRow.key(one.realm(), one.client()))
            .collect(Collectors.joining(" "));
    return registry.transaction(
        session ->
            session
                .createNativeQuery(CLAIM, Object[].class)
                .setParameter("claim", claim)
                .setParameter("ahead", seconds(hold))
                .setParameter("receivers", keys)
                .setParameter("most", most)
                .getResultList()
                .map(rows -> rows.stream().map(row -> claim(claim, row)).toList()));
  }

  private static Claim claim(UUID id, Object[] row) {
    EventStream stream =
        EventStreams.stream(new RealmName((String) row[8]), new ClientId((String) row[9]), row);
    return new Claim(id, stream, ((Number) row[10]).intValue());
  }

  /// The receiver has it: it is forgotten. Answers whether the stream may be pushed further, for
  /// `hold` from now.
  public Uni<Boolean> delivered(Claim claim, UUID event, Duration hold) {
    return registry.transaction(
        session -> hold(session, claim, hold).call(() -> forget(session, claim, event)));
  }

  /// The receiver will never take it: it is forgotten too, and the trail says so, once.
  public Uni<Boolean> refused(Claim claim, UUID event, Duration hold, AuditEvent refusal) {
    return registry.transaction(
        session ->
            hold(session, claim, hold)
                .call(
                    () ->
                        forget(session, claim, event)
                            .chain(
                                gone ->
                                    gone == 0
                                        ? Uni.createFrom().voidItem()
                                        : registry.trail().write(session, refusal))));
  }

  private static Uni<Integer> forget(Mutiny.StatelessSession session, Claim claim, UUID event) {
    return Registry.execute(session, GONE, Map.of("id", claim.stream().id(), "event", event));
  }

  private static Uni<Boolean> hold(Mutiny.StatelessSession session, Claim claim, Duration hold) {
    return Registry.execute(session, HOLD, of(claim, Map.of("ahead", seconds(hold))))
        .map(rows -> rows == 1);
  }

  /// Everything stays; nobody tries again before `pause` is over.
  public Uni<Void> failed(Claim claim, Duration pause) {
    return change(FAILED, of(claim, Map.of("ahead", seconds(pause))));
  }

  /// Whoever comes first may go on.
  public Uni<Void> release(Claim claim) {
    return change(RELEASE, of(claim, Map.of()));
  }

  private Uni<Void> change(String sql, Map<String, Object> parameters) {
    return registry
        .transaction(session -> Registry.execute(session, sql, parameters))
        .replaceWithVoid();
  }

  private static Map<String, Object> of(Claim claim, Map<String, Object> others) {
    Map<String, Object> all = new HashMap<>(others);
    all.put("id", claim.stream().id());
    all.put("claim", claim.id());
    return all;
  }

  /// For how many seconds the oldest event of each realm waits that is to be pushed; what is paused
  /// does not wait.
  public Uni<Map<RealmName, Double>> oldest() {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(OLDEST, Object[].class)
                .getResultList()
                .map(
                    rows -> {
                      Map<RealmName, Double> oldest = new HashMap<>();
                      rows.forEach(
                          row ->
                              oldest.put(
                                  new RealmName((String) row[0]),
                                  Math.max(0, ((Number) row[1]).doubleValue())));
                      return oldest;
                    }));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
