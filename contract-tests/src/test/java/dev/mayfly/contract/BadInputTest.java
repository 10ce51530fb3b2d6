package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What no tool would send. The standard error each time; [Decency] sees to it that never a 5xx
/// comes back.
class BadInputTest {
  private static final int LIMIT = 64 * 1024;
  private static final List<String> FORM_DOORS =
      List.of("token_endpoint", "revocation_endpoint", "introspection_endpoint");

  private final Tool dashboard = Tool.webDashboard();

  private static String url(String door) {
    Realm realm = Realm.named("nevocoin");
    return door.equals("attest") ? realm.attestEndpoint() : realm.endpoint(door);
  }

  static List<String> formDoors() {
    return FORM_DOORS;
  }

  static Stream<Arguments> methodsAtDoors() {
    var doors = new ArrayList<>(FORM_DOORS);
    doors.add("challenge_endpoint");
    doors.add("attest");
    return doors.stream()
        .flatMap(
            door ->
                Stream.of("GET", "PUT", "DELETE", "PATCH")
                    .map(method -> Arguments.of(method, door)));
  }

  private String basic() {
    return ToolRequest.basicHeader(dashboard.clientId() + ":" + dashboard.secret());
  }

  private Response sent(String door, String contentType, String body) {
    return Broker.given()
        .header("Authorization", basic())
        .contentType(contentType)
        .body(body)
        .post(url(door));
  }

