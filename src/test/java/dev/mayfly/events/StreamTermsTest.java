package dev.mayfly.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.KeySource.RemoteDocument;
import dev.mayfly.realm.PushReceiver;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a receiver may choose of its stream, and where the realm's file has the last word.
class StreamTermsTest {
  private static final String ENDPOINT = "https://events.example/ssf?v=1";
  private static final Optional<PushReceiver> NAMED =
      Optional.of(
          new PushReceiver(
              new ClientId("watcher"),
              new RemoteDocument(URI.create(ENDPOINT), false, List.of()),
              Optional.of("/run/secrets/watcher")));
  private static final StreamTerms PUSHED = new StreamTerms(Delivery.PUSH, List.of("x"), "mine");

  private static StreamTerms changed(
      StreamTerms before, String body, Optional<PushReceiver> named) {
    return before.changedBy(StreamRequest.read(body.getBytes(UTF_8)), named);
  }

  private static String push(String more) {
    return "{\"delivery\":{\"method\":\"urn:ietf:rfc:8935\"" + more + "}}";
  }

  private static String refusal(String body, Optional<PushReceiver> named) {
    return assertThrows(StreamRequest.Malformed.class, () -> changed(StreamTerms.NEW, body, named))
        .getMessage();
  }

  @Test
  void isPolledWhereNothingIsSaid() {
    assertEquals(Delivery.POLL, changed(StreamTerms.NEW, "{}", NAMED).delivery());
    assertEquals(
        Delivery.POLL,
        changed(PUSHED, "{\"delivery\":{\"method\":\"urn:ietf:rfc:8936\"}}", NAMED).delivery());
  }

  @Test
  void isPushedToTheAddressOfTheRealmFile() {
    String body = push(",\"endpoint_url\":\"" + ENDPOINT + "\"");
    assertEquals(Delivery.PUSH, changed(StreamTerms.NEW, body, NAMED).delivery());
    assertEquals(
        Delivery.PUSH,
        changed(
                StreamTerms.NEW,
                push(",\"endpoint_url\":\"" + ENDPOINT + "\",\"authorization_header\":null"),
                NAMED)
            .delivery());
  }

  /// It tells of every client of the realm.
  @Test
  void hearsOfSecretsThatExpireWhereTheRealmFileNamesIt() {
    StreamTerms pushed = new StreamTerms(Delivery.PUSH, StreamTerms.all(), "");
    assertTrue(pushed.delivered().contains("secret-expiring"));
    assertFalse(StreamTerms.NEW.delivered().contains("secret-expiring"));
    assertTrue(StreamTerms.NEW.delivered().contains("session-revoked"));
  }

  @Test
  void refusesEveryOtherAddress() {
    for (String other :
        List.of(
            "",
            ",\"endpoint_url\":null",
            ",\"endpoint_url\":7",
            ",\"endpoint_url\":[\"" + ENDPOINT + "\"]",
            ",\"endpoint_url\":\"https://events.example/ssf\"",
            ",\"endpoint_url\":\"HTTPS://events.example/ssf?v=1\"",
            ",\"endpoint_url\":\"https://169.254.169.254/\"")) {
      assertTrue(refusal(push(other), NAMED).startsWith("delivery.endpoint_url must be"), other);
    }
    String body = push(",\"endpoint_url\":\"" + ENDPOINT + "\"");
    assertTrue(refusal(body, Optional.empty()).startsWith("delivery.endpoint_url must be"));
  }

  @Test
  void takesNoSecretAndDoesNotRepeatIt() {
    String refusal =
        refusal(
            push(",\"endpoint_url\":\"" + ENDPOINT + "\",\"authorization_header\":\"Bearer x1\""),
            NAMED);
    assertTrue(refusal.startsWith("delivery.authorization_header is not taken here"), refusal);
    assertFalse(refusal.contains("x1"));
  }

  @Test
  void refusesAnotherMethod() {
    for (String body :
        List.of(
            "{\"delivery\":null}",
            "{\"delivery\":\"urn:ietf:rfc:8936\"}",
            "{\"delivery\":{}}",
            "{\"delivery\":{\"method\":\"urn:ietf:rfc:8937\"}}")) {
      assertTrue(refusal(body, NAMED).startsWith("delivery.method must be"), body);
    }
  }

  @Test
  void whatIsNotSaidStaysWhenAStreamIsPatchedAlsoWhereNobodyIsNamedAnyMore() {
    StreamTerms changed = changed(PUSHED, "{\"description\":\"yours\"}", Optional.empty());
    assertEquals(new StreamTerms(Delivery.PUSH, List.of("x"), "yours"), changed);
    assertEquals(List.of(), changed.delivered());
    assertEquals(
        List.of("session-revoked"),
        new StreamTerms(Delivery.POLL, List.of("x", EventType.SESSION_REVOKED.uri()), "")
            .delivered());
  }
}
