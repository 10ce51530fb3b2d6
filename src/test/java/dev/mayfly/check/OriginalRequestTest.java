package dev.mayfly.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.check.OriginalRequest.Reading;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What each proxy sends: nginx and HAProxy by GET with headers, Caddy and Traefik likewise, Envoy
/// with the path behind ours.
class OriginalRequestTest {
  private record Sent(String method, String pathBehind, Map<String, List<String>> headers)
      implements OriginalRequest.Sent {
    static Sent get() {
      return new Sent("GET", "", new LinkedHashMap<>());
    }

    Sent with(String name, String value) {
      headers.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new ArrayList<>()).add(value);
      return this;
    }

    @Override
    public Optional<String> query() {
      return Optional.of("of=the-question");
    }

    @Override
    public List<String> header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }
  }

  private static Sent forwarded(String method, String uri) {
    return Sent.get().with("X-Forwarded-Method", method).with("X-Forwarded-Uri", uri);
  }

  private static OriginalRequest read(Sent sent) {
    return assertInstanceOf(Reading.Read.class, OriginalRequest.read(sent)).request();
  }

  private static Reason refusal(Sent sent) {
    return assertInstanceOf(Reading.Refused.class, OriginalRequest.read(sent)).reason();
  }

  @Test
  void readsMethodAndPathWithoutTheQuery() {
    OriginalRequest request = read(forwarded("POST", "/v1/orders?x=/../y"));
    assertEquals("POST", request.method());
    assertEquals("/v1/orders", request.path());
    assertEquals(List.of("v1", "orders"), request.segments());
    assertEquals("POST /v1/orders", request.line());
    assertEquals(Optional.of("x=/../y"), request.query());
    assertEquals(Optional.empty(), read(forwarded("POST", "/v1/orders")).query());
  }

  @Test
  void readsWhatNginxSends() {
    Sent sent = Sent.get().with("X-Original-Method", "DELETE").with("X-Original-URI", "/a");
    assertEquals("DELETE /a", read(sent).line());
  }

  @Test
  void readsWhatEnvoySends() {
    assertEquals("PUT /a/b", read(new Sent("PUT", "/a/b", Map.of())).line());
  }

  @Test
  void halfOfAnOriginalRequestIsNone() {
    assertEquals(Reason.REQUEST_UNREADABLE, refusal(Sent.get()));
    assertEquals(Reason.REQUEST_UNREADABLE, refusal(Sent.get().with("X-Forwarded-Method", "GET")));
    assertEquals(Reason.REQUEST_UNREADABLE, refusal(Sent.get().with("X-Forwarded-Uri", "/a")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"X-Forwarded-Method", "X-Forwarded-Uri", "X-Original-Method", "X-Original-Uri"})
  void whatStandsTwiceWasWrittenByTwo(String name) {
    Sent sent = forwarded("GET", "/a").with(name, "GET").with(name, "GET");
    assertEquals(Reason.REQUEST_UNREADABLE, refusal(sent));
  }

  @Test
  void twoTokensAreNone() {
    Sent sent =
        forwarded("GET", "/a").with("Authorization", "Bearer a").with("Authorization", "Bearer b");
    assertEquals(Reason.TOKEN_INVALID, refusal(sent));
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "", "GET ", "G-T", "ABCDEFGHIJKLMNOPQ"})
  void aMethodIsUpToSixteenCapitals(String method) {
    assertEquals(Reason.REQUEST_UNREADABLE, refusal(forwarded(method, "/a")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a//b", "/a/", "/a/.", "/a/../b", "/a;b", "/a\\b", "/%2e", "/a%2Fb", "/a%5c", "/%61",
        "/%41", "/%7e", "/%2D", "/%5F", "/%30", "/a%", "/a%2", "/a%zz", "/a b", "/ü", "/a#b", "/%00"
      })
  void aPathThatTwoMayReadDifferentlyIsRefused(String path) {
    assertEquals(Reason.PATH_AMBIGUOUS, refusal(forwarded("GET", path)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/a", "/a%20b", "/a/%C3%BC", "/a.b/c~d", "/a%3Ab", "/@x"})
  void aPlainPathIsReadAsItStands(String path) {
    assertEquals(path, read(forwarded("GET", path)).path());
  }

  @Test
  void aUriHas8KiBAtMost() {
    String longest = "/" + "x".repeat(8 * 1024 - 1);
    assertEquals(longest, read(forwarded("GET", longest)).path());
    assertEquals(Reason.REQUEST_UNREADABLE, refusal(forwarded("GET", longest + "x")));
    assertEquals(Reason.REQUEST_UNREADABLE, refusal(forwarded("GET", "http://x/a")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"})
  void anotherMethodInAHeaderIsRefused(String name) {
    assertEquals(Reason.METHOD_OVERRIDDEN, refusal(forwarded("GET", "/a").with(name, "PUT")));
  }

  @Test
  void theTokenComesWithItsScheme() {
    assertEquals(
        Optional.of(new OriginalRequest.Credentials("bearer", "t")),
        read(forwarded("GET", "/a").with("Authorization", "bEARER t")).credentials());
    assertEquals(
        Optional.of(new OriginalRequest.Credentials("dpop", "t")),
        read(forwarded("GET", "/a").with("Authorization", "DPoP t")).credentials());
    assertEquals(
        Optional.empty(),
        read(forwarded("GET", "/a").with("Authorization", "Basic t")).credentials());
    assertEquals(Optional.empty(), read(forwarded("GET", "/a")).credentials());
  }
}
