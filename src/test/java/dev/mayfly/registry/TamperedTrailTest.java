package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.Checkpoint;
import dev.mayfly.audit.TrailVerification;
import dev.mayfly.audit.TrailVerification.Finding;
import dev.mayfly.audit.TrailVerification.Seen;
import dev.mayfly.audit.TrailVerification.Whole;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.RealmName;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Somebody who can do everything with the database, and cannot sign. While a test is at it the
/// broker covers nothing: the test holds its lock.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class TamperedTrailTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long LOCK = 0x6d61_7966_6c79_0002L;
  private static final RealmName REALM = new RealmName("tampered");

  @Inject Ledger ledger;
  @Inject Checkpointer checkpointer;
  @Inject TrailExport export;
  @Inject Realms realms;
  @Inject DataSource database;
  @Inject Clock clock;

  private Connection attacker;

  @BeforeEach
  void aTrailOfSeveralCheckpoints() throws SQLException {
    attacker = database.getConnection();
    aNewTrail();
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 5 + i; j++) {
        note("row " + i + "." + j);
      }
      // A look of the broker's own may have begun before the trail was emptied, and miss what it
      // knew of: that is no attack.
      covered(checkpointer::begin);
    }
    execute("select pg_advisory_lock(" + LOCK + ")");
    execute("drop table if exists kept_events, kept_checkpoints, kept_keys");
    execute("create table kept_events as select * from audit_events");
    execute("create table kept_checkpoints as select * from audit_checkpoints");
    execute("create table kept_keys as select * from hsm_keys where purpose = 'audit'");
  }

  /// Of this test alone: what other tests have left takes its time to be exported.
  private void aNewTrail() throws SQLException {
    execute("select pg_advisory_lock(" + LOCK + ")");
    execute("truncate audit_events, audit_checkpoints");
    checkpointer.begin();
    execute("select pg_advisory_unlock(" + LOCK + ")");
  }

  @AfterEach
  void letGo() throws SQLException {
    execute("drop table if exists kept_events, kept_checkpoints, kept_keys");
    execute("select pg_advisory_unlock(" + LOCK + ")");
    attacker.close();
  }

  private void note(String because) {
    AuditContext context =
        new AuditContext(
            clock.instant(),
            REALM,
            Optional.of(new ClientId("bot")),
            UUID.randomUUID().toString(),
            "192.0.2.7");
    ledger
        .record(
            new Entry.Note(
                new AuditEvent.TokenRefused(context, OAuthError.INVALID_SCOPE, because), List.of()))
        // The first query of a cold JVM may miss its deadline.
        .onFailure()
        .retry()
        .atMost(3)
        .await()
        .atMost(PATIENCE);
  }

  /// Until nothing of what was written before is left: another transaction may hold up the order.
  private void covered() throws SQLException {
    covered(() -> {});
  }

  private void covered(Runnable whenCut) throws SQLException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (uncovered() != 0) {
      if (checkpointer.isCut()) {
        whenCut.run();
      }
      assertTrue(System.nanoTime() < deadline, "not covered within " + PATIENCE);
      // A broker that has just started may still be at its other keys.
      checkpointer.look().onFailure().recoverWithItem(false).await().atMost(PATIENCE);
    }
  }

  /// The tail, and what is not settled yet: while an older transaction is open a row is in neither.
  private long uncovered() throws SQLException {
    Whole whole = wholeTrail();
    return whole.tail() + (rowsOfTheTrail() - whole.rows());
  }

  /// With every row in it that there is. Nothing more is covered meanwhile, but the broker's own
  /// sweeps (a secret that ends soon, say) write when they like: a tail is not of this test alone.
  private Whole settled() throws SQLException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Whole whole = wholeTrail();
    while (whole.rows() + whole.tail() != rowsOfTheTrail()) {
      assertTrue(System.nanoTime() < deadline, "not settled within " + PATIENCE);
      whole = wholeTrail();
    }
    return whole;
  }

  private long rowsOfTheTrail() throws SQLException {
    return read(Long.class, "select count(*) from audit_events where event <> 'health_probed'")
        .getFirst();
  }

  private void execute(String sql, Object... parameters) throws SQLException {
    try (PreparedStatement statement = attacker.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.execute();
    }
  }

  private <T> List<T> read(Class<T> type, String sql) throws SQLException {
    List<T> all = new ArrayList<>();
    try (Statement statement = attacker.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        all.add(rows.getObject(1, type));
      }
    }
    return all;
  }

  /// As an auditor: everything is exported, nothing is believed but the keys.
  private TrailVerification verified(Seen... seen) {
    TrailVerification verification = new TrailVerification(Optional.empty(), List.of(seen));
    export
        .write(
            lines -> {
              lines.lines().forEach(verification::take);
              return Uni.createFrom().voidItem();
            })
        .await()
        .atMost(PATIENCE);
    assertTrue(verification.last().isPresent() || verification.isComplete());
    return verification;
  }

  private Whole wholeTrail() {
    TrailVerification verification = verified();
    assertEquals(Optional.empty(), verification.last());
    return verification.whole();
  }

  @Test
  void aTrailThatNobodyTouchedIsWhole() throws SQLException {
    Whole whole = settled();
    assertTrue(whole.rows() >= 26, whole.toString());
    assertEquals(rowsOfTheTrail() - whole.rows(), whole.tail());
    assertEquals(Optional.empty(), verified(whole.newest().orElseThrow()).last());
  }

  @Test
  void whatIsNotCoveredYetIsCountedAndSaysSinceWhen() throws SQLException {
    long before = settled().tail();
    note("of the tail");
    Whole whole = settled();
    assertTrue(whole.tail() > before, whole.toString());
    assertEquals(rowsOfTheTrail() - whole.rows(), whole.tail());
    assertTrue(whole.oldest().isPresent());
  }

  @Test
  void looksAtOnceDoNotTakeEachOtherForOneWhoCut() throws SQLException {
    execute("select pg_advisory_unlock(" + LOCK + ")");
    for (int round = 0; round < 20; round++) {
      note("round " + round);
      List<Uni<Boolean>> looks = Collections.nCopies(8, checkpointer.look());
      var _ = Uni.join().all(looks).andCollectFailures().await().atMost(PATIENCE);
    }
    covered();
    assertFalse(checkpointer.standing().contains("is gone"), checkpointer.standing());
  }

  private static final List<String> COLUMNS =
      List.of(
          "event_id = gen_random_uuid()",
          "at = at + interval '1 microsecond'",
          "realm = realm || 'x'",
          "event = 'health_probed'",
          "event = 'token_issued'",
          "severity = 'info'",
          "client_id = 'bot2'",
          "client_id = null",
          "grant_id = gen_random_uuid()",
          "jti = 'another'",
          "request_id = 'x'",
          "address = '192.0.2.8'",
          "country = 'FR'",
          "place = place + 1",
          "place = place - 1",
          "place = place + 1000000000",
          "detail = '{}'",
          "detail = detail || ' '");

  private interface Tampering {
    void act(Random random) throws SQLException;
  }

  private String aRow(Random random) throws SQLException {
    List<UUID> ids =
        read(
            UUID.class,
            "select event_id from audit_events where realm = 'tampered' and event <> 'health_probed'"
                + " order by place, event_id");
    return ids.get(random.nextInt(ids.size())).toString();
  }

  private long aCheckpoint(Random random) throws SQLException {
    List<Long> numbers = read(Long.class, "select number from audit_checkpoints order by number");
    return numbers.get(random.nextInt(numbers.size()));
  }

  private List<Tampering> tamperings() {
    List<Tampering> all = new ArrayList<>();
    for (String column : COLUMNS) {
      all.add(
          random ->
              execute(
                  "update audit_events set "
                      + column
                      + " where event_id = '"
                      + aRow(random)
                      + "'"));
    }
    all.add(random -> execute("delete from audit_events where event_id = '" + aRow(random) + "'"));
    all.add(this::swapTexts);
    all.add(this::swapPlaces);
    all.add(this::insertABackdatedRow);
    all.add(this::repeatARow);
    all.add(
        random ->
            execute(
                "delete from audit_events where realm = 'tampered' and (place, event_id) >="
                    + " (select place, event_id from audit_events where event_id = '"
                    + aRow(random)
                    + "')"));
    all.add(
        random ->
            execute(
                "delete from audit_events where (place, event_id) <= (select place, event_id from"
                    + " audit_events where event_id = '"
                    + aRow(random)
                    + "')"));
    all.add(_ -> execute("truncate audit_events"));
    all.add(
        random -> execute("delete from audit_checkpoints where number = " + aCheckpoint(random)));
    all.add(
        random -> execute("delete from audit_checkpoints where number >= " + aCheckpoint(random)));
    all.add(
        random -> execute("delete from audit_checkpoints where number <= " + aCheckpoint(random)));
    all.add(this::editAJws);
    all.add(this::editLeaves);
    all.add(this::renumber);
    all.add(random -> forge(random, "ES256"));
    all.add(random -> forge(random, "none"));
    all.add(_ -> forgeWithAKeyOfMyOwn());
    all.add(this::repeatACheckpointAsTheNext);
    return all;
  }

  private void swapTexts(Random random) throws SQLException {
    String one = aRow(random);
    String other = aRow(random);
    while (other.equals(one)) {
      other = aRow(random);
    }
    execute(
        "update audit_events a set detail = b.detail, request_id = b.request_id, at = b.at from"
            + " audit_events b where a.event_id in ('%s', '%s') and b.event_id in ('%s', '%s')"
                .formatted(one, other, one, other)
            + " and a.event_id <> b.event_id");
  }

  private void swapPlaces(Random random) throws SQLException {
    String one = aRow(random);
    String other = aRow(random);
    while (other.equals(one)) {
      other = aRow(random);
    }
    execute(
        "update audit_events a set place = b.place from audit_events b where a.event_id in ('%s',"
                .formatted(one)
            + " '%s') and b.event_id in ('%s', '%s') and a.event_id <> b.event_id"
                .formatted(other, one, other));
  }

  private void insertABackdatedRow(Random random) throws SQLException {
    execute(
        "insert into audit_events (event_id, at, realm, event, severity, request_id, address, detail,"
            + " place) select gen_random_uuid(), at, realm, 'grant_revoked', 'info', 'r', 'local',"
            + " '{}', place from audit_events where event_id = '"
            + aRow(random)
            + "'");
  }

  private void repeatARow(Random random) throws SQLException {
    execute(
        "insert into audit_events (event_id, at, realm, event, severity, client_id, request_id,"
            + " address, detail, place) select gen_random_uuid(), at, realm, event, severity,"
            + " client_id, request_id, address, detail, place - 1 from audit_events where event_id = '"
            + aRow(random)
            + "'");
  }

  private void editAJws(Random random) throws SQLException {
    long number = aCheckpoint(random);
    String jws =
        read(String.class, "select jws from audit_checkpoints where number = " + number).getFirst();
    int at = random.nextInt(jws.length());
    char changed = jws.charAt(at) == 'A' ? 'B' : 'A';
    execute(
        "update audit_checkpoints set jws = ? where number = ?",
        jws.substring(0, at) + changed + jws.substring(at + 1),
        number);
  }

  private void editLeaves(Random random) throws SQLException {
    long number = aCheckpoint(random);
    byte[] leaves =
        read(byte[].class, "select leaves from audit_checkpoints where number = " + number)
            .getFirst();
    leaves[random.nextInt(leaves.length)] ^= 1;
    execute("update audit_checkpoints set leaves = ? where number = ?", leaves, number);
  }

  private void renumber(Random random) throws SQLException {
    long newest = read(Long.class, "select max(number) from audit_checkpoints").getFirst();
    execute(
        "update audit_checkpoints set number = ? where number = ?",
        newest + 1 + random.nextInt(3),
        1 + random.nextLong(newest - 1));
  }

  private void repeatACheckpointAsTheNext(Random random) throws SQLException {
    execute(
        "insert into audit_checkpoints select (select max(number) + 1 from audit_checkpoints), jws,"
            + " leaves from audit_checkpoints where number = "
            + aCheckpoint(random));
  }

  /// The rows of one checkpoint changed, and a checkpoint over them under the genuine key's name.
  private void forge(Random random, String algorithm) throws SQLException {
    long number = aCheckpoint(random);
    String[] parts =
        read(String.class, "select jws from audit_checkpoints where number = " + number)
            .getFirst()
            .split("\\.");
    String header =
        new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8)
            .replace("ES256", algorithm);
    String payload =
        new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
            .replaceAll("\"root\":\"[^\"]+", "\"root\":\"" + "x".repeat(43));
    String input = base64(header.getBytes(StandardCharsets.UTF_8));
    input += "." + base64(payload.getBytes(StandardCharsets.UTF_8));
    String signature = algorithm.equals("none") ? "" : base64(sign(newKey(), input));
    execute(
        "update audit_checkpoints set jws = ? where number = ?", input + "." + signature, number);
  }

  /// A key of one's own in the registry, and the newest checkpoint signed anew with it: what the
  /// keys of the broker say cannot find it. What was seen of the chain before can.
  private void forgeWithAKeyOfMyOwn() throws SQLException {
    KeyPair mine = newKey();
    String jwk =
        new ECKey.Builder(Curve.P_256, (ECPublicKey) mine.getPublic()).build().toJSONString();
    execute("update hsm_keys set jwk = ? where purpose = 'audit'", jwk);
    String jws =
        read(String.class, "select jws from audit_checkpoints order by number desc limit 1")
            .getFirst();
    String input = jws.substring(0, jws.lastIndexOf('.'));
    execute(
        "update audit_checkpoints set jws = ? where jws = ?",
        input + "." + base64(sign(mine, input)),
        jws);
    realms.reload().await().atMost(PATIENCE);
  }

  private static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] sign(KeyPair key, String input) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key.getPrivate());
      signature.update(input.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private void putBack() throws SQLException {
    execute("truncate audit_events, audit_checkpoints");
    execute("insert into audit_events select * from kept_events");
    execute("insert into audit_checkpoints select * from kept_checkpoints");
    execute(
        "update hsm_keys k set jwk = o.jwk from kept_keys o where o.kid = k.kid and o.jwk <> k.jwk");
    realms.reload().await().atMost(PATIENCE);
  }

  @Test
  void findsAHundredOfAHundredTamperings() throws SQLException {
    Seen seen = wholeTrail().newest().orElseThrow();
    List<Tampering> kinds = tamperings();
    Random random = new Random(16);
    List<String> unseen = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int kind = i % kinds.size();
      kinds.get(kind).act(random);
      Optional<Finding> found = verified(seen).last();
      if (found.isEmpty()) {
        unseen.add("kind " + kind + " in round " + i);
      }
      putBack();
      assertEquals(Optional.empty(), verified(seen).last(), "put back after kind " + kind);
    }
    assertEquals(List.of(), unseen);
  }

  @Test
  void namesTheRowThatWasEdited() throws SQLException {
    Random random = new Random(1);
    String row = aRow(random);
    execute("update audit_events set address = '203.0.113.9' where event_id = '" + row + "'");
    Finding finding = verified().last().orElseThrow();
    assertEquals(Optional.of(UUID.fromString(row)), finding.row());
    assertEquals("the row was edited", finding.what());
    putBack();
  }

  @Test
  void namesTheRowBehindOneThatIsGone() throws SQLException {
    // Where the broker's own look fell between two rows, a checkpoint ends that is not the test's.
    Set<UUID> ends = new HashSet<>();
    for (String jws : read(String.class, "select jws from audit_checkpoints")) {
      ends.add(Checkpoint.read(jws).last().event());
    }
    UUID gone =
        read(
                UUID.class,
                "select event_id from audit_events where event <> 'health_probed' and realm ="
                    + " 'tampered' order by place desc, event_id desc")
            .stream()
            .filter(row -> !ends.contains(row))
            .findFirst()
            .orElseThrow();
    // Perhaps one of another realm: the broker has keys to look after meanwhile.
    UUID behind =
        read(
                UUID.class,
                "select event_id from audit_events where event <> 'health_probed' and (place,"
                    + " event_id) > (select place, event_id from audit_events where event_id = '"
                    + gone
                    + "') order by place, event_id limit 1")
            .getFirst();
    execute("delete from audit_events where event_id = '" + gone + "'");
    Finding finding = verified().last().orElseThrow();
    assertEquals(Optional.of(behind), finding.row());
    assertEquals("a row before this one is gone", finding.what());
    putBack();
  }

  @Test
  void namesTheRowBeforeTheLastOneOfACheckpoint() throws SQLException {
    Checkpoint of =
        read(String.class, "select jws from audit_checkpoints order by number desc").stream()
            .map(Checkpoint::read)
            .filter(checkpoint -> checkpoint.count() > 1)
            .findFirst()
            .orElseThrow();
    UUID gone = of.last().event();
    UUID before =
        read(
                UUID.class,
                "select event_id from audit_events where event <> 'health_probed' and (place,"
                    + " event_id) < (select place, event_id from audit_events where event_id = '"
                    + gone
                    + "') order by place desc, event_id desc limit 1")
            .getFirst();
    execute("delete from audit_events where event_id = '" + gone + "'");
    Finding finding = verified().last().orElseThrow();
    assertEquals(Optional.of(before), finding.row());
    assertEquals("the rows after this one are gone", finding.what());
    putBack();
  }

  /// Nothing within the database tells it from a chain that never was longer.
  @Test
  void aChainThatWasCutIsFoundByWhoSawItsEnd() throws SQLException {
    Seen seen = wholeTrail().newest().orElseThrow();
    execute("delete from audit_checkpoints where number = " + seen.number());
    assertEquals(Optional.empty(), verified().last());
    assertNotEquals(Optional.empty(), verified(seen).last());
    putBack();
  }
}
