package dev.mayfly.keys;

import dev.mayfly.keys.HsmObserver.Operation;
import dev.mayfly.keys.HsmState.Down;
import dev.mayfly.keys.HsmState.Ready;
import io.smallrye.mutiny.Uni;
import java.lang.System.Logger.Level;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// A token behind a PKCS#11 module. One per token and process; several may share a module.
///
/// Threads, all daemons and all made at the start:
///
/// - *workers*, one per session, perform the calls from a bounded queue;
/// - the *watch* never enters the module: it fails what is past its deadline and takes the token
///   down when a call hangs;
/// - the *keeper* re-initialises a token that is down, about once a second until that works, and
///   probes one that is idle.
///
/// What is shared with the other tokens of the module, the lock around re-initialisation above all,
/// is in [ModuleHost]. While a call hangs the token is down and calls are refused at once.
public final class Pkcs11Hsm implements Hsm, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Pkcs11Hsm.class.getName());
  private static final long BREATH =
      TimeUnit.SECONDS.toNanos(1); // between probes, between attempts
  private static final long LONGEST_BREATH = TimeUnit.SECONDS.toNanos(5);
  private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long SHORTEST_TICK = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST_TICK = TimeUnit.MILLISECONDS.toNanos(100);
  private static final Duration LAST_WAIT = Duration.ofSeconds(2);

  private final HsmConfig config;
  private final Clock clock;
  private final HsmObserver observer;
  private final long deadline;
  private final BlockingQueue<HsmCall<?>> queue;
  private final TokenKeys keys = new TokenKeys();
  private final List<HsmWorker> workers = new ArrayList<>();
  private final List<Thread> workerThreads = new ArrayList<>();
  private final ReentrantLock transition = new ReentrantLock();
  private final Condition changed = transition.newCondition();
  private final ModuleHost.Member member = new Membership();
  private volatile HsmState state;
  private volatile long lastSuccess;
  private volatile boolean closed;
  private volatile List<Long> sessions = List.of();

  /// The module's generation in which the token was last connected, or that was tried.
  private volatile long attempted;

  /// Since when the keeper is in the module; 0 while it is not.
  private volatile long keeperInside;

  private ModuleHost host;
  private TokenConnector connector;
  private Thread keeper;

  public Pkcs11Hsm(HsmConfig config, Clock clock) {
    this(config, clock, HsmObserver.NONE);
  }

  public Pkcs11Hsm(HsmConfig config, Clock clock, HsmObserver observer) {
    this.config = config;
    this.clock = clock;
    this.observer = observer;
    this.deadline = config.deadline().toNanos();
    this.queue = new ArrayBlockingQueue<>(config.queue());
    this.state = new Down(clock.instant(), "not started");
  }

  /// Loads the module and starts the threads; returns at once, while the keeper logs in.
  /// Errors: [HsmUnavailableException] for a module that cannot be loaded, which no waiting mends;
  /// `IllegalStateException` for a token that is in use in this process.
  public void start() {
    if (host != null) {
      throw new IllegalStateException("started already");
    }
    host = ModuleHost.join(config.module(), member);
    Pkcs11Module module = host.module();
    connector = new TokenConnector(module, config);
    String name = "hsm-" + config.tokenLabel();
    for (int i = 1; i <= config.sessions(); i++) {
      HsmWorker worker = new HsmWorker(this, module, queue);
      workers.add(worker);
      workerThreads.add(Thread.ofPlatform().daemon().name(name + "-worker-" + i).start(worker));
    }
    keeper = Thread.ofPlatform().daemon().name(name + "-keeper").start(() -> keep(module));
    var _ = Thread.ofPlatform().daemon().name(name + "-watch").start(this::watch);
  }

  /// Blocks until the token serves, at most so long; says whether it does. Not for an event loop.
  public boolean awaitReady(Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    transition.lockInterruptibly();
    try {
      while (state instanceof Down && left > 0) {
        left = changed.awaitNanos(left);
      }
      return state instanceof Ready;
    } finally {
      transition.unlock();
    }
  }

  @Override
  public String tokenLabel() {
    return config.tokenLabel();
  }

  @Override
  public Set<SigningAlgorithm> algorithms() {
    return keys.abilities().algorithms();
  }

  @Override
  public boolean macs() {
    return keys.abilities().hmac();
  }

  /// Hashed on the caller's thread: a session is worth more than what its worker would hash.
  @Override
  public Uni<byte[]> sign(String label, SigningAlgorithm algorithm, byte[] input) {
    KeyLabel.require(label);
    requireInput(input);
    byte[] prepared = algorithm.toSign(input);
    return call(
        Operation.SIGN, (session, _) -> keys.sign(session, label, algorithm, prepared), deadline);
  }

  @Override
  public Uni<byte[]> mac(String label, byte[] data) {
    KeyLabel.require(label);
    requireInput(data);
    return call(Operation.MAC, (session, _) -> keys.mac(session, label, data), deadline);
  }

  private static void requireInput(byte[] input) {
    if (input.length > Pkcs11Session.MAX_INPUT) {
      throw new IllegalArgumentException(
          "at most %d bytes go to the token at once".formatted(Pkcs11Session.MAX_INPUT));
    }
  }

  @Override
  public Uni<PublicKey> generateSigningKey(String label, SigningAlgorithm algorithm) {
    KeyLabel.require(label);
    return call(
        Operation.GENERATE_SIGNING_KEY,
        (session, wanted) -> keys.generateSigningKey(session, label, algorithm, wanted),
        MAKING.toNanos());
  }

  @Override
  public Uni<Optional<PublicKey>> findSigningKey(String label, SigningAlgorithm algorithm) {
    KeyLabel.require(label);
    return call(
        Operation.FIND_SIGNING_KEY,
        (session, _) -> keys.findSigningKey(session, label, algorithm),
        deadline);
  }

  @Override
  public Uni<Void> ensureMacKey(String label) {
    KeyLabel.require(label);
    return make(
        Operation.ENSURE_MAC_KEY, (session, wanted) -> keys.ensureMacKey(session, label, wanted));
  }

  @Override
  public Uni<Void> plantMacKey(String label, byte[] key) {
    KeyLabel.require(label);
    if (key.length != Pkcs11Session.MAC) {
      throw new IllegalArgumentException("a MAC key has 32 bytes");
    }
    return make(
        Operation.PLANT_MAC_KEY,
        (session, wanted) -> keys.plantMacKey(session, label, key, wanted));
  }

  @Override
  public Uni<Void> destroy(String label) {
    KeyLabel.require(label);
    return make(Operation.DESTROY, (session, wanted) -> keys.destroy(session, label, wanted));
  }

  @Override
  public Uni<byte[]> random(int length) {
    if (length < 1 || length > Pkcs11Session.MAX_RANDOM) {
      throw new IllegalArgumentException(
          "1 to %d random bytes at once".formatted(Pkcs11Session.MAX_RANDOM));
    }
    return call(Operation.RANDOM, (session, _) -> session.random(length), deadline);
  }

  @Override
  public HsmState state() {
    return state;
  }

  /// How many calls wait for a worker.
  public int queued() {
    return queue.size();
  }

  private interface Making {
    void perform(Pkcs11Session session, TokenKeys.Wanted wanted) throws Pkcs11Exception;
  }

  private Uni<Void> make(Operation operation, Making work) {
    return call(
        operation,
        (session, wanted) -> {
          work.perform(session, wanted);
          return null;
        },
        MAKING.toNanos());
  }

  private <T> Uni<T> call(Operation operation, HsmCall.Work<T> work, long within) {
    return Uni.createFrom()
        .emitter(caller -> submit(new HsmCall<>(operation, work, caller, this::observe, within)));
  }

  private void observe(Operation operation, long nanos, boolean failed) {
    observer.completed(config.tokenLabel(), operation, nanos, failed);
  }

  private void submit(HsmCall<?> call) {
    if (!(state instanceof Ready)) {
      call.fail(unavailable());
    } else if (!queue.offer(call)) {
      call.fail(
          new HsmUnavailableException(
              "the HSM queue is full (%d calls wait)".formatted(config.queue())));
    } else if (!(state instanceof Ready) && queue.remove(call)) {
      call.fail(unavailable()); // went down after the first look, and the queue was emptied before
    }
  }

  /// By a worker, before it enters the module; waits while the module is re-initialised for another
  /// token. The order (lock, then state) is what keeps a call out of a token that is not connected.
  boolean enter(long atMost) {
    if (!(state instanceof Ready) || !host.enter(atMost)) {
      return false;
    }
    if (state instanceof Ready) {
      return true;
    }
    host.leave();
    return false;
  }

  void leave() {
    host.leave();
  }

  void succeeded() {
    lastSuccess = System.nanoTime();
  }

  HsmUnavailableException unavailable() {
    return new HsmUnavailableException(
        switch (state) {
          case Down down ->
              "the HSM token '%s' is down: %s".formatted(config.tokenLabel(), down.because());
          case Ready _ -> "the HSM token '%s' is recovering".formatted(config.tokenLabel());
        });
  }

  @Override
  public void distrust(String because) {
    transition.lock();
    try {
      if (state instanceof Ready) {
        become(new Down(clock.instant(), because));
      }
    } finally {
      transition.unlock();
    }
    refuseQueued();
    LockSupport.unpark(keeper);
  }

  /// Under the transition lock.
  private void become(HsmState next) {
    switch (next) {
      case Ready ready ->
          LOG.log(
              Level.INFO,
              "HSM token {0} ready, {1} sessions",
              ready.tokenLabel(),
              ready.sessions());
      case Down down ->
          LOG.log(Level.WARNING, "HSM token {0} down: {1}", config.tokenLabel(), down.because());
    }
    state = next;
    changed.signalAll();
  }

  private void refuseQueued() {
    for (HsmCall<?> call = queue.poll(); call != null; call = queue.poll()) {
      call.fail(unavailable());
    }
  }

  /// The watch. Deadlines are kept to within a tick: a tenth of a second, or less for short ones.
  private void watch() {
    long tick = Math.clamp(deadline / 30, SHORTEST_TICK, LONGEST_TICK);
    while (!closed) {
      LockSupport.parkNanos(tick);
      long now = System.nanoTime();
      for (HsmWorker worker : workers) {
        if (worker.isHung(now)) {
          distrust("a call has not returned in time");
        }
      }
      for (HsmCall<?> waiting : queue) {
        if (waiting.isLate(now) && queue.remove(waiting)) {
          waiting.failLate();
        }
      }
    }
  }

  private void keep(Pkcs11Module module) {
    long tried = System.nanoTime() - BREATH;
    int failures = 0;
    try (Pkcs11Session session = new Pkcs11Session(module)) {
      while (!closed) {
        switch (state) {
          case Ready _ -> {
            failures = 0;
            LockSupport.parkNanos(probeIfIdle()); // distrust() ends it
          }
          case Down _ -> {
            pauseUntil(tried + breath(failures));
            awaitHungCalls();
            recover(session);
            failures++;
            tried = System.nanoTime();
          }
        }
      }
    }
    host.part(member, sessions);
  }

  /// Attempts become rarer only where each disturbs another token of the module.
  private long breath(int failures) {
    return host.servesOthers(member)
        ? Math.min(BREATH << Math.min(failures, 3), LONGEST_BREATH)
        : BREATH;
  }

  private void awaitHungCalls() {
    while (!closed && state instanceof Down && host.hasHungCall()) {
      LockSupport.parkNanos(LOOK);
    }
  }

  /// So that a token that fails right after its self-test is not re-initialised in a tight loop.
  private void pauseUntil(long when) {
    long left = when - System.nanoTime();
    while (left > 0 && !closed) {
      LockSupport.parkNanos(left);
      left = when - System.nanoTime();
    }
  }

  /// Traffic that succeeds is as good as a probe. The probe goes through a worker like any call, so
  /// that one that hangs is noticed like any call. Returns how long to wait for the next look.
  private long probeIfIdle() {
    long idle = System.nanoTime() - lastSuccess;
    if (idle < BREATH) {
      return BREATH - idle;
    }
    Uni<Boolean> probe =
        call(
            Operation.PROBE,
            (session, _) -> {
              keys.test(session);
              return true;
            },
            deadline);
    var _ = probe.subscribe().with(_ -> {}, _ -> {});
    return BREATH;
  }

  /// Ready is announced after the lock is free again: the first call would be refused otherwise.
  private void recover(Pkcs11Session session) {
    if (closed || state instanceof Ready) {
      return; // another token's recovery was ours too
    }
    HsmState next = attempt(session);
    transition.lock();
    try {
      if (!closed && !next.equals(state)) {
        become(next);
      }
    } finally {
      transition.unlock();
    }
  }

  private HsmState attempt(Pkcs11Session session) {
    try {
      connector.requirePin();
      if (host.generation() == attempted && !host.reinitialise(attempted, member, session)) {
        return stillDown("calls that are in the module do not return");
      }
      attempted = host.generation();
      if (!host.enter(deadline)) {
        return stillDown("the module is being re-initialised");
      }
      keeperInside = System.nanoTime();
      try {
        connect(session);
        return new Ready(config.tokenLabel(), config.sessions());
      } finally {
        keeperInside = 0;
        host.leave();
      }
    } catch (Pkcs11Exception | HsmUnavailableException e) {
      return stillDown(e.getMessage());
    } catch (RuntimeException | Error e) { // the keeper must live on
      LOG.log(Level.ERROR, "the recovery of the HSM failed", e);
      return stillDown("the HSM client failed: " + e);
    }
  }

  private void connect(Pkcs11Session session) throws Pkcs11Exception {
    TokenConnector.Connection connection = connector.connect();
    sessions = connection.sessions();
    for (int i = 0; i < workers.size(); i++) {
      workers.get(i).use(connection.sessions().get(i));
    }
    keys.startOver(connection.abilities());
    session.use(connection.sessions().getFirst());
    keys.test(session);
    succeeded();
  }

  /// This token among those of its module.
  private final class Membership implements ModuleHost.Member {
    @Override
    public String tokenLabel() {
      return config.tokenLabel();
    }

    @Override
    public boolean isServing() {
      return !closed && state instanceof Ready;
    }

    @Override
    public boolean hasCallFor(long nanos, long now) {
      long since = keeperInside;
      return (since != 0 && now - since >= nanos)
          || workers.stream().anyMatch(worker -> worker.isInsideFor(nanos, now));
    }

    @Override
    public void reconnect(Pkcs11Session session) {
      attempted = host.generation();
      try {
        connect(session);
      } catch (Pkcs11Exception | HsmUnavailableException e) {
        lost(e.getMessage());
      } catch (RuntimeException | Error e) { // the other token's keeper must live on
        LOG.log(Level.ERROR, "the recovery of the HSM failed", e);
        lost("the HSM client failed: " + e);
      }
    }

    @Override
    public void lost(String because) {
      distrust(because);
    }
  }

  /// Down since when it went down, for the latest reason.
  private HsmState stillDown(String because) {
    return switch (state) {
      case Down down -> new Down(down.since(), because);
      case Ready _ -> new Down(clock.instant(), because);
    };
  }

  /// Refuses what waits and lets go of the module. Waits for calls in the module for two seconds at
  /// most; if one hangs longer, the keeper goes on waiting for it.
  @Override
  public void close() {
    transition.lock();
    try {
      if (closed || host == null) {
        return;
      }
      closed = true;
      state = new Down(clock.instant(), "closed");
      changed.signalAll();
    } finally {
      transition.unlock();
    }
    refuseQueued();
    LockSupport.unpark(keeper);
    try {
      var _ = keeper.join(LAST_WAIT);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    workerThreads.forEach(Thread::interrupt);
  }
}
