package dev.mayfly.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 9449 §4.3 compares addresses as RFC 3986 §6.2.2 and §6.2.3 normalise them.
class HttpUriTest {
  private static final String TOKEN = "https://as.example/realms/a/token";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://as.example/realms/a/token",
        "HTTPS://AS.Example/realms/a/token",
        "https://as.example:443/realms/a/token",
        "https://as.example:/realms/a/token",
        "https://as.example/realms/%61/token",
        "https://as.example/realms/x/../a/./token",
        "https://as.example/realms/a/token?query=1",
        "https://as.example/realms/a/token#fragment"
      })
  void knowsTheSameAddressInAnotherSpelling(String text) {
    assertEquals(Optional.of(TOKEN), HttpUri.normalised(text));
  }

  @ParameterizedTest
  @CsvSource({
    "http://as.example:80, http://as.example/",
    "https://as.example:8443, https://as.example:8443/",
    "https://as.example/%2f%c3%a9, https://as.example/%2F%C3%A9",
    "https://as.example/A, https://as.example/A",
    "https://as.example/a/, https://as.example/a/",
    "https://[::1]:8443/a, https://[::1]:8443/a"
  })
  void keepsWhatTellsTwoAddressesApart(String text, String normalised) {
    assertEquals(Optional.of(normalised), HttpUri.normalised(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/realms/a/token",
        "as.example/realms/a/token",
        "ftp://as.example/realms/a/token",
        "urn:example:a",
        "https:/realms/a/token",
        "https:///realms/a/token",
        "https://user@as.example/realms/a/token",
        "https://as.example/%zz",
        "https://as.example/a b",
        "https://as.example:port/"
      })
  void hasNoFormForWhatIsNoAddress(String text) {
    assertEquals(Optional.empty(), HttpUri.normalised(text));
  }

  @Test
  void isBounded() {
    String longest = "https://as.example/" + "a".repeat(2048 - 19);
    assertEquals(Optional.of(longest), HttpUri.normalised(longest));
    assertEquals(Optional.empty(), HttpUri.normalised(longest + "a"));
  }
}
