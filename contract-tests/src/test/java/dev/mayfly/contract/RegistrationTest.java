package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 7591 and RFC 7592, in a realm that opens the endpoint.
class RegistrationTest {
  private static final ECKey PUBLISHER = JwtDraft.newKey();
  private static final OpenRealm OPEN =
      OpenRealm.open(
          """
          endpoint: true
          software_statements:
            - {issuer: "https://publisher.example", jwks: %s}
          """
              .formatted(new JWKSet(PUBLISHER.toPublicJWK())));
  private static final OpenRealm CLOSED = OpenRealm.open("");

  private static String endpoint() {
    return Realm.named(OPEN.name()).endpoint("registration_endpoint");
  }

  private static Map<String, Object> metadata() {
    return new HashMap<>(
        Map.of(
            "client_name", "A tool",
            "grant_types", List.of("client_credentials"),
            "scope", "read",
            "colour", "green"));
  }

  private static String initial(int uses) {
    Response made =
        Admin.post(
            "/realms/" + OPEN.name() + "/initial-access-tokens",
            Map.of("uses", uses, "scopes", List.of("read"), "reason", "contract test"));
    assertEquals(201, made.statusCode(), made::asString);
    return made.path("initial_access_token");
  }

  private static Response send(String method, String uri, String token, Object body) {
    var request = Broker.given().header("Authorization", "Bearer " + token);
    return (body == null ? request : request.contentType(ContentType.JSON).body(body))
        .request(method, uri);
  }

  private static Response register(Map<String, Object> metadata) {
    return send("POST", endpoint(), initial(1), metadata);
  }

  private static void refused(int status, String error, Response answer) {
    assertEquals(status, answer.statusCode(), answer::asString);
    assertEquals(error, answer.path("error"), answer::asString);
  }

  @Test
  @Covers({"7591-1", "7591-2"})
  void whoHasAnInitialTokenRegistersAClient() {
    Response answer = register(metadata());
    assertEquals(201, answer.statusCode(), answer::asString);
    assertEquals("no-store", answer.header("Cache-Control"));
    assertEquals("A tool", answer.path("client_name"));
    assertEquals("read", answer.path("scope"));
    assertTrue(answer.<Integer>path("client_secret_expires_at") > 0);
    assertNull(answer.path("colour"));
    OPEN.tool(answer.path("client_id"), answer.path("client_secret")).getsTokens("read");
  }

  @Test
  @Covers({"7591-1", "7591-4"})
  void withoutAGoodInitialTokenNobodyDoes() {
    Response none = Broker.given().contentType(ContentType.JSON).body(metadata()).post(endpoint());
    assertEquals(401, none.statusCode());
    assertEquals("Bearer", none.header("WWW-Authenticate"));
    Response wrong = send("POST", endpoint(), "mi_wrong", metadata());
    assertEquals(401, wrong.statusCode());
    assertTrue(wrong.header("WWW-Authenticate").contains("invalid_token"));
    String once = initial(1);
    assertEquals(201, send("POST", endpoint(), once, metadata()).statusCode());
    assertEquals(401, send("POST", endpoint(), once, metadata()).statusCode());
  }

  @Test
  void aRefusedRegistrationUsesNothingUp() {
    String once = initial(1);
    assertEquals(400, send("POST", endpoint(), once, Map.of()).statusCode());
    assertEquals(201, send("POST", endpoint(), once, metadata()).statusCode());
  }

