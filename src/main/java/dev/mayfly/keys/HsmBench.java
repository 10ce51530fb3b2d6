package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.sun.management.OperatingSystemMXBean;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// `./mayfly bench hsm`: ES256 signatures per second through our layer, against the bare module in
/// the same run, with one and two sessions. The three ways take turns second by second, so that
/// whatever else the machine does disturbs them alike; the median of the rounds counts.
///
/// Without arguments on a throw-away SoftHSM2 token; with `--module`, `--token` and `--pin-file` on
/// another one, where a key is made and destroyed at the end.
public final class HsmBench {
  /// Nothing here tells the time.
  private static final Clock NO_CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private static final int WARM_UP = 4;
  private static final int INPUT = 600; // as long as the signing input of a token of ours
  private static final int IN_FLIGHT_PER_SESSION = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final Options options;
  private final String label =
      "mayfly-bench-" + Long.toHexString(System.nanoTime() ^ ProcessHandle.current().pid());

  private record Options(
      boolean json, int rounds, Optional<Path> module, String token, Optional<Path> pinFile) {
    static Options of(String... arguments) {
      boolean json = false;
      int rounds = 5;
      Optional<Path> module = Optional.empty();
      Optional<Path> pinFile = Optional.empty();
      String token = "bench";
      for (int i = 0; i < arguments.length; i++) {
        switch (arguments[i]) {
          case "--json" -> json = true;
          case "--rounds" -> rounds = number(value(arguments, ++i));
          case "--module" -> module = Optional.of(Path.of(value(arguments, ++i)));
          case "--token" -> token = value(arguments, ++i);
          case "--pin-file" -> pinFile = Optional.of(Path.of(value(arguments, ++i)));
          default ->
              throw new IllegalArgumentException(
                  arguments[i]
                      + ": there are --json, --rounds N, --module FILE, --token LABEL, --pin-file"
                      + " FILE");
        }
      }
      if (module.isPresent() != pinFile.isPresent()) {
        throw new IllegalArgumentException("--module and --pin-file go together");
      }
      return new Options(json, rounds, module, token, pinFile);
    }

    private static String value(String[] arguments, int index) {
      if (index >= arguments.length) {
        throw new IllegalArgumentException(arguments[index - 1] + " wants a value");
      }
      return arguments[index];
    }

    private static int number(String text) {
      if (!text.matches("[1-9][0-9]?")) {
        throw new IllegalArgumentException("--rounds: '" + text + "' is not 1 to 99");
      }
      return Integer.parseInt(text);
    }
  }

  /// Signatures per second, and microseconds of the whole process's processor time for each.
  private record Rate(double perSecond, double microseconds) {
    static Rate median(List<Rate> rates) {
      return new Rate(
          middle(rates.stream().map(Rate::perSecond).toList()),
          middle(rates.stream().map(Rate::microseconds).toList()));
    }

    static double middle(List<Double> values) {
      return values.stream().sorted().toList().get(values.size() / 2);
    }
  }

  /// `share` is of the rates; that of the processor times is what a busy machine distorts least.
  private record Row(int sessions, Rate bare, Rate layer, Rate verified, double share) {
    double cpuShare() {
      return bare.microseconds() / layer.microseconds();
    }
  }

  private HsmBench(Options options) {
    this.options = options;
  }

  public static void main(String[] arguments) {
    System.exit(run(System.out, System.err, arguments));
  }

  static int run(PrintStream out, PrintStream err, String... arguments) {
    try {
      new HsmBench(Options.of(arguments)).measure(out);
      return 0;
    } catch (IllegalArgumentException e) {
      err.println("mayfly: " + e.getMessage());
      return 2;
    } catch (HsmUnavailableException | HsmKeyMissingException | UncheckedIOException e) {
      err.println("mayfly: " + e.getMessage());
      return 1;
    } catch (Pkcs11Exception e) {
      err.println("mayfly: the module failed: " + e.getMessage());
      return 1;
    }
  }

  private void measure(PrintStream out) throws Pkcs11Exception {
    if (options.module().isPresent()) {
      report(out, options.module().get(), options.pinFile().orElseThrow());
      return;
    }
    Path folder = temporaryFolder();
    try {
      Path pinFile = folder.resolve("pin");
      report(out, throwAway(folder, pinFile), pinFile);
    } finally {
      delete(folder);
    }
  }

