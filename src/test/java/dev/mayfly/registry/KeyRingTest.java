package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.SigningJwk;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.Registration.Distrust;
import dev.mayfly.ledger.Registration.Key;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyRingTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  private final KeysInMemory first = new KeysInMemory("first");
  private final KeysInMemory second = new KeysInMemory("second");
  private final List<Key> keys = new ArrayList<>();

  private KeyRing ring(String tokens, KeysInMemory... present) {
    RealmConfig realm =
        RealmConfigLoader.parse(
            "r.yaml",
            "realm: r\naudiences: [\"urn:a\"]\nscopes: {read: {}}\nkeys: {tokens: %s}\n"
                .formatted(tokens));
    Hsms hsms = Hsms.of(present);
    return new KeyRing(
        KeyChains.of(keys, List.of(realm), TokenSet.of(hsms))
            .of(realm.realm(), Purpose.ACCESS_TOKEN)
            .toList(),
        hsms,
        Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private String make(KeysInMemory token, SigningAlgorithm algorithm, Instant signsFrom) {
    String label = "label-" + keys.size();
    JWK jwk = SigningJwk.of(token.generateSigningKey(label, algorithm).await().indefinitely());
    String kid = "kid-" + keys.size();
    keys.add(
        new Key(
            kid,
            Optional.of(new dev.mayfly.oauth.RealmName("r")),
            Purpose.ACCESS_TOKEN,
            token.tokenLabel(),
            algorithm.jws(),
            label,
            Optional.of(jwk.toJSONString()),
            Optional.empty(),
            signsFrom,
            signsFrom,
            Optional.empty(),
            Optional.empty()));
    return kid;
  }

  private void change(int index, String algorithm, Optional<Distrust> distrust) {
    Key key = keys.get(index);
    keys.set(
        index,
        new Key(
            key.kid(),
            key.realm(),
            key.purpose(),
            key.token(),
            algorithm,
            key.label(),
            key.jwk(),
            key.checkValue(),
            key.createdAt(),
            key.signsFrom(),
            distrust,
            key.destroyedAt()));
  }

  private static CompactJwt sign(KeyRing ring) {
    return assertInstanceOf(
            CompactJwt.Read.Legible.class,
            CompactJwt.readOwn(ring.sign("at+jwt", "{}").await().indefinitely(), Set.of("at+jwt")))
        .jwt();
  }

  private static String signer(KeyRing ring) {
    return sign(ring).keyId().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(SigningAlgorithm.class)
  void signsAndVerifiesWithEachAlgorithm(SigningAlgorithm algorithm) {
    make(first, algorithm, NOW.minus(DAY));
    KeyRing ring = ring("[first]", first);
    CompactJwt jwt = sign(ring);
    assertEquals(algorithm.jws(), jwt.header().getAlgorithm().getName());
    assertTrue(ring.verifies(jwt));
  }

  /// One RSA key, two ways to sign with it: only the one that is registered counts.
  @Test
  void refusesAnAlgorithmThatTheKeyIsNotRegisteredFor() {
    make(first, SigningAlgorithm.PS256, NOW.minus(DAY));
    CompactJwt pss = sign(ring("[first]", first));
    change(0, "RS256", Optional.empty());
    KeyRing other = ring("[first]", first);
    assertFalse(other.verifies(pss));
    assertFalse(other.isNamedBy(pss), "whoever verified its signature");
    CompactJwt pkcs1 = sign(other);
    assertTrue(other.verifies(pkcs1));
    assertTrue(other.isNamedBy(pkcs1));
    change(0, "PS256", Optional.empty());
    assertFalse(ring("[first]", first).verifies(pkcs1));
  }

  @Test
  void signsOnTheFirstTokenOfTheRealmAndVerifiesOverAll() {
    String one = make(first, SigningAlgorithm.ES256, NOW.minus(DAY));
    String two = make(second, SigningAlgorithm.EDDSA, NOW.minus(DAY));
    KeyRing forwards = ring("[first, second]", first, second);
    KeyRing backwards = ring("[second, first]", first, second);
    assertEquals(one, signer(forwards));
    assertEquals(two, signer(backwards));
    assertTrue(forwards.verifies(sign(backwards)));
    assertEquals(List.of("ES256", "EdDSA"), forwards.algorithms());
    assertEquals(List.of(one, two), forwards.published().stream().map(JWK::getKeyID).toList());
  }

  @Test
  void signsOnATokenThatTheRealmLeftUntilTheNewOneDoes() {
    String one = make(first, SigningAlgorithm.ES256, NOW.minus(DAY));
    make(second, SigningAlgorithm.ES256, NOW.plus(DAY));
    assertEquals(one, signer(ring("[second]", first, second)));
    String next = make(second, SigningAlgorithm.ES256, NOW);
    assertEquals(next, signer(ring("[second]", first, second)));
  }

  @Test
  void signsAheadOfTimeOnlyWhereNothingElseDoes() {
    String one = make(first, SigningAlgorithm.ES256, NOW.minus(DAY));
    String next = make(first, SigningAlgorithm.ES256, NOW.plusMillis(1));
    assertEquals(one, signer(ring("[first]", first)));
    change(0, "ES256", Optional.of(new Distrust(NOW, "a test")));
    assertEquals(next, signer(ring("[first]", first)));
  }

  @Test
  void trustsAndShowsNothingThatIsDistrusted() {
    make(first, SigningAlgorithm.ES256, NOW.minus(DAY));
    CompactJwt jwt = sign(ring("[first]", first));
    change(0, "ES256", Optional.of(new Distrust(NOW, "a test")));
    KeyRing ring = ring("[first]", first);
    assertFalse(ring.verifies(jwt));
    assertFalse(ring.isNamedBy(jwt), "whoever verified its signature");
    assertEquals(List.of(), ring.published());
    assertThrows(HsmUnavailableException.class, () -> sign(ring));
    assertFalse(ring.isEmpty(), "the realm exists all the same");
  }

  @Test
  void namesNoKeyWhoseTokensAreAllOver() {
    make(first, SigningAlgorithm.ES256, NOW.minus(DAY));
    CompactJwt jwt = sign(ring("[first]", first));
    make(first, SigningAlgorithm.ES256, NOW.minus(Duration.ofMinutes(15)));
    assertTrue(ring("[first]", first).isNamedBy(jwt));
    keys.removeLast();
    make(first, SigningAlgorithm.ES256, NOW.minus(Duration.ofMinutes(16)));
    KeyRing ring = ring("[first]", first);
    assertFalse(ring.isNamedBy(jwt), "whoever verified its signature");
    assertFalse(ring.verifies(jwt));
  }

  @Test
  void verifiesWhatATokenSignedThatIsNotThereAnyMore() {
    make(first, SigningAlgorithm.ES256, NOW.minus(DAY));
    CompactJwt jwt = sign(ring("[first]", first));
    make(second, SigningAlgorithm.ES256, NOW);
    KeyRing ring = ring("[second]", second);
    assertTrue(ring.verifies(jwt));
    assertEquals("kid-1", signer(ring));
  }
}
