package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an auditor reads on the management port.
class AuditTrailTest {
  private static final Duration A_CHECKPOINT = Duration.ofSeconds(15);

  private static JsonNode found(String query) {
    var answer = Admin.get("/realms/nevocoin/audit?" + query);
    assertEquals(200, answer.statusCode(), answer::asString);
    return Broker.json(answer.asString()).path("rows");
  }

  private static void issueAToken() {
    assertEquals(200, Tool.webDashboard().clientCredentials("balance:read").send().statusCode());
  }

  @Test
  void aTokenIsFoundByItsClientItsGrantAndItsAddress() {
    issueAToken();
    JsonNode row = found("client=web-dashboard&event=token_issued&limit=1").path(0);
    assertEquals("web-dashboard", row.path("client_id").asText());
    assertEquals("info", row.path("severity").asText());
    String grant = row.path("grant_id").asText();
    assertEquals(row, found("grant=" + grant).path(0));
    assertEquals(1, found("grant=" + grant + "&event=token_issued").size());
    String address = row.path("address").asText();
    assertTrue(found("address=" + address + "&client=web-dashboard").size() > 0);
    assertEquals(0, found("client=web-dashboard&from=" + Instant.now().plusSeconds(60)).size());
  }

  @Test
  void pagesAreNewestFirst() {
    issueAToken();
    issueAToken();
    var first = Admin.get("/realms/nevocoin/audit?client=web-dashboard&limit=1");
    String after = first.path("after");
    JsonNode next = found("client=web-dashboard&limit=1&after=" + after).path(0);
    assertTrue(next.path("event_id").asText().compareTo(after) < 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "clientt=x",
        "limit=0",
        "limit=501",
        "limit=x",
        "from=yesterday",
        "from=-1000000000-01-01T00:00:00Z",
        "grant=1",
        "after=x",
        "client=",
        "client=a&client=b",
        "address=%00",
        "event=%0a"
      })
  void aFilterThatIsNoneIsRefused(String query) {
    assertEquals(400, Admin.get("/realms/nevocoin/audit?" + query).statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"client='%20or%20true--", "country=%25", "event=_", "address=%5C"})
  void whateverAFilterHoldsIsAValue(String query) {
    assertEquals(0, found(query).size());
  }

  @Test
  void anExportHasTheKeysTheRowsTheCheckpointsAndAnEnd() {
    issueAToken();
    Soon.within(A_CHECKPOINT, () -> export().stream().anyMatch(AuditTrailTest::isCheckpoint));
    List<String> lines = export();
    JsonNode header = Broker.json(lines.getFirst());
    assertEquals(1, header.path("export").asInt());
    assertEquals("EC", header.path("keys").path(0).path("kty").asText());
    assertFalse(header.path("keys").path(0).has("d"));
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("{\"event_id\":")));
    assertTrue(lines.getLast().startsWith("{\"end\":"));
    assertEquals(
        Broker.json(Admin.get("/audit/keys").asString()).path("keys"), header.path("keys"));
  }

  private static boolean isCheckpoint(String line) {
    return line.startsWith("{\"checkpoint\":");
  }

  private static List<String> export() {
    var answer = Admin.get("/audit/export");
    assertEquals(200, answer.statusCode());
    return answer.asString().lines().toList();
  }

  /// One for each address and minute: what it says may be of a refusal of another test's.
  @Test
  void aRequestThatIsRefusedLeavesARow() {
    assertEquals(
        401, Broker.given().get(Broker.MANAGEMENT + "/admin/api/audit/export").statusCode());
    Instant aMinuteAgo = Instant.now().minusSeconds(65);
    Soon.within(
        Duration.ofSeconds(5),
        () -> {
          var answer = Admin.get("/audit?event=admin_refused&realm=mayfly&limit=1");
          var newest = Broker.json(answer.asString()).path("rows").path(0);
          return newest.path("detail").path("status").asInt() >= 400
              && Instant.parse(newest.path("at").asText()).isAfter(aMinuteAgo);
        });
  }
}
