package dev.mayfly.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mayfly.keys.HsmBench;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/// The least that the parts of a request cost on this machine, in the same run.
final class Floors {
  static final String HELLO = "hello";
  static final String SIGNATURE = "signature";
  static final String VERIFICATION = "verification";
  static final String INSERT = "insert";
  static final List<String> NAMES = List.of(HELLO, SIGNATURE, VERIFICATION, INSERT);

  private static final int WARM_UP = 500;
  private static final int VERIFICATIONS = 5_000;
  private static final int MOST_ROUNDS = 10;
  private static final int ROWS = 4_000;
  private static final int BATCH = 64;

  /// A figure without a table's line: microseconds of processor time each.
  record Floor(String name, String what, double microseconds) {}

  private final Optional<String> core;

  Floors(Optional<String> core) {
    this.core = core;
  }

  /// An HTTP server of this stack that answers every request with five bytes.
  Measured hello(Course course) throws IOException {
    Process server = start(List.of(HelloServer.class.getName()));
    try (BufferedReader told = server.inputReader(StandardCharsets.US_ASCII)) {
      URI target = URI.create("http://127.0.0.1:" + told.readLine());
      try (Load load = new Load(target)) {
        Ask ask = new Ask("/", List.of(), Optional.empty(), _ -> {});
        Workload hello = Workload.same(HELLO, "the least on this HTTP stack", () -> ask);
        return course
            .measure(
                List.of(
                    new Contender(
                        HELLO,
                        hello,
                        load,
                        () -> Cost.of(List.of(server.pid())),
                        () -> Inside.UNKNOWN)))
            .getFirst();
      }
    } finally {
      server.destroyForcibly();
    }
  }

  /// C_SignInit and C_Sign in a loop, with nothing around it.
  Floor signature() throws IOException {
    Process bench = start(List.of(HsmBench.class.getName(), "--json", "--rounds", "3"));
    try (BufferedReader told = bench.inputReader(StandardCharsets.UTF_8)) {
      JsonNode row = new ObjectMapper().readTree(told).path("hsm").path(0);
      return new Floor(
          SIGNATURE, "C_SignInit and C_Sign, ES256", row.path("bare_cpu_us").doubleValue());
    } finally {
      bench.destroyForcibly();
    }
  }

  /// Of one signature after the other by a key that nothing is known of, until it gets no quicker.
  static Floor verification() {
    try {
      BouncyCastleProvider bouncyCastle = new BouncyCastleProvider();
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", bouncyCastle);
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      byte[] content = new byte[400];
      Signature signer = Signature.getInstance("SHA256withECDSA", bouncyCastle);
      signer.initSign(pair.getPrivate());
      signer.update(content);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance("SHA256withECDSA", bouncyCastle);
      double least = Double.MAX_VALUE;
      for (int round = 0; round < MOST_ROUNDS; round++) {
        double before = Cost.processorTimeOfThisThread();
        for (int i = 0; i < VERIFICATIONS; i++) {
          verifier.initVerify(pair.getPublic());
          verifier.update(content);
          if (!verifier.verify(signature)) {
            throw new BenchException("a good signature was taken for a bad one");
          }
        }
        double spent = Cost.processorTimeOfThisThread() - before;
        least = Math.min(least, spent / VERIFICATIONS);
      }
      return new Floor(VERIFICATION, "ES256 by a key that was never seen before", least);
    } catch (GeneralSecurityException e) {
      throw new BenchException("nothing can be verified: " + e.getMessage());
    }
  }

  /// Of a row as the audit trail's, on its own and 64 in a transaction.
  static List<Floor> inserts(BrokerMeter meter) {
    Connection database = meter.database();
    try (Statement statement = database.createStatement()) {
      statement.execute(
          "create table bench_rows (id uuid primary key, at timestamptz not null, realm text not"
              + " null, client_id text not null, detail text not null)");
      statement.execute("create index bench_rows_by_time on bench_rows (realm, at)");
      insert(database, WARM_UP, 1);
      double alone = cost(meter, 1);
      double together = cost(meter, BATCH);
      statement.execute("drop table bench_rows");
      return List.of(
          new Floor(INSERT, "one row, committed with fsync (PostgreSQL's part)", alone),
          new Floor(
              INSERT + "-" + BATCH, "the same, " + BATCH + " rows in a transaction", together));
    } catch (SQLException e) {
      throw new BenchException("the database cannot be measured: " + e.getMessage());
    }
  }

  private static double cost(BrokerMeter meter, int batch) throws SQLException {
    long before = meter.databaseTime();
    insert(meter.database(), ROWS, batch);
    return (meter.databaseTime() - before) / (double) ROWS;
  }

  private static void insert(Connection database, int rows, int batch) throws SQLException {
    String detail = "x".repeat(300);
    database.setAutoCommit(false);
    try (PreparedStatement insert =
        database.prepareStatement(
            "insert into bench_rows values (?, now(), 'bench', 'secret', ?)")) {
      for (int i = 1; i <= rows; i++) {
        insert.setObject(1, UUID.randomUUID());
        insert.setString(2, detail);
        insert.addBatch();
        if (i % batch == 0 || i == rows) {
          int[] _ = insert.executeBatch();
          database.commit();
        }
      }
    } finally {
      database.setAutoCommit(true);
    }
  }

  /// In a process of its own, with the broker's flags.
  private Process start(List<String> program) throws IOException {
    List<String> command = new ArrayList<>();
    core.ifPresent(one -> command.addAll(List.of("taskset", "-c", one)));
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(program);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
