package dev.mayfly.admin;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.Site;
import dev.mayfly.identity.SoftAuthenticator;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A browser with its two cookies, and the device of its owner.
final class Person {
  final String name;
  final SoftAuthenticator device;
  String session = "";
  String csrf = "";
  UUID id = new UUID(0, 0);
  String loginSecret = "";
  List<String> codes = List.of();
  private final AdminsForTests admins;
  private final Clock clock;
  private final URI url;
  private String browser = "";

  Person(String name, URI url, AdminsForTests admins, Clock clock) {
    this.name = name;
    this.url = url;
    this.admins = admins;
    this.clock = clock;
    this.device = new SoftAuthenticator(url.getHost(), Site.origin(url));
  }

  static String newName() {
    return "s-" + UUID.randomUUID();
  }

  static ObjectNode json() {
    return Answers.JSON.createObjectNode();
  }

  private static String secret(String link) {
    return link.substring(link.indexOf('#') + 1);
  }

  private static UUID uuid(String handle) {
    var bytes = java.nio.ByteBuffer.wrap(Base64.getUrlDecoder().decode(handle));
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  RequestSpecification request() {
    RequestSpecification request =
        given()
            .header("Origin", Site.origin(url))
            .header(
                "Cookie",
                AdminCookies.BROWSER + "=" + browser + "; " + AdminCookies.SESSION + "=" + session)
            .contentType("application/json");
    return csrf.isEmpty() ? request : request.header(AdminBrowser.CSRF, csrf);
  }

  Response post(String path, ObjectNode body) {
    Response answer = request().body(body.toString()).post(AdminTable.BASE + path);
    Optional.ofNullable(answer.cookie(AdminCookies.BROWSER)).ifPresent(it -> browser = it);
    if (answer.statusCode() == 200 && answer.cookie(AdminCookies.SESSION) != null) {
      session = answer.cookie(AdminCookies.SESSION);
      csrf = answer.jsonPath().getString("csrf");
    }
    return answer;
  }

  /// An act on what stands at `seen`, as it is at this moment.
  Response replace(String seen, String path, ObjectNode body) {
    return request()
        .header("If-Match", get(seen).header("ETag"))
        .body(body.toString())
        .post(AdminTable.BASE + path);
  }

  Response get(String path) {
    return request().get(AdminTable.BASE + path);
  }

  Response delete(String path) {
    return request().body("{}").delete(AdminTable.BASE + path);
  }

  void accept(String link) {
    Response done = tryToAccept(link);
    assertEquals(200, done.statusCode(), done::asString);
    loginSecret = done.jsonPath().getString("login_secret");
    codes = done.jsonPath().getList("recovery_codes", String.class);
  }

  Response tryToAccept(String link) {
    Response options = post("/invitation/options", json().put("invitation", secret(link)));
    if (options.statusCode() != 200) {
      return options;
    }
    id = uuid(options.jsonPath().getString("user.id"));
    ObjectNode body = json().put("invitation", secret(link)).put("passkey_name", "a device");
    body.set("credential", device.create(options.jsonPath().getString("challenge")));
    return post("/invitation", body);
  }

  void signOut() {
    assertEquals(204, delete("/session").statusCode());
    session = "";
    csrf = "";
  }

  String challenge() {
    Response options = post("/session/passkey/options", json());
    assertEquals(200, options.statusCode(), options::asString);
    return options.jsonPath().getString("challenge");
  }

  Response signIn() {
    return answer("/session/passkey", challenge());
  }

  Response answer(String path, String challenge) {
    ObjectNode body = json();
    body.set("credential", device.get(challenge, id));
    return post(path, body);
  }

  String stepUpChallenge() {
    return post("/session/step-up/options", json()).jsonPath().getString("challenge");
  }

  Response stepUp() {
    return answer("/session/step-up/passkey", stepUpChallenge());
  }

  Response withCode(String way, String secret, String code) {
    return post(
        "/session/" + way, json().put("name", name).put("secret", secret).put("code", code));
  }

  /// The secret that the app was told.
  String enrolTotp() {
    Response options = post("/me/totp/options", json());
    String secret = options.jsonPath().getString("secret");
    Response added =
        post(
            "/me/totp",
            json()
                .put("challenge", options.jsonPath().getString("challenge"))
                .put("code", AdminsForTests.code(secret, clock.instant())));
    assertEquals(200, added.statusCode(), added::asString);
    return secret;
  }

  void refused(String because) {
    assertEquals(
        List.of(because),
        admins.texts(
            "select detail::jsonb ->> 'because' from audit_events where event = 'admin_sign_in_failed' and"
                + " detail::jsonb ->> 'admin' = ? order by at desc limit 1",
            name));
  }
}