  @Test
  void aRealmIsClosedUnlessItSaysOtherwise() {
    assertFalse(Realm.named(CLOSED.name()).metadata().has("registration_endpoint"));
    for (String realm : List.of(CLOSED.name(), "nevocoin")) {
      String uri = Broker.URL + "/realms/" + realm + "/register";
      assertEquals(404, send("POST", uri, "mi_any", metadata()).statusCode());
    }
    Response token =
        Admin.post("/realms/nevocoin/initial-access-tokens", Map.of("reason", "contract test"));
    assertEquals(409, token.statusCode(), token::asString);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "redirect_uris | [\"https://a.example/\"] | invalid_redirect_uri",
        "grant_types   | [\"authorization_code\"] | invalid_client_metadata",
        "grant_types   | [] | invalid_client_metadata",
        "response_types | [\"code\"] | invalid_client_metadata",
        "scope | \"write\" | invalid_client_metadata",
        "scope | \"admin\" | invalid_client_metadata",
        "scope | 7 | invalid_client_metadata",
        "jwks_uri | \"https://a.example/jwks\" | invalid_client_metadata",
        "token_endpoint_auth_method | \"none\" | invalid_client_metadata",
        "token_endpoint_auth_method | \"tls_client_auth\" | invalid_client_metadata",
        "dpop_bound_access_tokens | \"yes\" | invalid_client_metadata",
        "software_statement | \"a.b.c\" | invalid_software_statement"
      })
  @Covers({"7591-3", "7591-4", "7591-5"})
  void whatThePolicyDoesNotAllowIsNotRegistered(String member, String value, String error) {
    var metadata = metadata();
    metadata.put(member, Broker.json(value));
    refused(400, error, register(metadata));
  }

  @Test
  @Covers("7591-3")
  void aSoftwareStatementWinsOverWhatIsSaidBesideIt() {
    var metadata = metadata();
    metadata.put("software_statement", statement(PUBLISHER, "https://publisher.example"));
    Response answer = register(metadata);
    assertEquals(201, answer.statusCode(), answer::asString);
    assertEquals("The statement's name", answer.path("client_name"));
    assertEquals(metadata.get("software_statement"), answer.path("software_statement"));
    metadata.put("software_statement", statement(PUBLISHER, "https://stranger.example"));
    refused(400, "unapproved_software_statement", register(metadata));
    metadata.put("software_statement", statement(JwtDraft.newKey(), "https://publisher.example"));
    refused(400, "invalid_software_statement", register(metadata));
  }

  private static String statement(ECKey key, String issuer) {
    return JwtDraft.ofPlatform()
        .claim("iss", issuer)
        .claim("client_name", "The statement's name")
        .signedBy(key);
  }

  @Test
  @Covers({"7592-1", "7592-2"})
  void aClientReadsAndChangesItselfWithATokenThatChanges() {
    Response made = register(metadata());
    String uri = made.path("registration_client_uri");
    String token = made.path("registration_access_token");
    Response read = send("GET", uri, token, null);
    assertEquals(200, read.statusCode(), read::asString);
    assertEquals(made.<String>path("client_id"), read.path("client_id"));
    assertNull(read.path("client_secret"));
    var metadata = metadata();
    metadata.put("client_id", made.path("client_id"));
    metadata.put("client_name", "Another name");
    Response changed = send("PUT", uri, token, metadata);
    assertEquals(200, changed.statusCode(), changed::asString);
    assertEquals("Another name", changed.path("client_name"));
    String next = changed.path("registration_access_token");
    assertNotEquals(token, next);
    assertEquals(401, send("GET", uri, token, null).statusCode());
    assertEquals(200, send("GET", uri, next, null).statusCode());
  }

  @Test
  @Covers("7592-2")
  void aChangeWidensNothingAndChoosesNothing() {
    Response made = register(metadata());
    String uri = made.path("registration_client_uri");
    String token = made.path("registration_access_token");
    for (var change :
        List.of(
            Map.entry("scope", "read write"),
            Map.entry("client_id", "another"),
            Map.entry("client_secret", "my-own-choice-of-a-secret"),
            Map.entry("registration_access_token", "mr_mine"),
            Map.entry("client_secret_expires_at", "0"))) {
      var metadata = metadata();
      metadata.put("client_id", made.path("client_id"));
      metadata.put(change.getKey(), change.getValue());
      refused(400, "invalid_client_metadata", send("PUT", uri, token, metadata));
    }
  }

  @Test
  @Covers({"7592-3", "7592-4"})
  void aDeletedClientIsGoneWithItsTokens() {
    Response made = register(metadata());
    Tool tool = OPEN.tool(made.path("client_id"), made.path("client_secret"));
    tool.getsTokens("read");
    String uri = made.path("registration_client_uri");
    String token = made.path("registration_access_token");
    String other = register(metadata()).path("registration_access_token");
    assertEquals(401, send("DELETE", uri, other, null).statusCode());
    assertEquals(204, send("DELETE", uri, token, null).statusCode());
    assertEquals(401, send("GET", uri, token, null).statusCode());
    assertEquals(401, send("GET", uri + "x", token, null).statusCode());
    assertEquals(405, send("POST", uri, token, Map.of()).statusCode());
    Soon.within(
        Duration.ofSeconds(1), () -> tool.clientCredentials("read").send().statusCode() == 401);
  }
}
