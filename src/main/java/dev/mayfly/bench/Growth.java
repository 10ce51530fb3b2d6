package dev.mayfly.bench;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/// `./mayfly bench growth`: what requests, and an admin's questions, cost as a realm grows: with a
/// secret and ten live grants for each client, of which there are a million at most.
final class Growth {
  private static final int GRANTS = 10;
  private static final int MOST_GRANTS = 1_000_000;
  private static final int VENDOR = 10_000;
  private static final int TIMES = 20;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final String CLIENTS = "/realms/" + BenchRealm.NAME + "/clients?limit=50";

  private static final List<String> SEED =
      List.of(
          "insert into clients (client_key, realm, client_id, kind, origin, vendor, description,"
              + " state, state_reason, state_at) select 'bench/tool-' || n, 'bench', 'tool-' || n,"
              + " 'client', 'registered', 'vendor ' || (n / "
              + VENDOR
              + "), 'bot number ' || md5(n::text), 'active', 'registered', now() - n *"
              + " interval '1 second' from generate_series(?, ?) n",
          "insert into registered_clients (client_key, document, registered_by, registered_at)"
              + " select 'bench/tool-' || n, '{\"client_id\":\"tool-' || n ||"
              + " '\",\"token_endpoint_auth_methods\":[\"client_secret_basic\"],\"secret\":\"generated\","
              + "\"attestation\":\"none\",\"scopes\":[\"orders:read\"]}', 'bench', now() from"
              + " generate_series(?, ?) n",
          "insert into client_secrets (secret_id, client_key, digest, mac_kid, fingerprint,"
              + " created_at, expires_at) select gen_random_uuid(), 'bench/tool-' || n,"
              + " encode(sha256(('d' || n)::bytea), 'hex'), (select min(mac_kid) from"
              + " client_secrets where client_key = 'bench/secret'), encode(sha256(('f' ||"
              + " n)::bytea), 'hex'), now(), now() + interval '30 days' from generate_series(?, ?)"
              + " n",
          "insert into grants (grant_id, client_key, realm, client_id, scope, audience, attestation,"
              + " address, created_at, ends_at, generation, refresh_expires_at, rotated_at,"
              + " dead_after, revision) select gen_random_uuid(), 'bench/tool-' || n, 'bench',"
              + " 'tool-' || n, 'orders:read', 'https://api.bench.example/', 'none', '127.0.0.9',"
              + " now(), now() + interval '8 hours', 0, now() + interval '8 hours', now(), now() +"
              + " interval '8 hours', 0 from generate_series(?, ?) n, generate_series(1, ?)");

  private final PrintStream progress;
  private final Course course;
  private final Load load;
  private final BrokerMeter meter;
  private final AdminPort admin;

  Growth(PrintStream progress, Course course, Load load, BrokerMeter meter, AdminPort admin) {
    this.progress = progress;
    this.course = course;
    this.load = load;
    this.meter = meter;
    this.admin = admin;
  }

  void run(List<Workload> workloads, List<Integer> sizes, PrintStream out) {
    List<SequencedMap<String, Double>> columns = new ArrayList<>();
    int before = 0;
    int grants = 0;
    for (int size : sizes) {
      SequencedMap<String, Double> figures = new LinkedHashMap<>();
      int each = Math.min(GRANTS, (MOST_GRANTS - grants) / (size - before));
      grants += each * (size - before);
      figures.put("live grants", (double) grants);
      String vendor = "vendor " + (before / VENDOR + 1);
      grow(before, size, each);
      Learning learning = awaitKnown(size);
      figures.put("known to the broker after, s", learning.took().toNanos() / 1e9);
      figures.put("the slowest answer meanwhile, ms", learning.slowest().toNanos() / 1e6);
      before = size;
      for (Workload workload : workloads) {
        Contender broker =
            new Contender(workload.name(), workload, load, meter::cost, meter::inside);
        figures.put(
            workload.name() + ", us", course.measure(List.of(broker)).getFirst().full().both());
      }
      questions(size).forEach((what, path) -> figures.put(what + ", ms", slowest(path)));
      if (size >= 2 * VENDOR) {
        figures.put("10,000 clients of a vendor revoked, ms", revoke(vendor));
      }
      figures.put("memory of the broker, MiB", meter.cost().memory() / 1024.0);
      columns.add(figures);
    }
    new Columns("clients", sizes, columns).lines().forEach(out::println);
    out.println("Questions to the admin API: the slowest of " + TIMES + ".");
  }

