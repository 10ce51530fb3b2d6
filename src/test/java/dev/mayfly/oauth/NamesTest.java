package dev.mayfly.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @Test
  void aClientIdHas1To64Characters() {
    assertThrows(IllegalArgumentException.class, () -> new ClientId(""));
    assertEquals("a", new ClientId("a").toString());
    assertEquals(64, new ClientId("a".repeat(64)).value().length());
    assertThrows(IllegalArgumentException.class, () -> new ClientId("a".repeat(65)));
  }

  @Test
  void aRealmNameHas1To32Characters() {
    assertThrows(IllegalArgumentException.class, () -> new RealmName(""));
    assertEquals(32, new RealmName("a".repeat(32)).value().length());
    assertThrows(IllegalArgumentException.class, () -> new RealmName("a".repeat(33)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "Z", "0", "a.b-c_D", "9..", "trading-bot"})
  void takesWhatIsSafeInPathsFilesLabelsAndLogs(String name) {
    assertEquals(name, new ClientId(name).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".", "..", "-a", "_a", "a/b", "a b", "a%2fb", "a\nb", "a\n", "é", "a\0", "a;b", "a:b"
      })
  void refusesWhatIsNot(String name) {
    assertThrows(IllegalArgumentException.class, () -> new ClientId(name));
    assertThrows(IllegalArgumentException.class, () -> new RealmName(name));
  }

  @Test
  void takesLettersDigitsDotUnderscoreAndHyphenOfAsciiAndNothingElse() {
    for (char at = 0; at < 0x300; at++) {
      String first = at + "a";
      String second = "a" + at;
      assertEquals(first.matches("[A-Za-z0-9]a"), isTaken(first), "first " + (int) at);
      assertEquals(second.matches("a[A-Za-z0-9._-]"), isTaken(second), "second " + (int) at);
    }
  }

  private static boolean isTaken(String name) {
    try {
      return new ClientId(name).value().equals(name);
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  @Test
  void theRefusalDoesNotRepeatTheName() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new ClientId("a\u001b[31m"))
            .getMessage();
    assertEquals(
        "client_id must be 1 to 64 characters of A-Z a-z 0-9 . _ - and start with a letter or"
            + " digit",
        message);
  }

  @Test
  void aThumbprintHas43CharactersOfBase64url() {
    assertEquals(43, new JwkThumbprint("_-" + "a".repeat(41)).value().length());
    assertThrows(IllegalArgumentException.class, () -> new JwkThumbprint("a".repeat(42)));
    assertThrows(IllegalArgumentException.class, () -> new JwkThumbprint("a".repeat(44)));
    assertThrows(IllegalArgumentException.class, () -> new JwkThumbprint("+" + "a".repeat(42)));
    assertThrows(IllegalArgumentException.class, () -> new JwkThumbprint("a".repeat(42) + "="));
  }

  @Test
  void aGrantIdIsAUuid() {
    GrantId id = GrantId.at(Instant.now());
    assertEquals(id, GrantId.parse(id.toString()));
    assertThrows(IllegalArgumentException.class, () -> GrantId.parse("1"));
  }

  /// RFC 6749 §5.2: 400 unless stated otherwise.
  @Test
  void onlyAFailedAuthenticationAndAnOutageHaveAnotherStatus() {
    for (OAuthError error : OAuthError.values()) {
      int expected =
          switch (error) {
            case INVALID_CLIENT -> 401;
            case TEMPORARILY_UNAVAILABLE -> 503;
            case INVALID_REQUEST,
                INVALID_GRANT,
                UNAUTHORIZED_CLIENT,
                UNSUPPORTED_GRANT_TYPE,
                INVALID_SCOPE,
                INVALID_TARGET,
                INVALID_AUTHORIZATION_DETAILS,
                UNSUPPORTED_TOKEN_TYPE,
                INVALID_DPOP_PROOF,
                USE_DPOP_NONCE,
                USE_ATTESTATION_CHALLENGE,
                USE_FRESH_ATTESTATION,
                INVALID_CLIENT_ATTESTATION ->
                400;
          };
      assertEquals(expected, error.status(), error.code());
    }
  }
}
