package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64URL;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 7517 key sets, one per realm.
class JwksTest {
  private static JsonNode keys(String realm) {
    var answer = Broker.given().get(Realm.named(realm).endpoint("jwks_uri"));
    assertEquals(200, answer.statusCode());
    assertTrue(
        answer.contentType().matches("application/(jwk-set\\+)?json.*"), answer.contentType());
    return Broker.json(answer.asString()).path("keys");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nevocoin", "betpro"})
  @Covers("7517-1")
  void everyKeySaysWhatItIsFor(String realm) {
    assertFalse(keys(realm).isEmpty());
    for (JsonNode key : keys(realm)) {
      assertEquals("EC", key.path("kty").asText());
      assertEquals("sig", key.path("use").asText());
      assertEquals("ES256", key.path("alg").asText());
      assertFalse(key.path("kid").asText().isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nevocoin", "betpro"})
  @Covers("7517-1")
  void noPrivateMemberIsPublished(String realm) {
    for (JsonNode key : keys(realm)) {
      for (String member : List.of("d", "p", "q", "dp", "dq", "qi", "oth", "k")) {
        assertFalse(key.has(member), member);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nevocoin", "betpro"})
  @Covers("7517-2")
  void coordinatesAreThirtyTwoBytesWithoutPadding(String realm) {
    for (JsonNode key : keys(realm)) {
      for (String coordinate : List.of("x", "y")) {
        String text = key.path(coordinate).asText();
        assertTrue(text.matches("[A-Za-z0-9_-]{43}"), text);
        assertEquals(32, new Base64URL(text).decode().length);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nevocoin", "betpro"})
  @Covers({"7517-3", "7638-1"})
  void theKeyIdIsTheThumbprintAndUnique(String realm) throws Exception {
    Set<String> kids = new HashSet<>();
    for (JsonNode key : keys(realm)) {
      String kid = key.path("kid").asText();
      assertEquals(JWK.parse(key.toString()).computeThumbprint().toString(), kid);
      assertTrue(kids.add(kid), "twice: " + kid);
    }
  }

  @Test
  @Covers("9700-8")
  void realmsShareNoKey() {
    Set<String> ours = new HashSet<>();
    keys("nevocoin").forEach(key -> ours.add(key.path("x").asText()));
    Set<String> theirs = new HashSet<>();
    keys("betpro").forEach(key -> theirs.add(key.path("x").asText()));
    assertTrue(Collections.disjoint(ours, theirs));
  }
}
