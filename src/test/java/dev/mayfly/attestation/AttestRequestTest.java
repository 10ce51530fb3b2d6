package dev.mayfly.attestation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.evidence.InstanceKey;
import dev.mayfly.evidence.JoinSecret;
import dev.mayfly.oauth.ClientId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttestRequestTest {
  private static final ClientId BOT = new ClientId("bot");
  private static final String JOIN =
      "{\"client_id\":\"bot\",\"evidence\":{\"type\":\"join_secret\",\"join_secret\":\"mj_x\"}}";

  private static AttestRequest parse(String body) {
    return AttestRequest.parse(Optional.of("application/json"), body.getBytes(UTF_8));
  }

  @Test
  void joinsWithASecret() {
    assertEquals(new AttestRequest.Attest(BOT, new JoinSecret("mj_x")), parse(JOIN));
  }

  @Test
  void renewsWithTheInstanceKeyAlone() {
    assertEquals(
        new AttestRequest.Attest(BOT, new InstanceKey()),
        parse("{\"client_id\":\"bot\",\"evidence\":{\"type\":\"instance_key\"}}"));
  }

  @Test
  void doesNotShowTheSecret() {
    assertFalse(parse(JOIN).toString().contains("mj_x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"client_id\":7}",
        "{\"client_id\":\"a/b\",\"evidence\":{\"type\":\"instance_key\"}}",
        "{\"client_id\":\"bot\"}",
        "{\"client_id\":\"bot\",\"evidence\":\"instance_key\"}",
        "{\"client_id\":\"bot\",\"evidence\":{\"type\":\"wishes\"}}",
        "{\"client_id\":\"bot\",\"evidence\":{\"type\":\"join_secret\"}}",
        "{\"client_id\":\"bot\",\"evidence\":{\"type\":\"join_secret\",\"join_secret\":[]}}",
        "{\"client_id\":\"bot\","
      })
  void refusesEverythingElse(String body) {
    assertInstanceOf(AttestRequest.Unacceptable.class, parse(body));
  }

  @Test
  void survivesJsonThatIsNestedDeeply() {
    assertInstanceOf(AttestRequest.Unacceptable.class, parse("[".repeat(60_000)));
    assertInstanceOf(AttestRequest.Unacceptable.class, parse("{\"a\":".repeat(10_000)));
  }

  @Test
  void isJson() {
    for (String type : new String[] {"application/json", "application/json; charset=utf-8"}) {
      assertInstanceOf(
          AttestRequest.Attest.class, AttestRequest.parse(Optional.of(type), JOIN.getBytes(UTF_8)));
    }
    for (String type :
        new String[] {"text/json", "application/jsonp", "application/json-seq", ""}) {
      assertInstanceOf(
          AttestRequest.Unacceptable.class,
          AttestRequest.parse(Optional.of(type), JOIN.getBytes(UTF_8)),
          type);
    }
    assertInstanceOf(
        AttestRequest.Unacceptable.class,
        AttestRequest.parse(Optional.empty(), JOIN.getBytes(UTF_8)));
  }
}
