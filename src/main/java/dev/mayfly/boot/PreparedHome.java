package dev.mayfly.boot;

import io.quarkus.runtime.LaunchMode;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A home with everything a broker needs: files made, PostgreSQL up, ports chosen, this process
/// registered. Closing it takes this process out again and, when it was the last broker of the
/// home, stops PostgreSQL.
final class PreparedHome implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Home home;
  private final Settings settings;
  private final Home.Held primaryLock;
  private final LocalPostgres postgres;
  private final long pid = ProcessHandle.current().pid();
  private final Map<String, String> properties = new LinkedHashMap<>();

  private PreparedHome(Home home, Settings settings, Home.Held primaryLock) {
    this.home = home;
    this.settings = settings;
    this.primaryLock = primaryLock;
    this.postgres = new LocalPostgres(home, new SecureRandom());
  }

  /// Prepares the home, or throws a [BootException] and leaves no process of ours behind.
  static PreparedHome prepare(Settings settings, Clock clock, Progress progress) {
    var home = new Home(settings.home());
    var prepared = settings.replica() ? asReplica(home, settings) : asPrimary(home, settings);
    try (var _ = home.lockStep(PATIENCE)) {
      prepared.fill(clock, progress);
      return prepared;
    } catch (RuntimeException e) {
      prepared.close();
      throw e;
    }
  }

  private static PreparedHome asPrimary(Home home, Settings settings) {
    home.prepare();
    var lock = home.tryLock();
    if (lock.isEmpty()) {
      throw new BootException(
          "a broker already runs on this home ("
              + home.lockNote()
              + "); use ./mayfly start --replica for one more");
    }
    // At once, over the note of the last holder; the address follows when the ports are chosen.
    lock.get().note("pid " + ProcessHandle.current().pid() + ", starting");
    return new PreparedHome(home, settings, lock.get());
  }

  private static PreparedHome asReplica(Home home, Settings settings) {
    if (new Pids(home).live().isEmpty()) {
      throw new BootException("no broker runs on " + home.root() + "; use ./mayfly start first");
    }
    return new PreparedHome(home, settings, null);
  }

  /// What Quarkus is told.
  Map<String, String> properties() {
    return Map.copyOf(properties);
  }

  private void fill(Clock clock, Progress progress) {
    var pids = new Pids(home);
    var ports = settings.replica() ? portsOfReplica(pids) : portsOfPrimary();
    var baseUrl =
        settings.replica()
            ? BrokerFacts.baseUrl(home)
                .orElseThrow(
                    () -> new BootException(home.broker() + " is missing; is a broker running?"))
            : settings.baseUrl().orElse("https://localhost:" + ports.tls());
    var mtlsBaseUrl =
        settings.replica() ? BrokerFacts.mtlsBaseUrl(home) : mtlsBaseUrl(baseUrl, ports.mtls());
    var broker =
        new Pids.Broker(
            pid,
            "https://localhost:" + ports.tls(),
            "http://" + Ports.LOOPBACK + ":" + ports.management(),
            ports.mtls(),
            clock.instant(),
            settings.replica());
    if (primaryLock != null) {
      primaryLock.note("pid " + pid + ", " + broker.url());
    }
    pids.register(broker);
    var tls = new TlsFiles(home.tls(), clock);
    var hsm = new HsmFiles(home.hsm(), new SecureRandom());
    var tokens = pkcs11(hsm, progress);
    // PostgreSQL takes the longest, and needs nothing of the rest.
    try (var database = SideStep.begin("mayfly-postgres", () -> database(progress))) {
      if (!settings.replica()) {
        tls.ensure(names(baseUrl));
        AdminCredential.ensure(home.admin());
        if (settings.pkcs11().isEmpty()) {
          hsm.ensureToken();
        }
      }
      properties.putAll(
          new QuarkusSettings(
                  home, settings, ports, baseUrl, mtlsBaseUrl, database.result(), tokens, tls)
              .properties());
    }
    BrokerFacts.write(home, baseUrl, mtlsBaseUrl, pids.live());
  }

  /// The issuer's host with the port of the listener that asks for certificates.
  private Optional<String> mtlsBaseUrl(String baseUrl, OptionalInt port) {
    return settings
        .mtls()
        .baseUrl()
        .or(
            () ->
                port.isPresent()
                    ? Optional.of(
                        "https://" + java.net.URI.create(baseUrl).getHost() + ":" + port.getAsInt())
                    : Optional.empty());
  }

  private QuarkusSettings.ChosenPorts portsOfPrimary() {
    if (isReload()) {
      return new QuarkusSettings.ChosenPorts(
          settings.port(),
          settings.managementPort(),
          settings.plainHttpPort(),
          reloaded("mayfly.mtls.port"));
    }
    var tls = Ports.require("MAYFLY_PORT", settings.host(), settings.port());
    var management =
        Ports.require("MAYFLY_MANAGEMENT_PORT", Ports.LOOPBACK, settings.managementPort());
    if (tls == management) {
      throw new BootException("MAYFLY_MANAGEMENT_PORT: " + management + " is also MAYFLY_PORT");
    }
    var plain = settings.plainHttpPort();
    if (plain.isPresent()) {
      if (plain.getAsInt() == tls || plain.getAsInt() == management) {
        throw new BootException(
            "MAYFLY_PLAIN_HTTP_PORT: " + plain.getAsInt() + " is already one of the others");
      }
      Ports.require("MAYFLY_PLAIN_HTTP_PORT", settings.host(), plain.getAsInt());
    }
    var taken = new LinkedHashSet<Integer>();
    taken.add(management);
    plain.ifPresent(taken::add);
    return new QuarkusSettings.ChosenPorts(tls, management, plain, mtlsPort(tls, taken));
  }

  /// `taken` are the ports of this start that nobody listens on yet.
  private OptionalInt mtlsPort(int tls, Set<Integer> taken) {
    var wanted = settings.mtls();
    if (!wanted.enabled()) {
      return OptionalInt.empty();
    }
    if (wanted.port().isEmpty()) {
      return OptionalInt.of(Ports.next(settings.host(), tls, taken));
    }
    var port = Ports.require("MAYFLY_MTLS_PORT", settings.host(), wanted.port().getAsInt());
    if (port == tls || taken.contains(port)) {
      throw new BootException("MAYFLY_MTLS_PORT: " + port + " is already one of the others");
    }
    return OptionalInt.of(port);
  }

  private static OptionalInt reloaded(String property) {
    var port = System.getProperty(property);
    return port == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(port));
  }

  /// Live reload keeps the listeners of the process open while it starts the changed code.
  private static boolean isReload() {
    return LaunchMode.current() == LaunchMode.DEVELOPMENT
        && System.getProperty("mayfly.home") != null;
  }

  /// The next free ports above the configured ones; those of brokers that are only just starting
  /// are taken as well.
  private QuarkusSettings.ChosenPorts portsOfReplica(Pids pids) {
    var claimed = claimed(pids);
    var tls = nextPort(settings.host(), settings.port(), claimed);
    var management = nextPort(Ports.LOOPBACK, settings.managementPort(), claimed);
    var plain = settings.plainHttpPort();
    return new QuarkusSettings.ChosenPorts(
        tls,
        management,
        plain.isPresent()
            ? OptionalInt.of(nextPort(settings.host(), plain.getAsInt(), claimed))
            : plain,
        settings.mtls().enabled()
            ? OptionalInt.of(nextPort(settings.host(), settings.mtls().port().orElse(tls), claimed))
            : OptionalInt.empty());
  }

  private static int nextPort(String host, int configured, Set<Integer> claimed) {
    var port = configured == 0 ? Ports.anyFree() : Ports.next(host, configured, claimed);
    claimed.add(port);
    return port;
  }

  private static Set<Integer> claimed(Pids pids) {
    return pids.live().stream()
        .flatMap(
            broker ->
                Stream.concat(
                    Stream.of(broker.url(), broker.managementUrl())
                        .map(url -> java.net.URI.create(url).getPort()),
                    broker.mtlsPort().stream().boxed()))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private Collection<String> names(String baseUrl) {
    var names = new LinkedHashSet<String>();
    HostName.find().ifPresent(names::add);
    names.add(bare(java.net.URI.create(baseUrl).getHost()));
    if (!isWildcard(settings.host())) {
      names.add(TlsFiles.canonical(settings.host()));
    }
    return names;
  }

  /// Without the brackets that a URI puts around an IPv6 address.
  private static String bare(String host) {
    return TlsFiles.canonical(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
  }

  private static boolean isWildcard(String host) {
    return java.net.InetAddress.ofLiteral(host).isAnyLocalAddress();
  }

  private List<Settings.Pkcs11Token> pkcs11(HsmFiles files, Progress progress) {
    if (!settings.pkcs11().isEmpty()) {
      return settings.pkcs11();
    }
    if (settings.replica()) {
      return List.of(files.attach());
    }
    if (!files.exists()) {
      progress.say("creating the SoftHSM2 token");
    }
    return List.of(files.configure());
  }

  private DatabaseAccess database(Progress progress) {
    if (settings.database().isPresent()) {
      return settings.database().get();
    }
    if (settings.replica()) {
      return postgres
          .attach()
          .orElseThrow(
              () ->
                  new BootException(
                      "the PostgreSQL of " + home.root() + " does not run; restart the broker"));
    }
    if (!Files.exists(home.postgres())) {
      progress.say("creating the PostgreSQL data directory");
    }
    return postgres.start();
  }

  /// Begins to watch PostgreSQL where it is this home's own, by its first broker. The watch has to
  /// end before the home is put away.
  Optional<PostgresWatch> watchPostgres() {
    return settings.replica() || settings.database().isPresent()
        ? Optional.empty()
        : Optional.of(PostgresWatch.begin(home, postgres));
  }

  /// Idempotent. PostgreSQL stops only with the last broker; both are decided under the step
  /// lock, so a broker that starts now either was seen here or finds PostgreSQL stopped.
  @Override
  public void close() {
    try (var _ = home.lockStep(PATIENCE)) {
      var pids = new Pids(home);
      pids.remove(pid);
      var live = pids.live();
      if (live.isEmpty()) {
        postgres.stop();
      } else {
        BrokerFacts.baseUrl(home)
            .ifPresent(
                baseUrl -> BrokerFacts.write(home, baseUrl, BrokerFacts.mtlsBaseUrl(home), live));
      }
    } finally {
      if (primaryLock != null) {
        primaryLock.close();
      }
    }
  }
}
