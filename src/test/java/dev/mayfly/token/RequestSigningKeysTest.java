package dev.mayfly.token;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfigLoader;
import dev.mayfly.registry.MacKeysInMemory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The shared keys of grants: the same on every replica, stored nowhere, apart from everything
/// else.
class RequestSigningKeysTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final Instant END = NOW.plus(Duration.ofMinutes(15));
  private static final GrantId GRANT = GrantId.at(Instant.now());

  private static final ClientConfig SIGNER = client("request_signing: {hmac: true}");

  private final MacKeysInMemory macs = new MacKeysInMemory("mayfly/all/mac/11111111");
  private final RequestSigningKeys keys = replica(macs, NOW);

  private static RequestSigningKeys replica(MacKeysInMemory macs, Instant now) {
    return new RequestSigningKeys(macs, Clock.fixed(now, ZoneOffset.UTC));
  }

  private static ClientConfig client(String more) {
    return RealmConfigLoader.parse(
            "test.yaml",
            """
            realm: test
            audiences: ["https://api.example/"]
            scopes:
              read: {minimum_attestation: none}
            clients:
              - client_id: bot
                token_endpoint_auth_methods: [client_secret_basic]
                attestation: none
                scopes: [read]
                %s
            """
                .formatted(more))
        .client(new ClientId("bot"))
        .orElseThrow();
  }

  private RequestSigningKey issued() {
    return keys.ofGrant(SIGNER, GRANT).await().indefinitely().orElseThrow();
  }

  private static Optional<byte[]> found(RequestSigningKeys keys, String keyid, GrantId grant) {
    return keys.find(keyid, grant, END).await().indefinitely();
  }

  @Test
  void eachReplicaDerivesTheKeyThatWasIssued() {
    RequestSigningKey issued = issued();
    assertEquals(GRANT + ".11111111", issued.keyid());
    assertEquals(32, issued.key().length);
    RequestSigningKeys other = replica(new MacKeysInMemory("mayfly/all/mac/11111111"), NOW);
    assertArrayEquals(issued.key(), found(other, issued.keyid(), GRANT).orElseThrow());
    assertArrayEquals(issued.key(), issued().key(), "and a refresh answers it again");
  }

  @Test
  void theHsmIsAskedOnceForAllRequestsOfAGrant() {
    String keyid = GRANT + ".11111111";
    byte[] first = found(keys, keyid, GRANT).orElseThrow();
    assertEquals(1, macs.macs());
    assertArrayEquals(first, found(keys, keyid, GRANT).orElseThrow());
    assertEquals(1, macs.macs());
  }

  /// Nor is the HSM asked: a stranger's names cost nothing.
  @Test
  void theKeyOfAnotherGrantIsNone() {
    GrantId other = GrantId.at(Instant.now());
    assertTrue(found(keys, other + ".11111111", GRANT).isEmpty());
    assertTrue(found(keys, GRANT + ".22222222", GRANT).isEmpty());
    assertTrue(found(keys, GRANT.toString(), GRANT).isEmpty());
    assertEquals(0, macs.macs());
    assertFalse(Arrays.equals(issued().key(), macsOf(other)));
  }

  private byte[] macsOf(GrantId grant) {
    return keys.ofGrant(SIGNER, grant).await().indefinitely().orElseThrow().key();
  }

  @Test
  void aNewMacKeyBringsANewKeyAndTheOldOneStaysGoodWhileItIsTrusted() {
    RequestSigningKey before = issued();
    macs.change("mayfly/all/mac/22222222");
    RequestSigningKey after = issued();
    assertNotEquals(before.keyid(), after.keyid());
    assertFalse(Arrays.equals(before.key(), after.key()));
    assertArrayEquals(before.key(), found(keys, before.keyid(), GRANT).orElseThrow());
    macs.distrust("mayfly/all/mac/11111111");
    assertTrue(found(keys, before.keyid(), GRANT).isEmpty(), "held in memory, and not good");
    assertArrayEquals(after.key(), found(keys, after.keyid(), GRANT).orElseThrow());
  }

  /// The purpose's label: under one MAC key, for one grant.
  @Test
  void itIsNotTheKeyOfTheGrantsRefreshTokens() {
    byte[] ours = RequestSigningKey.keyInput(GRANT);
    assertFalse(new String(ours, US_ASCII).startsWith("refresh\n"));
  }

  @Test
  void onlyAClientThatSignsByHmacGetsOne() {
    assertTrue(keys.ofGrant(client(""), GRANT).await().indefinitely().isEmpty());
    String registered =
        "request_signing: {keys: [{kid: a, kty: OKP, crv: Ed25519,"
            + " x: JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs}]}";
    assertTrue(keys.ofGrant(client(registered), GRANT).await().indefinitely().isEmpty());
    assertEquals(0, macs.macs());
  }

  @Test
  void itStandsInTheTokenResponseAndInNoText() {
    ObjectNode response = Answers.JSON.createObjectNode();
    RequestSigningKey issued = issued();
    issued.addTo(response);
    String key = response.path("request_signing_key").asText();
    assertArrayEquals(issued.key(), Base64.getUrlDecoder().decode(key));
    assertEquals(43, key.length());
    assertEquals(issued.keyid(), response.path("request_signing_keyid").asText());
    assertEquals("RequestSigningKey[" + GRANT + ".11111111, redacted]", issued.toString());
  }

  @Test
  void theMemoryIsBounded() {
    for (int i = 0; i < RequestSigningKeys.MOST; i++) {
      GrantId grant = GrantId.at(Instant.now());
      var _ = found(keys, grant + ".11111111", grant);
    }
    assertEquals(RequestSigningKeys.MOST, keys.size());
    GrantId grant = GrantId.at(Instant.now());
    var _ = found(keys, grant + ".11111111", grant);
    assertEquals(1, keys.size());
  }
}
