package dev.mayfly.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mayfly.http.PresentedCertificate;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What Envoy tells over gRPC, and what of it is a stranger's.
class ExtAuthzRequestTest {
  private final AttributeContext.HttpRequest.Builder http =
      AttributeContext.HttpRequest.newBuilder()
          .setMethod("GET")
          .setPath("/v1/orders?x=1?y")
          .setHost("api.example")
          .setScheme("https")
          .putHeaders(":path", "/v1/admin")
          .putHeaders("authorization", "Bearer t");
  private final AttributeContext.Peer.Builder source =
      AttributeContext.Peer.newBuilder().setAddress(address("192.0.2.1"));

  private static Address address(String text) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(text).setPortValue(1))
        .build();
  }

  private ExtAuthzRequest asked() {
    return ExtAuthzRequest.of(
        CheckRequest.newBuilder()
            .setAttributes(
                AttributeContext.newBuilder()
                    .setSource(source)
                    .setRequest(AttributeContext.Request.newBuilder().setHttp(http))
                    .putContextExtensions("realm", "exchange"))
            .build());
  }

  private OriginalRequest read() {
    return assertInstanceOf(OriginalRequest.Reading.Read.class, OriginalRequest.read(asked()))
        .request();
  }

  private Reason refusal() {
    return assertInstanceOf(OriginalRequest.Reading.Refused.class, OriginalRequest.read(asked()))
        .reason();
  }

  @Test
  void theRequestLineIsInFieldsOfItsOwn() {
    OriginalRequest request = read();
    assertEquals("GET /v1/orders", request.line());
    assertEquals(Optional.of("x=1?y"), request.query());
    assertEquals(Optional.of("https://api.example"), request.origin());
    assertEquals("t", request.credentials().orElseThrow().token());
    assertEquals("exchange", asked().realm());
  }

  @Test
  void headerFieldsThatNameAnotherRequestAreAStrangers() {
    http.putHeaders("x-forwarded-method", "DELETE")
        .putHeaders("x-forwarded-uri", "/v1/admin")
        .putHeaders("x-original-method", "DELETE")
        .putHeaders("x-original-uri", "/v1/admin")
        .putHeaders("x-forwarded-proto", "http")
        .putHeaders("x-forwarded-host", "other.example");
    OriginalRequest request = read();
    assertEquals("GET /v1/orders", request.line());
    assertEquals(Optional.of("https://api.example"), request.origin());
  }

  @Test
  void aCertificateInAHeaderFieldIsAStrangers() {
    http.putHeaders("client-cert", ":AA==:");
    assertInstanceOf(PresentedCertificate.None.class, asked().certificate());
    source.setCertificate("-----BEGIN%20CERTIFICATE-----%0Axx");
    assertInstanceOf(PresentedCertificate.Unacceptable.class, asked().certificate());
  }

  @Test
  void whatNoPathIsIsRefused() {
    http.setPath("");
    assertEquals(Reason.REQUEST_UNREADABLE, refusal());
    http.setPath("*");
    assertEquals(Reason.REQUEST_UNREADABLE, refusal());
    http.setPath("https://api.example/v1/orders");
    assertEquals(Reason.REQUEST_UNREADABLE, refusal());
    http.setPath("/v1//orders");
    assertEquals(Reason.PATH_AMBIGUOUS, refusal());
    http.setPath("/v1/orders").setMethod("");
    assertEquals(Reason.REQUEST_UNREADABLE, refusal());
    http.setMethod("GET").putHeaders("x-http-method-override", "PUT");
    assertEquals(Reason.METHOD_OVERRIDDEN, refusal());
  }

  @Test
  void whatEnvoySawItselfIsTheLastHop() {
    assertEquals(List.of("192.0.2.1"), asked().forwardedFor());
    http.putHeaders("x-forwarded-for", "203.0.113.9");
    assertEquals(List.of("203.0.113.9", "192.0.2.1"), asked().forwardedFor());
    source.setAddress(address("2001:db8::1"));
    assertEquals(List.of("203.0.113.9", "[2001:db8::1]"), asked().forwardedFor());
    source.clearAddress();
    assertEquals(List.of(), asked().forwardedFor(), "without it nothing is known");
  }

  @Test
  void fieldsThatStandTwiceAreSeenTwiceWhereEnvoySendsThemRaw() {
    http.setHeaderMap(
        HeaderMap.newBuilder()
            .addHeaders(HeaderValue.newBuilder().setKey("authorization").setValue("Bearer a"))
            .addHeaders(
                HeaderValue.newBuilder()
                    .setKey("authorization")
                    .setRawValue(ByteString.copyFromUtf8("Bearer b"))));
    assertEquals(List.of("Bearer a", "Bearer b"), asked().header("Authorization"));
    assertEquals(Reason.TOKEN_INVALID, refusal());
  }

  @Test
  void contentIsTakenWhereItIsSignedAndWholeAndNotTooLong() {
    http.setRawBody(ByteString.copyFromUtf8("{}"));
    assertEquals(0, asked().content().orElseThrow().length(), "nobody signed it");
    http.putHeaders("signature", "x");
    assertEquals("{}", asked().content().orElseThrow().toString());
    http.putHeaders("x-envoy-auth-partial-body", "true");
    assertTrue(asked().content().isEmpty());
    http.putHeaders("x-envoy-auth-partial-body", "false");
    http.setRawBody(ByteString.copyFrom(new byte[64 * 1024]));
    assertEquals(64 * 1024, asked().content().orElseThrow().length());
    http.setRawBody(ByteString.copyFrom(new byte[64 * 1024 + 1]));
    assertTrue(asked().content().isEmpty());
    http.clearRawBody().setBody("text");
    assertEquals("text", asked().content().orElseThrow().toString());
  }

  @Test
  void whateverLooksLikeAnIdentityFieldIsForged() {
    http.putHeaders("X-Mayfly-Client-Id", "admin")
        .putHeaders("x_mayfly_client_id", "admin")
        .putHeaders("x-mayfly_new", "y")
        .putHeaders("x-other", "z");
    assertEquals(
        List.of("x-mayfly-client-id", "x-mayfly_new", "x_mayfly_client_id"), asked().forged());
  }
}
