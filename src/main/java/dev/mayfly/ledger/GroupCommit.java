package dev.mayfly.ledger;

import dev.mayfly.oauth.GrantId;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/// Many requests, one commit. While a batch is being committed the next one gathers, so that the
/// batch grows with the load and a lone request waits for nobody. Callers who were answered
/// together come back together: a moment for them costs less than a commit of their own. What
/// they are answered may take a while to make, as a signature; they come back after that.
///
/// At most one entry per grant and per replay digest is under way in such a queue: two
/// refreshes of one grant go to successive batches. Over queues and processes the row locks decide;
/// batches take them in one order (replays, clients, grants; each sorted), so they cannot
/// deadlock.
final class GroupCommit {
  private static final Logger LOG = Logger.getLogger(GroupCommit.class);
  private static final int LANES = 2;
  private static final int LARGEST_BATCH = 128;

  /// How long the one batch under way may take before another is begun beside it.
  private static final Duration PATIENCE = Duration.ofMillis(10);

  /// How long a batch is held open for callers who were just answered. Timers know no shorter one.
  private static final Duration MOMENT = Duration.ofMillis(1);

  /// And for those who are being answered, with that moment.
  private static final Duration LONGEST_MOMENT = Duration.ofMillis(5);

  private static final int LONGEST_QUEUE = 4096;

  /// `answeredLater`: an answer is still to be made of its outcome, and [#answered] tells of it.
  private record Pending(
      Entry entry, Set<Object> keys, boolean answeredLater, UniEmitter<? super Outcome> caller) {}

  private final Function<List<Entry>, Uni<Batch.Done>> work;
  private final List<OwnContext> idleLanes = new ArrayList<>();
  private final ArrayDeque<Pending> queue = new ArrayDeque<>();
  private final Set<Object> underWay = new HashSet<>();
  private final Vertx vertx;
  private long lastBegun;

  /// How many are to be in the queue before the next batch is begun, and the timer that gives up.
  private int awaited;

  private long givingUp;

  /// Of those who are awaited, how many answers are still being made. Who hangs up meanwhile is
  /// counted until the timer passes.
  private int answering;

  private boolean hurrying;
  private final AuditTrail trail;
  private final Consumer<GrantId> revoked;
  private final DistributionSummary batchSizes;

  /// `work`: a batch, and what became of it once it is committed.
  GroupCommit(
      String name,
      Function<List<Entry>, Uni<Batch.Done>> work,
      Vertx vertx,
      MeterRegistry meters,
      AuditTrail trail,
      Consumer<GrantId> revoked) {
    this.work = work;
    this.trail = trail;
    this.revoked = revoked;
    this.vertx = vertx;
    for (int i = 0; i < LANES; i++) {
      idleLanes.add(new OwnContext(vertx));
    }
    this.batchSizes = meters.summary("mayfly.ledger.batch.size", "queue", name);
    Gauge.builder("mayfly.ledger.queue", this, GroupCommit::queued)
        .tag("queue", name)
        .register(meters);
  }

  Uni<Outcome> submit(Entry entry) {
    return submit(entry, false);
  }

  <T> Uni<T> submit(Entry entry, Function<Outcome, Uni<T>> answer) {
    return submit(entry, true)
        .chain(outcome -> answer.apply(outcome).onTermination().invoke(this::answered));
  }

  private Uni<Outcome> submit(Entry entry, boolean answeredLater) {
    return Uni.createFrom()
        .emitter(caller -> enqueue(new Pending(entry, keys(entry), answeredLater, caller)));
  }

  private synchronized int queued() {
    return queue.size();
  }

  private void enqueue(Pending pending) {
    boolean full;
    synchronized (this) {
      full = queue.size() >= LONGEST_QUEUE;
      if (!full) {
        queue.add(pending);
      }
    }
    if (full) {
      pending.caller().fail(new LedgerUnavailableException("the ledger's queue is full"));
    } else {
      startIdleLanes();
    }
  }

  private void startIdleLanes() {
    while (true) {
      OwnContext lane;
      List<Pending> batch;
      synchronized (this) {
        if (idleLanes.isEmpty() || queue.size() < awaited || !isWorthAnotherLane()) {
          return;
        }
        batch = takeBatch();
        if (batch.isEmpty()) {
          return;
        }
        awaitNobody();
        lane = idleLanes.removeLast();
        lastBegun = System.nanoTime();
      }
      commit(lane, batch);
    }
  }

  /// Those of the batch that has just been committed are awaited, beside those who wait already.
  private synchronized void await(List<Pending> batch) {
    int all = Math.min(LARGEST_BATCH, queue.size() + batch.size());
    if (all > 1) {
      awaited = all;
      answering = (int) batch.stream().filter(Pending::answeredLater).count();
      giveUpAfter(answering > 0 ? LONGEST_MOMENT : MOMENT);
    }
  }

  private synchronized void answered() {
    if (answering > 0) {
      answering--;
      if (answering == 0) {
        giveUpAfter(MOMENT);
      }
    }
  }

