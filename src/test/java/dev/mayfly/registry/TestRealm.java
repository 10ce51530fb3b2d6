package dev.mayfly.registry;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    KeysInMemory hsm = new KeysInMemory();
    return new AppliedRealm(
        config,
        config.issuer("https://as.example"),
        key(hsm, "tokens"),
        key(hsm, "attestations"),
        GeoLookup.NOWHERE,
        states,
        RetiredKeys.of(config, Set.of()));
  }

  private static Registration.State active() {
    return new Registration.State(Standing.ACTIVE, "registered", Instant.EPOCH, List.of());
  }

  private static SigningKey key(KeysInMemory hsm, String label) {
    ECKey jwk =
        new ECKey.Builder(
                Curve.P_256,
                (ECPublicKey)
                    hsm.generateSigningKey(label, SigningAlgorithm.ES256).await().indefinitely())
            .build();
    return SigningKey.of(PublicKeys.thumbprint(jwk).value(), label, jwk, hsm);
  }
}
