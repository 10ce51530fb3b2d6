package dev.mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.http.Form;
import dev.mayfly.oauth.ClientId;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Under whose name a request comes, before anything is believed.
class PresentedClaimTest {
  private static String claimed(String body, String... authorization) {
    Form form =
        ((Form.Parsed.Well)
                Form.parse(
                    Optional.of("application/x-www-form-urlencoded"),
                    body.getBytes(StandardCharsets.UTF_8)))
            .form();
    return PresentedCredentials.parse(List.of(authorization), form)
        .claimed()
        .map(ClientId::value)
        .orElse("nobody");
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String assertion(String claims) {
    return "client_assertion_type="
        + "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
        + base64("{\"alg\":\"ES256\"}")
        + "."
        + base64(claims)
        + "."
        + "A".repeat(86);
  }

  @Test
  void isWhomTheSecretOrTheFormNames() {
    String basic =
        "Basic " + Base64.getEncoder().encodeToString("bot:x".getBytes(StandardCharsets.UTF_8));
    assertEquals("bot", claimed("grant_type=x", basic));
    assertEquals("bot", claimed("client_id=bot&client_secret=x"));
    assertEquals("bot", claimed("client_id=bot"));
  }

  @Test
  void isWhomTheAssertionNames() {
    assertEquals("bot", claimed(assertion("{\"sub\":\"bot\"}")));
    assertEquals("other", claimed("client_id=other&" + assertion("{\"sub\":\"bot\"}")));
  }

  @Test
  void isNobodyWhereNoClientCanBeMeant() {
    assertEquals("nobody", claimed("grant_type=x"));
    assertEquals("nobody", claimed("client_id=not+a+client"));
    assertEquals("nobody", claimed("grant_type=x", "Basic YTpi", "Basic YTpi"));
    assertEquals("nobody", claimed(assertion("{}")));
    assertEquals("nobody", claimed(assertion("no JSON")));
  }
}