  private void grow(int from, int to, int each) {
    progress.printf(
        Locale.ROOT, "mayfly: growing to %,d clients, %d live grants for each new one%n", to, each);
    Connection database = meter.database();
    try {
      database.setAutoCommit(false);
      for (String sql : SEED) {
        try (PreparedStatement statement = database.prepareStatement(sql)) {
          statement.setInt(1, from + 1);
          statement.setInt(2, to);
          if (sql.equals(SEED.getLast())) {
            statement.setInt(3, each);
          }
          statement.executeUpdate();
        }
      }
      execute(database, "update registry_version set version = version + 1");
      database.commit();
      database.setAutoCommit(true);
      execute(database, "analyze");
    } catch (SQLException e) {
      throw new BenchException("the realm does not grow: " + e.getMessage());
    }
  }

  private static void execute(Connection database, String sql) throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      statement.execute();
    }
  }

  /// A page of what is searched for, what is typed to find one, and what lies far behind.
  private static SequencedMap<String, String> questions(int size) {
    SequencedMap<String, String> all = new LinkedHashMap<>();
    all.put("the first page", CLIENTS);
    all.put("a page from the middle", CLIENTS + "&after=tool-" + size / 2);
    all.put("the last page", CLIENTS + "&after=tool-9999");
    all.put("by what changed last", CLIENTS + "&sort=state_at");
    all.put("by that, from the middle", CLIENTS + "&sort=state_at&after=tool-" + size / 2);
    all.put("a client's name", CLIENTS + "&q=tool-" + (size - 1));
    all.put("how many names begin", CLIENTS + "&q=tool-");
    all.put("how those at the end begin", CLIENTS + "&q=tool-9");
    all.put("two letters that nobody has", CLIENTS + "&q=zq");
    all.put("a part of descriptions", CLIENTS + "&q=number%20c4c");
    all.put("what nobody has", CLIENTS + "&q=no%20such%20tool");
    all.put("nobody, by what changed last", CLIENTS + "&sort=state_at&q=no%20such%20tool");
    all.put("a vendor's", CLIENTS + "&vendor=vendor%200");
    all.put("a vendor's at the end", CLIENTS + "&vendor=vendor%209");
    all.put("a vendor's, by what changed last", CLIENTS + "&sort=state_at&vendor=vendor%209");
    all.put("those that are suspended", CLIENTS + "&state=suspended");
    return all;
  }

  private double slowest(String path) {
    double slowest = 0;
    for (int i = 0; i < TIMES; i++) {
      slowest = Math.max(slowest, admin.get(path).took().toNanos() / 1e6);
    }
    return slowest;
  }

  private double revoke(String vendor) {
    return admin
            .post(
                "/realms/" + BenchRealm.NAME + "/revocations",
                "{\"vendor\":\"" + vendor + "\",\"reason\":\"bench\"}")
            .took()
            .toNanos()
        / 1e6;
  }

  /// `slowest`: of the questions that were answered one after the other meanwhile.
  private record Learning(Duration took, Duration slowest) {}

  /// A client is shown out of the broker's memory.
  private Learning awaitKnown(int size) {
    String path = "/realms/" + BenchRealm.NAME + "/clients/tool-" + size;
    long began = System.nanoTime();
    Duration slowest = Duration.ZERO;
    boolean known = false;
    while (!known) {
      pause();
      long asked = System.nanoTime();
      known = admin.has(path);
      Duration took = Duration.ofNanos(System.nanoTime() - asked);
      slowest = took.compareTo(slowest) > 0 ? took : slowest;
      if (asked - began > PATIENCE.toNanos()) {
        throw new BenchException("the broker does not learn of its clients");
      }
    }
    return new Learning(Duration.ofNanos(System.nanoTime() - began), slowest);
  }

  /// Whoever asks without a pause takes half the core.
  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted");
    }
  }
}
