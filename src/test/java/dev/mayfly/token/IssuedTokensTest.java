package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.IntStream;
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
  void aTokenWhosePlaceWasTakenIsVerifiedAgain() {
    int place = IssuedTokens.place(REALM.name(), token);
    String later =
        IntStream.range(0, Integer.MAX_VALUE)
            .mapToObj(Integer::toString)
            .filter(text -> IssuedTokens.place(REALM.name(), text) == place)
            .findFirst()
            .orElseThrow();
    assertFalse(issued.has(REALM.name(), later), "the same place is not the same text");
    issued.remember(REALM.name(), later);
    assertTrue(issued.has(REALM.name(), later));
    assertFalse(issued.has(REALM.name(), token));
    assertFalse(isRead(OTHER_KEY, token), "its signature is verified");
    assertTrue(isRead(REALM, token));
  }

  @Test
  void hasAPlaceForEachOfManyTokensAndNeverMore() {
    IntStream.range(0, 1_000)
        .mapToObj(Integer::toString)
        .forEach(
            text -> {
              issued.remember(REALM.name(), text);
              assertTrue(issued.has(REALM.name(), text));
              int place = IssuedTokens.place(REALM.name(), text);
              assertTrue(place >= 0 && place < IssuedTokens.PLACES);
            });
    long places =
        IntStream.range(0, 1_000)
            .map(text -> IssuedTokens.place(REALM.name(), Integer.toString(text)))
            .distinct()
            .count();
    assertTrue(places > 950, places + " places of 1,000");
  }
}
