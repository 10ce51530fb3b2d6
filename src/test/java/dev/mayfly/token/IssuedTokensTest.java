package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What is remembered of a token that was signed here stands for its signature, and for nothing
/// else.
class IssuedTokensTest {
  private static final Instant END = Instant.ofEpochSecond(4_000_000_000L);
  private static final AppliedRealm REALM = TestRealm.of(Namesakes.YAML);

  /// By its key no token of the realm would pass.
  private static final AppliedRealm OTHER_KEY = Namesakes.otherKey(REALM);

  private static final String CLAIMS =
      "{\"iss\":\"%s\",\"client_id\":\"bot\",\"grant_id\":\"%s\",\"exp\":%d}"
          .formatted(TestRealm.ISSUER, GrantId.at(Instant.now()), END.getEpochSecond());

  private final IssuedTokens issued = new IssuedTokens();
  private final AccessTokenVerifier verifier = new AccessTokenVerifier(issued);
  private final String token = issue(CLAIMS);

  private String issue(String claims) {
    return issued.sign(REALM, claims).await().indefinitely();
  }

  private boolean isRead(AppliedRealm realm, String text) {
    return verifier.read(text, realm).isPresent();
  }

  private static String changed(String text, int at) {
    return text.substring(0, at) + (text.charAt(at) == 'A' ? 'B' : 'A') + text.substring(at + 1);
  }

  @Test
  void aTokenThatWasIssuedHereIsAcceptedWithoutItsKey() {
    assertTrue(isRead(OTHER_KEY, token));
    assertTrue(verifier.verify(token, OTHER_KEY, END.minusNanos(1)).isPresent());
    String elsewhere = new IssuedTokens().sign(REALM, CLAIMS).await().indefinitely();
    assertFalse(isRead(OTHER_KEY, elsewhere), "its signature is verified");
    assertTrue(isRead(REALM, elsewhere));
  }

  @Test
  void aTokenWithOneCharacterChangedWasNotIssued() {
    assertTrue(issued.has(REALM.name(), token));
    IntStream.range(0, token.length())
        .forEach(
            at -> {
              assertFalse(issued.has(REALM.name(), changed(token, at)), "at " + at);
              assertFalse(isRead(OTHER_KEY, changed(token, at)), "at " + at);
            });
    assertFalse(isRead(REALM, changed(token, token.indexOf('.') + 20)), "in its payload");
    assertFalse(isRead(REALM, changed(token, token.lastIndexOf('.') + 20)), "in its signature");
    assertFalse(issued.has(REALM.name(), token + "A"));
  }

  @Test
  void aKeyThatIsNoLongerTrustedMakesWhatItSignedWorthless() {
    assertFalse(isRead(Namesakes.distrusted(REALM), token));
  }

  @Test
  void aKeyThatTheRealmDoesNotHaveMakesWhatIsRememberedWorthless() {
    assertFalse(isRead(TestRealm.of(Namesakes.YAML), token));
  }

  @Test
  void anotherRealmDoesNotAcceptItWereItsKeysAndIssuerTheSame() {
    AppliedRealm other = Namesakes.otherName(OTHER_KEY);
    assertTrue(isRead(OTHER_KEY, token));
    assertFalse(isRead(other, token));
    assertFalse(issued.has(other.name(), token));
  }

  @Test
  void whatItClaimsIsAskedAllTheSame() {
    assertEquals(Optional.empty(), verifier.verify(token, REALM, END));
    assertFalse(isRead(REALM, issue(CLAIMS.replace("realms/test", "realms/other"))));
    assertFalse(isRead(REALM, issue(CLAIMS.replace("exp", "x"))));
    String attestation =
        REALM.accessTokenKeys().sign("oauth-client-attestation+jwt", CLAIMS).await().indefinitely();
    issued.remember(REALM.name(), attestation);
    assertFalse(isRead(REALM, attestation));
  }

  @Test
  void aTokenIsVerifiedAgainWhenItsSetHasBeenFilledByLaterOnes() {
    List<String> later = sameSet().skip(1).limit(IssuedTokens.IN_SET).toList();
    for (int i = 0; i < IssuedTokens.IN_SET; i++) {
      assertTrue(isRead(OTHER_KEY, token), "after " + i);
      assertFalse(issued.has(REALM.name(), later.get(i)), "the same set is not the same text");
      issued.remember(REALM.name(), later.get(i));
    }
    assertFalse(issued.has(REALM.name(), token));
    assertFalse(isRead(OTHER_KEY, token), "its signature is verified");
    assertTrue(isRead(REALM, token));
    later.forEach(text -> assertTrue(issued.has(REALM.name(), text)));
  }

  @Test
  void whatIsPutOutIsWhatHasBeenThereForLongest() {
    List<String> all = sameSet().skip(1).limit(3 * IssuedTokens.IN_SET).toList();
    all.forEach(text -> issued.remember(REALM.name(), text));
    assertEquals(
        all.subList(2 * IssuedTokens.IN_SET, 3 * IssuedTokens.IN_SET),
        all.stream().filter(text -> issued.has(REALM.name(), text)).toList());
  }

  /// The token, and texts whose digests come into its set.
  private Stream<String> sameSet() {
    int set = IssuedTokens.set(REALM.name(), token);
    return Stream.concat(
        Stream.of(token),
        IntStream.range(0, Integer.MAX_VALUE)
            .mapToObj(Integer::toString)
            .filter(text -> IssuedTokens.set(REALM.name(), text) == set));
  }

  @Test
  void theFirstAndTheLastSetAreSetsLikeAllOthers() {
    for (int set : List.of(0, IssuedTokens.SETS - 1)) {
      List<String> all =
          IntStream.range(0, Integer.MAX_VALUE)
              .mapToObj(Integer::toString)
              .filter(text -> IssuedTokens.set(REALM.name(), text) == set)
              .limit(IssuedTokens.IN_SET + 1)
              .toList();
      all.forEach(text -> issued.remember(REALM.name(), text));
      assertEquals(
          all.subList(1, all.size()),
          all.stream().filter(text -> issued.has(REALM.name(), text)).toList());
    }
  }

  @Test
  void manyTokensAreSpreadOverTheSets() {
    long sets =
        IntStream.range(0, 1_000)
            .map(text -> IssuedTokens.set(REALM.name(), Integer.toString(text)))
            .distinct()
            .count();
    assertTrue(sets > 900, sets + " sets of 1,000");
  }
}
