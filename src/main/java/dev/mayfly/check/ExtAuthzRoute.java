package dev.mayfly.check;

import dev.mayfly.registry.Arrivals;
import dev.mayfly.registry.Arrivals.Arrival;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// `envoy.service.auth.v3.Authorization/Check`, on the port that everything else is on: the same
/// decision as [CheckRoute], asked by Envoy over gRPC. Nothing of gRPC is loaded before somebody
/// asks.
@ApplicationScoped
class ExtAuthzRoute {
  /// Content of 64 KiB, and header fields of as much.
  private static final long LARGEST_MESSAGE = 160 * 1024;

  private final Arrivals arrivals;
  private final CheckService service;
  private final CheckAnswers answers;
  private final Vertx vertx;
  private final AtomicReference<GrpcServer> server = new AtomicReference<>();

  @Inject
  ExtAuthzRoute(Arrivals arrivals, CheckService service, CheckAnswers answers, Vertx vertx) {
    this.arrivals = arrivals;
    this.service = service;
    this.answers = answers;
    this.vertx = vertx;
  }

  void register(@Observes Router router) {
    router.post("/envoy.service.auth.v3.Authorization/Check").handler(this::handle);
  }

  private void handle(RoutingContext http) {
    String type = http.request().getHeader("Content-Type");
    if (type == null || !type.startsWith("application/grpc")) {
      http.response().setStatusCode(415).end();
      return;
    }
    if (!arrivals.isOfTrustedProxy(http.request().remoteAddress())) {
      // Whoever may say what the original request was could have any request allowed.
      refuse(http, GrpcStatus.PERMISSION_DENIED);
      return;
    }
    grpc().handle(http.request());
  }

  /// As a stream that ends with its header fields.
  private static void refuse(RoutingContext http, GrpcStatus status) {
    http.response()
        .putHeader("Content-Type", "application/grpc")
        .putHeader("grpc-status", Integer.toString(status.code))
        .end();
  }

  private GrpcServer grpc() {
    return server.updateAndGet(known -> known == null ? made() : known);
  }

  private GrpcServer made() {
    GrpcServerOptions options = new GrpcServerOptions().setMaxMessageSize(LARGEST_MESSAGE);
    return GrpcServer.server(vertx, options)
        .callHandler(
            ServiceMethod.server(
                ServiceName.create("envoy.service.auth.v3.Authorization"),
                "Check",
                GrpcMessageEncoder.<CheckResponse>encoder(),
                GrpcMessageDecoder.decoder(CheckRequest.parser())),
            this::handle);
  }

  private void handle(GrpcServerRequest<CheckRequest, CheckResponse> call) {
    Context context = vertx.getOrCreateContext();
    call.errorHandler(_ -> call.response().status(GrpcStatus.RESOURCE_EXHAUSTED).end());
    call.last()
        .onSuccess(
            asked -> {
              if (asked == null) {
                call.response().status(GrpcStatus.INVALID_ARGUMENT).end();
              } else {
                check(call, context, asked);
              }
            });
  }

  private void check(
      GrpcServerRequest<CheckRequest, CheckResponse> call, Context context, CheckRequest asked) {
    ExtAuthzRequest sent = ExtAuthzRequest.of(asked);
    var reply =
        new ExtAuthzReply(
            sent.forged(),
            // The verdict comes from wherever its last question was answered.
            response -> context.runOnContext(_ -> call.response().end(response)));
    try {
      switch (arrivals.toldOf(
          call.connection().remoteAddress(),
          sent.realm(),
          sent.forwardedFor(),
          sent.certificate())) {
        case Arrival.TurnedAway(Response answer) -> CheckAnswers.turnAway(reply, answer);
        case Arrival.At at -> {
          call.response().headers().set("X-Request-Id", at.facts().requestId());
          check(reply, at, sent);
        }
      }
    } catch (RuntimeException fault) {
      answers.fail(reply, fault);
    }
  }

  private void check(CheckAnswers.Reply reply, Arrival.At at, ExtAuthzRequest sent) {
    Optional<Buffer> content = sent.content();
    if (content.isEmpty()) {
      answers.deny(
          reply,
          at,
          Verdict.Deny.of(Reason.REQUEST_UNREADABLE),
          "the content is larger than 64 KiB, or not whole");
      return;
    }
    switch (OriginalRequest.read(sent)) {
      case OriginalRequest.Reading.Refused(Reason reason, String because) ->
          answers.deny(reply, at, Verdict.Deny.of(reason), because);
      case OriginalRequest.Reading.Read(OriginalRequest request) ->
          answers.answer(
              reply,
              at,
              service.check(
                  at,
                  request,
                  new RequestProofs.Shown(sent.headers(), at.certificate(), content.get())));
    }
  }
}