  private void giveUpAfter(Duration moment) {
    vertx.cancelTimer(givingUp);
    givingUp =
        vertx.setTimer(
            moment.toMillis(),
            _ -> {
              awaitNobody();
              startIdleLanes();
            });
  }

  private synchronized void awaitNobody() {
    awaited = 0;
    answering = 0;
  }

  /// While a batch is being committed the next one gathers: fewer and larger ones cost less. But a
  /// batch that waits for a lock of somebody else must not hold up those behind it.
  private boolean isWorthAnotherLane() {
    if (idleLanes.size() == LANES || queue.size() >= LARGEST_BATCH) {
      return true;
    }
    long left = PATIENCE.toNanos() - (System.nanoTime() - lastBegun);
    if (left > 0 && !queue.isEmpty() && !hurrying) {
      hurrying = true;
      vertx.setTimer(
          1 + left / 1_000_000,
          _ -> {
            synchronized (this) {
              hurrying = false;
            }
            startIdleLanes();
          });
    }
    return left <= 0;
  }

  private List<Pending> takeBatch() {
    List<Pending> batch = new ArrayList<>();
    // An entry that waits for its grant also holds back later entries of that grant: first come,
    // first served.
    Set<Object> heldBack = new HashSet<>();
    Iterator<Pending> waiting = queue.iterator();
    while (waiting.hasNext() && batch.size() < LARGEST_BATCH) {
      Pending pending = waiting.next();
      boolean free = true;
      for (Object key : pending.keys()) {
        free &= !underWay.contains(key) && !heldBack.contains(key);
      }
      if (free) {
        underWay.addAll(pending.keys());
        batch.add(pending);
        waiting.remove();
      } else {
        heldBack.addAll(pending.keys());
      }
    }
    return batch;
  }

  private void commit(OwnContext lane, List<Pending> batch) {
    batchSizes.record(batch.size());
    List<Entry> entries = batch.stream().map(Pending::entry).toList();
    lane.run(
        () -> work.apply(entries),
        Ledger.DEADLINE,
        done -> {
          release(lane, batch);
          await(batch);
          done.revoked().forEach(revoked);
          for (int i = 0; i < batch.size(); i++) {
            batch.get(i).caller().complete(done.outcomes().get(i));
          }
          done.events().forEach(trail::committed);
          startIdleLanes();
        },
        failure -> {
          // Also a batch of one: that its row was refused says nothing of the queue behind it.
          if (isOfOneRow(failure)) {
            LOG.warnf("a batch of %d is retried one by one: %s", batch.size(), failure);
            commitOneByOne(lane, batch, 0);
          } else {
            refuseAll(lane, batch, failure);
          }
        });
  }

  /// Rolled back for certain, because of some row: its neighbours must not suffer for it.
  private void commitOneByOne(OwnContext lane, List<Pending> batch, int at) {
    if (at == batch.size()) {
      release(lane, batch);
      startIdleLanes();
      return;
    }
    Pending pending = batch.get(at);
    lane.run(
        () -> Attempts.of(() -> work.apply(List.of(pending.entry()))),
        Ledger.DEADLINE,
        done -> {
          done.revoked().forEach(revoked);
          pending.caller().complete(done.outcomes().getFirst());
          done.events().forEach(trail::committed);
          commitOneByOne(lane, batch, at + 1);
        },
        failure -> {
          LOG.errorf(failure, "an entry of the ledger failed");
          pending.caller().fail(LedgerUnavailableException.of(failure));
          commitOneByOne(lane, batch, at + 1);
        });
  }

  /// The database is away: those that wait behind this batch would only wait in vain.
  private void refuseAll(OwnContext lane, List<Pending> batch, Throwable failure) {
    List<Pending> refused = new ArrayList<>(batch);
    release(lane, batch);
    synchronized (this) {
      refused.addAll(queue);
      queue.clear();
    }
    LOG.warnf("the ledger refused %d requests: %s", refused.size(), failure);
    LedgerUnavailableException unavailable = LedgerUnavailableException.of(failure);
    for (Pending pending : refused) {
      pending.caller().fail(unavailable);
    }
    startIdleLanes();
  }

  private synchronized void release(OwnContext lane, List<Pending> batch) {
    for (Pending pending : batch) {
      underWay.removeAll(pending.keys());
    }
    idleLanes.add(lane);
  }

  private static Set<Object> keys(Entry entry) {
    Set<Object> keys = new HashSet<>();
    for (ReplayMark mark : entry.marks()) {
      keys.add(mark.digest());
    }
    switch (entry) {
      case Entry.OpenGrant open -> keys.add(open.grant().id());
      case Entry.SpendRefreshToken spend -> keys.add(spend.grant());
      case Entry.ExchangeToken exchange -> keys.add(exchange.grant());
      case Entry.RevokeGrant revoke -> keys.add(revoke.grant());
      case Entry.ClaimProofs _, Entry.Note _ -> {}
    }
    return keys;
  }

  /// So is a row that nothing can be made of.
  private static boolean isOfOneRow(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof Batch.UndecidableException) {
        return true;
      }
    }
    return SqlState.of(failure).map(SqlState::isOfOneRow).orElse(false);
  }
}
