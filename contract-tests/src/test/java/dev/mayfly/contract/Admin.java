package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.ECKey;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.text.ParseException;
import java.util.Map;

/// The admin endpoint on the management port, as the CLI uses it.
final class Admin {
  private Admin() {}

  static String token() {
    return draft().signedBy(key());
  }

  static JwtDraft draft() {
    return JwtDraft.admin(Broker.read("admin/credential.json").get("kid").asText());
  }

  static ECKey key() {
    try {
      return ECKey.parse(Broker.read("admin/credential.json").get("jwk").toString());
    } catch (ParseException e) {
      throw new AssertionError("admin/credential.json", e);
    }
  }

  static Response get(String path) {
    return Broker.given()
        .header("Authorization", "Bearer " + token())
        .get(Broker.MANAGEMENT + "/admin/api" + path);
  }

  static Response post(String path, Map<String, ?> body) {
    return Broker.given()
        .header("Authorization", "Bearer " + token())
        .contentType(ContentType.JSON)
        .body(body)
        .post(Broker.MANAGEMENT + "/admin/api" + path);
  }

  /// Does one thing to a client (`suspend`, `rotate-secret`) for a reason, and expects it to
  /// work.
  static Response does(String act, Tool tool) {
    var answer =
        post(
            "/realms/" + tool.realm().name() + "/clients/" + tool.clientId() + "/" + act,
            Map.of("reason", "contract test"));
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer;
  }
}
