package dev.mayfly.check;

import com.google.protobuf.BoolValue;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// An answer of the check as Envoy wants it: what of it goes to the API, what to the client, and
/// what the API must not see.
final class ExtAuthzReply implements CheckAnswers.Reply {
  /// The API learns who calls from us.
  private static final List<String> CREDENTIALS = List.of("authorization", "dpop");

  private final List<String> forged;
  private final Consumer<CheckResponse> to;
  private final List<HeaderValueOption> identity = new ArrayList<>();
  private final List<HeaderValueOption> others = new ArrayList<>();

  ExtAuthzReply(List<String> forged, Consumer<CheckResponse> to) {
    this.forged = List.copyOf(forged);
    this.to = to;
  }

  @Override
  public void header(CharSequence name, CharSequence value) {
    HeaderValueOption field = option(name.toString().toLowerCase(Locale.ROOT), value.toString());
    (field.getHeader().getKey().startsWith("x-mayfly-") ? identity : others).add(field);
  }

  /// Replaces what a stranger sent under the same name. Older versions of Envoy read `append`,
  /// later ones the action, or both.
  @SuppressWarnings("deprecation")
  private static HeaderValueOption option(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .setAppend(BoolValue.of(false))
        .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
        .build();
  }

  @Override
  public void end(int status, String content) {
    to.accept(status == 200 ? allowed() : denied(status, content));
  }

  private CheckResponse allowed() {
    OkHttpResponse.Builder ok = OkHttpResponse.newBuilder().addAllHeaders(identity);
    List<String> set = identity.stream().map(field -> field.getHeader().getKey()).toList();
    forged.stream().filter(name -> !set.contains(name)).forEach(ok::addHeadersToRemove);
    ok.addAllHeadersToRemove(CREDENTIALS);
    others.stream()
        .filter(field -> field.getHeader().getKey().startsWith("ratelimit"))
        .forEach(ok::addResponseHeadersToAdd);
    return CheckResponse.newBuilder().setStatus(status(Code.OK)).setOkResponse(ok).build();
  }

  private CheckResponse denied(int status, String content) {
    return CheckResponse.newBuilder()
        .setStatus(
            status(
                switch (status) {
                  case 401 -> Code.UNAUTHENTICATED;
                  case 429 -> Code.RESOURCE_EXHAUSTED;
                  case 503 -> Code.UNAVAILABLE;
                  default -> Code.PERMISSION_DENIED;
                }))
        .setDeniedResponse(
            DeniedHttpResponse.newBuilder()
                .setStatus(HttpStatus.newBuilder().setCode(StatusCode.forNumber(status)))
                .addAllHeaders(identity)
                .addAllHeaders(others)
                .setBody(content))
        .build();
  }

  private static Status status(Code code) {
    return Status.newBuilder().setCode(code.getNumber()).build();
  }
}
