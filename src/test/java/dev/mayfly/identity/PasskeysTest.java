package dev.mayfly.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Account;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PasskeysTest {
  private static final String SITE = "tokens.example";
  private static final String ORIGIN = "https://tokens.example:8443";
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final UUID ANN = UUID.fromString("00000000-0000-4000-8000-000000000001");
  private static final String CHALLENGE = AdminSecrets.encode(new byte[56]);
  private static final String ANOTHER = AdminSecrets.encode(new byte[57]);

  private final Passkeys passkeys = new Passkeys(ORIGIN);
  private final SoftAuthenticator device = new SoftAuthenticator(SITE, ORIGIN);

  private Optional<Account.Passkey> register(SoftAuthenticator by) {
    return passkeys.register(by.create(CHALLENGE), CHALLENGE, "a device", NOW);
  }

  private Optional<Passkeys.Assertion> authenticate(Account.Passkey passkey) {
    return passkeys.authenticate(device.get(CHALLENGE, ANN), CHALLENGE, passkey);
  }

  @Test
  void aDeviceIsKnownAgain() {
    Account.Passkey passkey = register(device).orElseThrow();
    assertEquals(device.id(), passkey.credentialId());
    assertEquals(1, passkey.signCount());
    assertEquals(
        Optional.of(new Passkeys.Assertion(device.id(), Optional.of(ANN), 2)),
        authenticate(passkey));
  }

  @Test
  void refusesWhoseUserWasNotVerified() {
    device.verifiesUser(false);
    assertTrue(register(device).isEmpty());
    Account.Passkey passkey = register(device.verifiesUser(true)).orElseThrow();
    device.verifiesUser(false);
    assertTrue(authenticate(passkey).isEmpty());
  }

  @Test
  void refusesAnotherSiteOriginOrFrame() {
    Account.Passkey passkey = register(device).orElseThrow();
    for (String origin :
        List.of("https://evil.example", "http://tokens.example:8443", "https://tokens.example")) {
      device.onPageOf(origin);
      assertTrue(authenticate(passkey).isEmpty(), origin);
      assertTrue(register(device).isEmpty(), origin);
    }
    device.onPageOf(ORIGIN).inFrame(true);
    assertTrue(authenticate(passkey).isEmpty());
    assertTrue(register(device).isEmpty());
    device.inFrame(false).forSite("evil.example");
    assertTrue(authenticate(passkey).isEmpty());
    assertTrue(register(device).isEmpty());
    device.forSite(SITE);
    assertTrue(authenticate(passkey).isPresent());
  }

  @Test
  void refusesAnAnswerToAnotherChallenge() {
    Account.Passkey passkey = register(device).orElseThrow();
    assertTrue(passkeys.authenticate(device.get(ANOTHER, ANN), CHALLENGE, passkey).isEmpty());
    assertTrue(passkeys.register(device.create(ANOTHER), CHALLENGE, "a device", NOW).isEmpty());
  }

  @Test
  void refusesAnotherDevicesSignature() {
    Account.Passkey passkey = register(device).orElseThrow();
    ObjectNode forged = new SoftAuthenticator(SITE, ORIGIN).get(CHALLENGE, ANN);
    assertTrue(passkeys.authenticate(forged.put("id", device.id()), CHALLENGE, passkey).isEmpty());
  }

  @Test
  void aRegistrationIsNoSignInNorTheOtherWayRound() {
    Account.Passkey passkey = register(device).orElseThrow();
    ObjectNode made = device.create(CHALLENGE);
    ObjectNode given = device.get(CHALLENGE, ANN);
    ObjectNode response = (ObjectNode) given.get("response");
    response.set("clientDataJSON", made.get("response").get("clientDataJSON"));
    assertTrue(passkeys.authenticate(given, CHALLENGE, passkey).isEmpty());
    ((ObjectNode) made.get("response"))
        .set("clientDataJSON", device.get(CHALLENGE, ANN).get("response").get("clientDataJSON"));
    assertTrue(passkeys.register(made, CHALLENGE, "a device", NOW).isEmpty());
  }

  @Test
  void rubbishIsNoPasskeyAndNoException() {
    Account.Passkey passkey = register(device).orElseThrow();
    for (String json :
        List.of(
            "{}",
            "[]",
            "null",
            "{\"id\":7,\"response\":[]}",
            "{\"response\":{\"clientDataJSON\":\"!\",\"attestationObject\":\"_\"}}",
            "{\"response\":{\"clientDataJSON\":\"e30\",\"attestationObject\":\"oA\"}}",
            "{\"response\":{\"clientDataJSON\":\"bnVsbA\",\"authenticatorData\":\"AA\"}}")) {
      try {
        var credential = Answers.JSON.readTree(json);
        assertTrue(passkeys.register(credential, CHALLENGE, "x", NOW).isEmpty(), json);
        assertTrue(passkeys.authenticate(credential, CHALLENGE, passkey).isEmpty(), json);
        assertFalse(Passkeys.challenge(credential).filter(CHALLENGE::equals).isPresent(), json);
        assertTrue(Passkeys.credentialId(credential).isEmpty(), json);
      } catch (java.io.IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void asksForTheUsersVerificationAndNamesNobody() {
    ObjectNode request = passkeys.request(CHALLENGE, Optional.empty());
    assertEquals("required", request.get("userVerification").asText());
    assertEquals(SITE, request.get("rpId").asText());
    assertTrue(request.get("allowCredentials").isEmpty());
  }
}
