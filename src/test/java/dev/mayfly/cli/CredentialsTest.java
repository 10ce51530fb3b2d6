package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CredentialsTest {
  private static final Instant NOW = CliHome.NOW;

  private final EcPrivateJwk key = EcPrivateJwk.generate();

  @Test
  void anAttestationIsRenewedFromSixtySecondsBeforeItsEnd() {
    assertTrue(attestedFor(59).attestationNeedsRenewal(NOW));
    assertTrue(attestedFor(60).attestationNeedsRenewal(NOW));
    assertFalse(attestedFor(61).attestationNeedsRenewal(NOW));
  }

  @Test
  void anInstanceWithoutReadableAttestationNeedsOne() {
    assertTrue(Credentials.of(members()).attestationNeedsRenewal(NOW));
    Map<String, Object> odd = members();
    odd.put("attestation", "not.a.jwt");
    assertTrue(Credentials.of(odd).attestationNeedsRenewal(NOW));
  }

  @Test
  void aClientWithoutInstanceNeverNeedsOne() {
    Map<String, Object> members = Map.of("client_id", "c", "client_secret", "s");
    assertFalse(Credentials.of(members).attestationNeedsRenewal(NOW));
  }

  @Test
  void showsNoSecretInText() {
    String text = attestedFor(3600).withClientSecret("hush").toString();
    assertEquals("Credentials[client_id=c, redacted]", text);
  }

  @Test
  void refusesAnInstanceKeyOfAnotherShape() {
    Map<String, Object> members = members();
    members.put(
        "instance_key", Map.of("kty", "EC", "crv", "P-256", "x", "a", "y", "b", "d", "hush"));
    var refusal = assertThrows(IllegalArgumentException.class, () -> Credentials.of(members));
    assertFalse(refusal.getMessage().contains("hush"));
  }

  private Map<String, Object> members() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("client_id", "c");
    members.put("instance_key", key.members());
    return members;
  }

  private Credentials attestedFor(long seconds) {
    String claims = "{\"exp\":%d}".formatted(NOW.getEpochSecond() + seconds);
    String payload =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(claims.getBytes(StandardCharsets.UTF_8));
    Map<String, Object> members = members();
    members.put("attestation", "e30." + payload + ".c2ln");
    return Credentials.of(members);
  }
}