  @ParameterizedTest
  @MethodSource("methodsAtDoors")
  @Covers({"6749-1", "7009-5"})
  void onlyPostIsAllowed(String method, String door) {
    var answer = Broker.given().header("Authorization", basic()).request(method, url(door));
    assertEquals(405, answer.statusCode(), answer::asString);
    String allow = answer.header("Allow");
    assertTrue(
        allow != null && allow.contains("POST") && !allow.contains(method), () -> "" + allow);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml"
      })
  @Covers("6749-2")
  void anotherContentTypeIsRefused(String contentType) {
    for (String door : FORM_DOORS) {
      var answer =
          RawHttp.post(
              URI.create(url(door)).getRawPath(),
              List.of("Authorization: " + basic(), "Content-Type: " + contentType),
              "grant_type=client_credentials&token=x".getBytes(StandardCharsets.US_ASCII));
      assertTrue(Set.of(400, 415).contains(answer.status()), () -> door + answer.status());
    }
  }

  @Test
  @Covers("6749-2")
  void aCharsetBesideTheContentTypeIsHarmless() {
    var answer =
        sent(
            "token_endpoint",
            "application/x-www-form-urlencoded; charset=UTF-8",
            "grant_type=client_credentials&scope=balance%3Aread");
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  @Test
  @Covers("6749-2")
  void aMissingContentTypeIsRefused() {
    var answer =
        RawHttp.post(
            URI.create(url("token_endpoint")).getRawPath(),
            List.of("Authorization: " + basic()),
            "grant_type=client_credentials".getBytes(StandardCharsets.US_ASCII));
    assertTrue(Set.of(400, 415).contains(answer.status()), answer::body);
  }

  @ParameterizedTest
  @MethodSource("formDoors")
  void anEmptyBodyIsAnInvalidRequest(String door) {
    Refusal.is(400, "invalid_request", sent(door, ToolRequest.FORM, ""));
  }

  @ParameterizedTest
  @MethodSource("formDoors")
  void aBodyOverTheLimitIsTooLarge(String door) {
    Refusal.is(413, "invalid_request", sent(door, ToolRequest.FORM, "a=" + "x".repeat(LIMIT)));
  }

  @ParameterizedTest
  @ValueSource(ints = {LIMIT - 1, LIMIT})
  void aBodyUpToTheLimitIsRead(int size) {
    String start = "grant_type=client_credentials&scope=balance%3Aread&pad=";
    var answer =
        sent("token_endpoint", ToolRequest.FORM, start + "x".repeat(size - start.length()));
    assertTrue(answer.statusCode() != 413, answer::asString);
  }

  @Test
  void aBodyOneByteOverTheLimitIsTooLarge() {
    Refusal.is(
        413,
        "invalid_request",
        sent("token_endpoint", ToolRequest.FORM, "a=" + "x".repeat(LIMIT - 1)));
  }

  @Test
  void aLargeBodyAtAttestIsTooLarge() {
    var answer =
        Broker.given()
            .contentType(ContentType.JSON)
            .body("{\"client_id\":\"" + "x".repeat(LIMIT) + "\"}")
            .post(url("attest"));
    Refusal.is(413, "invalid_request", answer);
  }

  /// A length that promises more than the limit is refused; the server need not wait for the
  /// rest.
  @Test
  void aChunkedBodyOverTheLimitIsTooLarge() {
    String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
    var answer =
        RawHttp.chunked(
            URI.create(url("token_endpoint")).getRawPath(),
            List.of("Authorization: " + basic(), "Content-Type: " + ToolRequest.FORM),
            (chunk.repeat(6) + "0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    assertEquals(413, answer.status(), answer::body);
  }

  @Test
  @Covers("ATT-19")
  void sixteenKilobytesOfHeadersAreNotTooMany() {
    var answer =
        dashboard
            .clientCredentials("balance:read")
            .header("X-Padding", "x".repeat(7_000))
            .header("X-More-Padding", "x".repeat(7_000))
            .send();
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  @Test
  void sixtyFourKilobytesOfHeadersAreRefused() {
    for (String header : List.of("X-Padding: ", "Authorization: Basic ", ToolRequest.POP + ": ")) {
      var answer =
          RawHttp.post(
              URI.create(url("token_endpoint")).getRawPath(),
              List.of("Content-Type: " + ToolRequest.FORM, header + "x".repeat(LIMIT)),
              "grant_type=client_credentials".getBytes(StandardCharsets.US_ASCII));
      assertTrue(answer.status() >= 400, answer::head);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%00",
        "a%00b",
        "%",
        "%zz",
        "%f",
        "%ff%fe",
        "%c0%80",
        "%ed%a0%80",
        "%e2%80%ae",
        "\u0000",
        "é"
      })
  @Covers("6749-2")
  void nulBytesAndBrokenEscapesAreRefusedInEveryParameter(String value) {
    for (String name : List.of("grant_type", "scope", "client_id", "refresh_token")) {
      String body =
          switch (name) {
            case "grant_type" -> "grant_type=" + value;
            case "refresh_token" -> "grant_type=refresh_token&refresh_token=" + value;
            default -> "grant_type=client_credentials&" + name + "=" + value;
          };
      var answer = sent("token_endpoint", ToolRequest.FORM, body);
      assertTrue(Set.of(400, 401).contains(answer.statusCode()), name + answer.asString());
    }
    for (String door : List.of("revocation_endpoint", "introspection_endpoint")) {
      var answer = sent(door, ToolRequest.FORM, "token=" + value);
      assertTrue(Set.of(200, 400, 401).contains(answer.statusCode()), door + answer.asString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"&&&&", "=", "=x", "grant_type", "grant_type=client_credentials&&scope"})
  void oddFormsGetAnOrdinaryAnswer(String body) {
    var answer = sent("token_endpoint", ToolRequest.FORM, body);
    assertTrue(Set.of(200, 400).contains(answer.statusCode()), answer::asString);
  }

  @Test
  @Covers("6749-2")
  void thousandsOfParametersGetAnOrdinaryAnswer() {
    var body = new StringBuilder("grant_type=client_credentials&scope=balance%3Aread");
    for (int i = 0; i < 5_000; i++) {
      body.append("&p").append(i).append("=1");
    }
    var answer = sent("token_endpoint", ToolRequest.FORM, body.toString());
    assertTrue(Set.of(200, 400, 413).contains(answer.statusCode()), answer::asString);
  }

  @Test
  @Covers("6749-2")
  void aRepeatedParameterIsRefusedAtEveryDoor() {
    for (String door : FORM_DOORS) {
      String body =
          door.equals("token_endpoint")
              ? "grant_type=client_credentials&grant_type=refresh_token"
              : "token=x&token=x";
      Refusal.is(400, "invalid_request", sent(door, ToolRequest.FORM, body));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":"})
  void aFiveThousandDeepJsonIsAnInvalidRequest(String opening) {
    String closing = opening.equals("[") ? "]" : "}";
    String deep = opening.repeat(5_000) + (closing.equals("}") ? "1" : "") + closing.repeat(5_000);
    for (String body :
        List.of(
            deep,
            "{\"client_id\":\"trading-bot\",\"evidence\":" + deep + "}",
            opening.repeat(5_000))) {
      var answer = Broker.given().contentType(ContentType.JSON).body(body).post(url("attest"));
      Refusal.oneOf(answer, "400 invalid_request", "400 invalid_dpop_proof", "400 use_dpop_nonce");
    }
  }

  @Test
  void aDeepJsonInsideAnAttestationOrProofIsRefused() {
    Tool bot = Lab.bot();
    Object deep = "x";
    for (int i = 0; i < 500; i++) {
      deep = List.of(deep);
    }
    Refusal.oneOf(
        bot.clientCredentials("orders:read")
            .pop(JwtDraft.pop(bot.realm()).claim("challenge", deep).signedBy(bot.key()))
            .send(),
        "401 invalid_client",
        "400 invalid_client_attestation",
        "400 use_attestation_challenge");
    Refusal.ofAttestation(
        Lab.attested(bot, Lab.attestation(bot).claim("cnf", deep))
            .clientCredentials("orders:read")
            .send());
  }

  @Test
  void aLongScopeIsRefused() {
    Refusal.is(400, "invalid_scope", dashboard.clientCredentials("x".repeat(20_000)).send());
    Refusal.is(
        400, "invalid_scope", dashboard.clientCredentials("a ".repeat(5_000).strip()).send());
  }

  @Test
  void longCredentialsAreUnauthorized() {
    Refusal.is(
        401,
        "invalid_client",
        dashboard.clientCredentials("balance:read").basic("x".repeat(4_000), "x").send());
    Refusal.is(
        401,
        "invalid_client",
        dashboard
            .clientCredentials("balance:read")
            .secretInBody("web-dashboard", "x".repeat(20_000))
            .send());
  }

  @Test
  void theChallengeEndpointIgnoresABodyAndStillAnswers() {
    var answer =
        Broker.given().contentType(ContentType.JSON).body("{}").post(url("challenge_endpoint"));
    assertTrue(Set.of(200, 400, 415).contains(answer.statusCode()), answer::asString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/realms/nowhere/token", "/realms/a%00b/token", "/realms//token"})
  void anUnknownRealmHasNoTokenEndpoint(String path) {
    var answer =
        RawHttp.post(
            path,
            List.of("Content-Type: " + ToolRequest.FORM, "Authorization: " + basic()),
            "grant_type=client_credentials".getBytes(StandardCharsets.US_ASCII));
    assertTrue(Set.of(400, 404).contains(answer.status()), answer::body);
  }
}
