package dev.mayfly.token;

import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Distrust;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Realms that are the same but for one thing.
final class Namesakes {
  static final String YAML =
      """
      realm: test
      audiences: ["https://api.example/"]
      scopes:
        read: {minimum_attestation: none}
      """;

  private Namesakes() {}

  /// Trusted, and of the same name, but none of these keys has signed anything of `realm`.
  static AppliedRealm otherKey(AppliedRealm realm) {
    Optional<String> other =
        TestRealm.of(YAML).accessTokenKeys().published().stream()
            .map(key -> key.toPublicJWK().toJSONString())
            .findFirst();
    return with(realm, key -> changed(key, other, Optional.empty()));
  }

  static AppliedRealm distrusted(AppliedRealm realm) {
    Distrust distrust = new Distrust(Instant.now(), "a test");
    return with(realm, key -> changed(key, key.jwk(), Optional.of(distrust)));
  }

  /// With the keys and even the issuer of `realm`.
  static AppliedRealm otherName(AppliedRealm realm) {
    return with(
        realm,
        RealmConfigLoader.parse("other.yaml", YAML.replace("realm: test", "realm: other")),
        realm.issuer());
  }

  static AppliedRealm otherIssuer(AppliedRealm realm) {
    return with(realm, realm.config(), "https://other.example/realms/test");
  }

  private static AppliedRealm with(AppliedRealm realm, RealmConfig config, String issuer) {
    return new AppliedRealm(
        config,
        issuer,
        realm.accessTokenKeys(),
        realm.attestationKeys(),
        realm.geo(),
        realm.states(),
        realm.retired(),
        realm.revoked(),
        realm.documents());
  }

  private static AppliedRealm with(AppliedRealm realm, UnaryOperator<Registration.Key> change) {
    return TestRealm.withAccessTokenKeys(realm, change);
  }

  private static Registration.Key changed(
      Registration.Key key, Optional<String> jwk, Optional<Distrust> distrust) {
    return new Registration.Key(
        key.kid(),
        key.realm(),
        key.purpose(),
        key.token(),
        key.algorithm(),
        key.label(),
        jwk,
        key.checkValue(),
        key.createdAt(),
        key.signsFrom(),
        distrust,
        key.destroyedAt());
  }
}
