package dev.mayfly.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ExtAuthzReplyTest {
  private final AtomicReference<CheckResponse> told = new AtomicReference<>();
  private final ExtAuthzReply reply =
      new ExtAuthzReply(List.of("x-mayfly-client-id", "x_mayfly_client_id"), told::set);

  private static List<String> names(List<HeaderValueOption> fields) {
    return fields.stream().map(field -> field.getHeader().getKey()).toList();
  }

  @Test
  void whatIsAllowedReplacesWhatWasForgedAndTheTokenStaysHere() {
    reply.header("Cache-Control", "no-store");
    reply.header("X-Mayfly-Client-Id", "bot");
    reply.header("RateLimit", "\"client\";r=1;t=1");
    reply.end(200, "");
    var ok = told.get().getOkResponse();
    assertEquals(0, told.get().getStatus().getCode());
    assertEquals(List.of("x-mayfly-client-id"), names(ok.getHeadersList()));
    assertEquals(
        List.of("x_mayfly_client_id", "authorization", "dpop"), ok.getHeadersToRemoveList());
    assertEquals(List.of("ratelimit"), names(ok.getResponseHeadersToAddList()));
  }

  /// Whichever of the two a version of Envoy reads.
  @Test
  @SuppressWarnings("deprecation")
  void noFieldIsAppended() {
    reply.header("X-Mayfly-Client-Id", "bot");
    reply.end(200, "");
    HeaderValueOption field = told.get().getOkResponse().getHeaders(0);
    assertTrue(field.hasAppend());
    assertFalse(field.getAppend().getValue());
    assertEquals(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD, field.getAppendAction());
  }

  @Test
  void whatIsRefusedIsAnAnswerToTheClient() {
    reply.header("WWW-Authenticate", "Bearer realm=\"r\"");
    reply.header("X-Mayfly-Reason", "token_missing");
    reply.end(401, "{}");
    assertEquals(16, told.get().getStatus().getCode());
    var denied = told.get().getDeniedResponse();
    assertEquals(401, denied.getStatus().getCodeValue());
    assertEquals(List.of("x-mayfly-reason", "www-authenticate"), names(denied.getHeadersList()));
    assertEquals("{}", denied.getBody());
    assertFalse(told.get().hasOkResponse());
  }

  @Test
  void noRefusalIsTakenForLeave() {
    for (int status : List.of(400, 401, 403, 404, 429, 503)) {
      new ExtAuthzReply(List.of(), told::set).end(status, "");
      assertTrue(told.get().getStatus().getCode() != 0, () -> "" + status);
      assertEquals(status, told.get().getDeniedResponse().getStatus().getCodeValue());
    }
  }
}
