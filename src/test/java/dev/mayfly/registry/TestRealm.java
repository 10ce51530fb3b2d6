package dev.mayfly.registry;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.jose.SigningJwk;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.ClientStates;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Applied realms with keys of their own, for tests that need no database.
public final class TestRealm {
  public static final String ISSUER = "https://as.example/realms/test";

  private TestRealm() {}

  /// Of the text of a realm file whose realm is `test`; every client is active.
  public static AppliedRealm of(String yaml) {
    RealmConfig config = RealmConfigLoader.parse("test.yaml", yaml);
    Map<ClientId, Registration.State> states = new HashMap<>();
    config.clients().keySet().forEach(id -> states.put(id, active()));
    config.resourceServers().keySet().forEach(id -> states.put(id, active()));
    return new AppliedRealm(
        config,
        config.issuer("https://as.example"),
        ring(config, Purpose.ACCESS_TOKEN),
        ring(config, Purpose.CLIENT_ATTESTATION),
        GeoLookup.NOWHERE,
        ClientStates.of(states),
        RetiredKeys.of(config, Set.of()),
        Set.of(),
        new RegisteredDocuments(config));
  }

  /// The same realm with other rows of its keys for access tokens.
  public static AppliedRealm withAccessTokenKeys(
      AppliedRealm realm, UnaryOperator<Registration.Key> change) {
    List<Registration.Key> keys =
        realm.accessTokenKeys().chains().stream()
            .flatMap(chain -> chain.timeline().keys().stream())
            .map(change)
            .toList();
    Hsms hsms = Hsms.of(new KeysInMemory());
    return new AppliedRealm(
        realm.config(),
        realm.issuer(),
        ring(keys, realm.config(), Purpose.ACCESS_TOKEN, hsms),
        realm.attestationKeys(),
        realm.geo(),
        realm.states(),
        realm.retired(),
        realm.revoked(),
        realm.documents());
  }

  private static KeyRing ring(
      List<Registration.Key> keys, RealmConfig config, Purpose purpose, Hsms hsms) {
    return new KeyRing(
        KeyChains.of(keys, List.of(config), TokenSet.of(hsms)).of(config.realm(), purpose).toList(),
        hsms,
        Clock.systemUTC());
  }

  private static Registration.State active() {
    return new Registration.State(Standing.ACTIVE, "registered", Instant.EPOCH, List.of(), 0);
  }

  /// One key that has always signed.
  private static KeyRing ring(RealmConfig config, Purpose purpose) {
    KeysInMemory hsm = new KeysInMemory();
    SigningAlgorithm algorithm = SigningAlgorithm.parse(config.keys().algorithm());
    JWK jwk = SigningJwk.of(hsm.generateSigningKey("key", algorithm).await().indefinitely());
    Registration.Key key =
        new Registration.Key(
            PublicKeys.thumbprint(jwk).value(),
            Optional.of(config.realm()),
            purpose,
            hsm.tokenLabel(),
            algorithm.jws(),
            "key",
            Optional.of(jwk.toJSONString()),
            Optional.empty(),
            Instant.EPOCH,
            Instant.EPOCH,
            Optional.empty(),
            Optional.empty());
    return ring(List.of(key), config, purpose, Hsms.of(hsm));
  }
}