  private Path throwAway(Path folder, Path pinFile) {
    Path module =
        SoftHsmToken.findModule()
            .orElseThrow(() -> new HsmUnavailableException("SoftHSM2 is not installed"));
    byte[] pin = HexFormat.of().toHexDigits(System.nanoTime()).getBytes(StandardCharsets.US_ASCII);
    try {
      Files.write(pinFile, pin);
      SoftHsmToken.configure(folder.resolve("softhsm2.conf"), folder.resolve("tokens"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    boolean _ = SoftHsmToken.initialise(module, options.token(), pin, pin);
    return module;
  }

  private void report(PrintStream out, Path module, Path pinFile) throws Pkcs11Exception {
    List<Row> rows = new ArrayList<>();
    for (int sessions : new int[] {1, 2}) {
      HsmConfig config =
          new HsmConfig(module, options.token(), pinFile, sessions, Duration.ofSeconds(10), 1024);
      try (Pkcs11Hsm hsm = new Pkcs11Hsm(config, NO_CLOCK)) {
        hsm.start();
        if (!isReady(hsm)) {
          throw hsm.unavailable();
        }
        PublicKey key = done(hsm.generateSigningKey(label, SigningAlgorithm.ES256));
        try {
          rows.add(row(hsm, config, key));
        } finally {
          done(hsm.destroy(label).replaceWith(true));
        }
      }
    }
    if (options.json()) {
      json(out, rows);
    } else {
      table(out, rows);
    }
  }

  private Row row(Pkcs11Hsm hsm, HsmConfig config, PublicKey key) throws Pkcs11Exception {
    HsmJwsSigner signer = new HsmJwsSigner(hsm, label, SigningAlgorithm.ES256, key);
    byte[] input = new byte[INPUT];
    Arrays.fill(input, (byte) 'x');
    int sessions = config.sessions();
    List<Rate> bare = new ArrayList<>();
    List<Rate> layer = new ArrayList<>();
    List<Rate> verified = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    try (BareModule module = new BareModule(config, label)) {
      for (int round = -WARM_UP; round < options.rounds(); round++) {
        Rate alone = module.rate(sessions);
        Rate ours = rate(sessions, () -> hsm.sign(label, SigningAlgorithm.ES256, input));
        Rate checked = rate(sessions, () -> signer.sign(input));
        if (round >= 0) {
          bare.add(alone);
          layer.add(ours);
          verified.add(checked);
          shares.add(ours.perSecond() / alone.perSecond());
        }
      }
    }
    return new Row(
        sessions,
        Rate.median(bare),
        Rate.median(layer),
        Rate.median(verified),
        Rate.middle(shares));
  }

  /// Keeps the sessions busy for a second: each answer asks for the next signature.
  private static Rate rate(int sessions, Supplier<Uni<byte[]>> call) {
    int chains = sessions * IN_FLIGHT_PER_SESSION;
    Chains running = new Chains(call, chains);
    long cpu = PROCESS.getProcessCpuTime();
    long begin = System.nanoTime();
    running.runUntil(begin + Duration.ofSeconds(1).toNanos());
    return running.rate(begin, cpu);
  }

  private static final class Chains {
    private final Supplier<Uni<byte[]>> call;
    private final int chains;
    private final CountDownLatch ended;
    private final LongAdder signed = new LongAdder();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile long end;

    Chains(Supplier<Uni<byte[]>> call, int chains) {
      this.call = call;
      this.chains = chains;
      this.ended = new CountDownLatch(chains);
    }

    void runUntil(long when) {
      end = when;
      for (int i = 0; i < chains; i++) {
        next();
      }
      await(ended);
      if (failure.get() != null) {
        throw new HsmUnavailableException(failure.get().getMessage(), failure.get());
      }
    }

    private void next() {
      var _ =
          call.get()
              .subscribe()
              .with(
                  _ -> {
                    signed.increment();
                    if (System.nanoTime() - end < 0) {
                      next();
                    } else {
                      ended.countDown();
                    }
                  },
                  failed -> {
                    failure.set(failed);
                    ended.countDown();
                  });
    }

    Rate rate(long begin, long cpu) {
      return new Rate(
          signed.sum() / ((System.nanoTime() - begin) / 1e9),
          (PROCESS.getProcessCpuTime() - cpu) / 1e3 / signed.sum());
    }
  }

  /// C_SignInit and C_Sign in a loop over a digest that is there already, with nothing around it.
  private static final class BareModule implements AutoCloseable {
    private final Pkcs11Module module;
    private final List<Long> handles = new ArrayList<>();
    private final String label;
    private final boolean copies;

    BareModule(HsmConfig config, String label) throws Pkcs11Exception {
      this.module = Pkcs11Module.load(ModuleClaim.real(config.module()));
      this.label = label;
      TokenSlot slot =
          TokenSlot.find(module, config.tokenLabel())
              .orElseThrow(() -> new HsmUnavailableException("the token has gone"));
      this.copies = TokenAbilities.of(module, slot.slot()).rereads();
      for (int i = 0; i < config.sessions(); i++) {
        handles.add(TokenConnector.openSession(module, slot.slot()));
      }
    }

    Rate rate(int threads) {
      BlockingQueue<Optional<Throwable>> ends = new ArrayBlockingQueue<>(threads);
      LongAdder signed = new LongAdder();
      long cpu = PROCESS.getProcessCpuTime();
      long begin = System.nanoTime();
      for (long handle : handles) {
        var _ =
            Thread.ofPlatform()
                .daemon()
                .start(() -> ends.add(loop(handle, begin + 1_000_000_000, signed)));
      }
      for (int i = 0; i < threads; i++) {
        try {
          Optional<Throwable> end = ends.take();
          if (end.isPresent()) {
            throw new HsmUnavailableException(end.get().getMessage(), end.get());
          }
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return new Rate(
          signed.sum() / ((System.nanoTime() - begin) / 1e9),
          (PROCESS.getProcessCpuTime() - cpu) / 1e3 / signed.sum());
    }

    private Optional<Throwable> loop(long handle, long end, LongAdder signed) {
      try (Arena arena = Arena.ofConfined();
          Pkcs11Session session = new Pkcs11Session(module)) {
        session.use(handle);
        long key = key(session);
        MemorySegment mechanism = arena.allocate(24, 8);
        mechanism.set(JAVA_LONG, 0, Ck.CKM_ECDSA);
        MemorySegment digest = arena.allocate(32, 8);
        digest.fill((byte) 7);
        MemorySegment signature = arena.allocate(JAVA_BYTE, 512);
        MemorySegment length = arena.allocate(JAVA_LONG);
        long count = 0;
        while (System.nanoTime() - end < 0) {
          length.set(JAVA_LONG, 0, 512);
          module.signInit(handle, mechanism, key);
          module.sign(handle, digest, 32, signature, length);
          count++;
        }
        signed.add(count);
        return Optional.empty();
      } catch (Pkcs11Exception | RuntimeException e) {
        return Optional.of(e);
      }
    }

    /// What our layer signs with, almost always.
    private long key(Pkcs11Session session) throws Pkcs11Exception {
      long key = session.find(Ck.CKO_PRIVATE_KEY, label)[0];
      return copies ? session.copy(key) : key;
    }

    @Override
    public void close() throws Pkcs11Exception {
      for (long handle : handles) {
        module.closeSession(handle);
      }
    }
  }

  private static void table(PrintStream out, List<Row> rows) {
    out.println("ES256 signatures per second; in brackets microseconds of processor time each");
    out.printf(
        "%-9s %-18s %-18s %-8s %-10s %-18s%n",
        "sessions", "bare module", "our layer", "share", "CPU share", "and verified");
    for (Row row : rows) {
      out.printf(
          Locale.ROOT,
          "%-9d %-18s %-18s %-8s %-10s %-18s%n",
          row.sessions(),
          text(row.bare()),
          text(row.layer()),
          percent(row.share()),
          percent(row.cpuShare()),
          text(row.verified()));
    }
    out.println(
        """
        bare module: C_SignInit and C_Sign in a loop, one thread for each session, over a digest
        that is there already; of SoftHSM with a copy of the key in a session, as we do. our layer:
        Pkcs11Hsm.sign, that is SHA-256 over 600 bytes, queue, deadline, lock and Uni, with 16 calls
        under way for each session. and verified: HsmJwsSigner.sign, which is what tokens are signed
        with: each signature is verified before it is released, on the same worker. share: the
        median of the rounds' shares of the rates.
        CPU share: of the processor times, which other programs on the machine disturb less.""");
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String text(Rate rate) {
    return String.format(Locale.ROOT, "%,.0f (%.0f)", rate.perSecond(), rate.microseconds());
  }

  private static void json(PrintStream out, List<Row> rows) {
    List<String> texts =
        rows.stream()
            .map(
                row ->
                    String.format(
                        Locale.ROOT,
                        "{\"sessions\":%d,\"bare_per_s\":%.0f,\"bare_cpu_us\":%.1f,"
                            + "\"layer_per_s\":%.0f,\"layer_cpu_us\":%.1f,\"share\":%.3f,\"cpu_share\":%.3f,"
                            + "\"verified_per_s\":%.0f,\"verified_cpu_us\":%.1f}",
                        row.sessions(),
                        row.bare().perSecond(),
                        row.bare().microseconds(),
                        row.layer().perSecond(),
                        row.layer().microseconds(),
                        row.share(),
                        row.cpuShare(),
                        row.verified().perSecond(),
                        row.verified().microseconds()))
            .toList();
    out.println("{\"algorithm\":\"ES256\",\"hsm\":[" + String.join(",", texts) + "]}");
  }

  private static boolean isReady(Pkcs11Hsm hsm) {
    try {
      return hsm.awaitReady(PATIENCE);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T done(Uni<T> uni) {
    AtomicReference<T> item = new AtomicReference<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch ended = new CountDownLatch(1);
    var _ =
        uni.subscribe()
            .with(
                value -> {
                  item.set(value);
                  ended.countDown();
                },
                failed -> {
                  failure.set(failed);
                  ended.countDown();
                });
    await(ended);
    if (failure.get() instanceof RuntimeException e) {
      throw e;
    }
    return item.get();
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("mayfly-bench");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
