package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Registration.KeyChange;
import dev.mayfly.ledger.Registration.NewKey;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RealmKeysTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final ECKey ONE = key();
  private static final ECKey TWO = key();

  private static ECKey key() {
    try {
      return new ECKeyGenerator(Curve.P_256).generate().toPublicJWK();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RealmConfig realm(String client, ECKey key, String attester, ECKey attesterKey) {
    return RealmConfigLoader.parse(
        "test.yaml",
        """
        realm: test
        audiences: ["https://api.example/"]
        scopes:
          read: {minimum_attestation: none}
        attesters:
          - {name: %s, type: jwks, jwks: {keys: [%s]}}
        clients:
          - client_id: %s
            token_endpoint_auth_methods: [private_key_jwt]
            jwks: {keys: [%s]}
            attestation: none
            scopes: [read]
        """
            .formatted(attester, attesterKey.toJSONString(), client, key.toJSONString()));
  }

  private static KeyChange change(RealmConfig from, RealmConfig to) {
    return RealmKeys.change(from.toJson(), to, NOW);
  }

  private static List<String> retired(KeyChange change) {
    return change.retired().stream().map(RetiredKey::thumbprint).toList();
  }

  private static List<String> added(KeyChange change) {
    return change.added().stream().map(NewKey::field).toList();
  }

  private static String thumbprint(ECKey key) {
    return PublicKeys.thumbprint(key).value();
  }

  @Test
  void theSameFileRetiresAndAddsNothing() {
    KeyChange none = change(realm("bot", ONE, "ci", TWO), realm("bot", ONE, "ci", TWO));
    assertEquals(new KeyChange(List.of(), List.of()), none);
  }

  private static RealmConfig signing(ECKey key) {
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
            request_signing: {keys: [%s]}
        """
            .formatted(new ECKey.Builder(key).keyID("its").build().toJSONString()));
  }

  /// What a client signs its requests with is a key of it like any other.
  @Test
  void aKeyForRequestsThatIsDroppedIsRetired() {
    KeyChange change = change(signing(ONE), signing(TWO));
    assertEquals(List.of("clients.bot.request_signing.keys[0]"), added(change));
    assertEquals(List.of(thumbprint(ONE)), retired(change));
    assertEquals(
        List.of(thumbprint(ONE)),
        RealmKeys.ofClient(signing(ONE).toJson(), new ClientId("bot"), NOW, "revoked").stream()
            .map(RetiredKey::thumbprint)
            .toList());
  }

  @Test
  void aNewRealmBringsAllItsKeys() {
    assertEquals(
        List.of("attesters.ci.jwks.keys[0]", "clients.bot.jwks.keys[0]"),
        added(RealmKeys.change("", realm("bot", ONE, "ci", TWO), NOW)));
  }

  @Test
  void aReplacedKeyIsRetired() {
    KeyChange change = change(realm("bot", ONE, "ci", TWO), realm("bot", key(), "ci", key()));
    assertEquals(List.of(thumbprint(TWO), thumbprint(ONE)), retired(change));
    assertEquals(2, change.added().size());
  }

  @Test
  void aKeyThatChangesItsClientIsRetired() {
    KeyChange change = change(realm("bot", ONE, "ci", TWO), realm("other", ONE, "ci", TWO));
    assertEquals(List.of(thumbprint(ONE)), retired(change));
    assertEquals(List.of("clients.other.jwks.keys[0]"), added(change));
  }

  @Test
  void anAttesterMayChangeItsName() {
    assertEquals(
        new KeyChange(List.of(), List.of()),
        change(realm("bot", ONE, "ci", TWO), realm("bot", ONE, "renamed", TWO)));
  }
}
