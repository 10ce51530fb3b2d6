package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A token's signature is verified once; its key and its end are asked each time.
class KnownTokensTest {
  private static final Instant END = Instant.ofEpochSecond(4_000_000_000L);
  private static final AppliedRealm REALM = TestRealm.of(Namesakes.YAML);

  /// By its key no token of the realm would pass.
  private static final AppliedRealm OTHER_KEY = Namesakes.otherKey(REALM);

  private static final String TOKEN =
      REALM
          .accessTokenKeys()
          .sign(
              "at+jwt",
              "{\"iss\":\"%s\",\"client_id\":\"bot\",\"grant_id\":\"%s\",\"exp\":%d}"
                  .formatted(TestRealm.ISSUER, GrantId.at(Instant.now()), END.getEpochSecond()))
          .await()
          .indefinitely();

  private final KnownTokens tokens = new KnownTokens(new AccessTokenVerifier(new IssuedTokens()));

  private void know() {
    assertTrue(tokens.verify(TOKEN, REALM, END.minusNanos(1)).isPresent());
  }

  @Test
  void whatWasVerifiedIsReadWithoutItsKey() {
    assertEquals(Optional.empty(), tokens.read(TOKEN, OTHER_KEY));
    assertEquals(Optional.empty(), tokens.verify(TOKEN, OTHER_KEY, END.minusNanos(1)));
    know();
    assertTrue(tokens.read(TOKEN, OTHER_KEY).isPresent());
    assertTrue(tokens.verify(TOKEN, OTHER_KEY, END.minusNanos(1)).isPresent());
  }

  @Test
  void isReadAlsoWhenItHasExpired() {
    assertTrue(tokens.read(TOKEN, REALM).isPresent());
    know();
    assertTrue(tokens.read(TOKEN, REALM).isPresent());
    assertEquals(Optional.empty(), tokens.verify(TOKEN, REALM, END));
  }

  @Test
  void aKeyThatIsNoLongerTrustedMakesWhatIsKnownWorthless() {
    know();
    AppliedRealm distrusted = Namesakes.distrusted(REALM);
    assertEquals(Optional.empty(), tokens.read(TOKEN, distrusted));
    assertEquals(Optional.empty(), tokens.verify(TOKEN, distrusted, END.minusNanos(1)));
  }

  @Test
  void whatOneRealmKnowsIsVerifiedInAnother() {
    know();
    AppliedRealm other = Namesakes.otherName(OTHER_KEY);
    assertTrue(tokens.has(TOKEN, REALM.name()));
    assertFalse(tokens.has(TOKEN, other.name()));
    assertEquals(Optional.empty(), tokens.read(TOKEN, other));
    assertEquals(Optional.empty(), tokens.verify(TOKEN, other, END.minusNanos(1)));
  }

  @Test
  void aRealmWhoseIssuerHasChangedKnowsNothingOfBefore() {
    know();
    AppliedRealm other = Namesakes.otherIssuer(REALM);
    assertEquals(Optional.empty(), tokens.read(TOKEN, other));
    assertEquals(Optional.empty(), tokens.verify(TOKEN, other, END.minusNanos(1)));
  }

  @Test
  void whatIsOnlyReadIsNotKept() {
    assertTrue(tokens.read(TOKEN, REALM).isPresent());
    assertEquals(0, tokens.size());
  }
}
