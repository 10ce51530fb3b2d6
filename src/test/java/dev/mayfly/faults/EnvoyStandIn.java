package dev.mayfly.faults;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc.AuthorizationBlockingStub;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// A proxy that asks over gRPC as Envoy's ext_authz filter does and does what it is told: by the
/// published stubs, and a client that others wrote. Envoy itself is not to be had here.
final class EnvoyStandIn implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ManagedChannel channel;
  private final AuthorizationBlockingStub authorization;
  private final String realm;
  private final String upstream;

  private EnvoyStandIn(int port, ManagedChannel channel, String realm, String upstream)
      throws IOException {
    this.channel = channel;
    this.authorization = AuthorizationGrpc.newBlockingStub(channel);
    this.realm = realm;
    this.upstream = upstream;
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /// `broker` and `upstream` as `host:port`.
  static EnvoyStandIn start(int port, String broker, String realm, String upstream, Path ca)
      throws IOException {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(broker)
            .overrideAuthority("localhost")
            .sslContext(
                GrpcSslContexts.forClient().trustManager(ca.toFile()).protocols("TLSv1.3").build())
            .build();
    return new EnvoyStandIn(port, channel, realm, upstream);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      CheckResponse verdict;
      try {
        verdict =
            authorization.withDeadlineAfter(12, TimeUnit.SECONDS).check(question(exchange, body));
      } catch (StatusRuntimeException unavailable) {
        // status_on_error, failure_mode_allow: false
        exchange.getResponseHeaders().set("Retry-After", "2");
        answer(exchange, 503, "");
        return;
      }
      if (verdict.getStatus().getCode() == 0) {
        pass(exchange, verdict.getOkResponse(), body);
      } else {
        setAll(exchange, verdict.getDeniedResponse().getHeadersList());
        answer(
            exchange,
            verdict.getDeniedResponse().getStatus().getCodeValue(),
            verdict.getDeniedResponse().getBody());
      }
    }
  }

  private CheckRequest question(HttpExchange exchange, byte[] body) {
    InetSocketAddress peer = exchange.getRemoteAddress();
    var http =
        AttributeContext.HttpRequest.newBuilder()
            .setMethod(exchange.getRequestMethod())
            .setPath(exchange.getRequestURI().toString())
            .setHost(exchange.getRequestHeaders().getFirst("Host"))
            .setScheme("http")
            .setProtocol("HTTP/1.1")
            .setRawBody(ByteString.copyFrom(body))
            .putHeaders(":path", exchange.getRequestURI().toString())
            .putHeaders(":method", exchange.getRequestMethod());
    fields(exchange).forEach(http::putHeaders);
    return CheckRequest.newBuilder()
        .setAttributes(
            AttributeContext.newBuilder()
                .setSource(
                    AttributeContext.Peer.newBuilder()
                        .setAddress(
                            Address.newBuilder()
                                .setSocketAddress(
                                    SocketAddress.newBuilder()
                                        .setAddress(peer.getAddress().getHostAddress())
                                        .setPortValue(peer.getPort()))))
                .setRequest(AttributeContext.Request.newBuilder().setHttp(http))
                .putContextExtensions("realm", realm))
        .build();
  }

  /// Lower case, joined by commas; with the peer added to `X-Forwarded-For` (use_remote_address).
  private static Map<String, String> fields(HttpExchange exchange) {
    Map<String, String> fields = new LinkedHashMap<>();
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> fields.put(name.toLowerCase(Locale.ROOT), String.join(",", values)));
    fields.merge(
        "x-forwarded-for",
        exchange.getRemoteAddress().getAddress().getHostAddress(),
        (before, peer) -> before + "," + peer);
    return fields;
  }

  private void pass(HttpExchange exchange, OkHttpResponse verdict, byte[] body) throws IOException {
    Map<String, String> fields = fields(exchange);
    verdict.getHeadersList().forEach(set -> fields.put(set.getHeader().getKey(), value(set)));
    verdict.getHeadersToRemoveList().forEach(fields::remove);
    fields.put("connection", "close");
    var text =
        new StringBuilder(
            exchange.getRequestMethod() + " " + exchange.getRequestURI() + " HTTP/1.1\r\n");
    fields.forEach((name, value) -> text.append(name + ": " + value + "\r\n"));
    String[] api = upstream.split(":");
    try (var socket = new Socket(api[0], Integer.parseInt(api[1]))) {
      socket.getOutputStream().write((text + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      setAll(exchange, verdict.getResponseHeadersToAddList());
      answer(
          exchange,
          Integer.parseInt(answer.substring(9, 12)),
          answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }
  }

  private static void setAll(HttpExchange exchange, List<HeaderValueOption> fields) {
    new ArrayList<>(fields)
        .forEach(set -> exchange.getResponseHeaders().set(set.getHeader().getKey(), value(set)));
  }

  /// As every version of Envoy reads it: all of ours replace.
  @SuppressWarnings("deprecation")
  private static String value(HeaderValueOption set) {
    if (!set.hasAppend() || set.getAppend().getValue()) {
      throw new AssertionError("a stranger's would stand beside it: " + set);
    }
    return set.getHeader().getValue();
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head || bytes.length == 0 ? -1 : bytes.length);
    if (!head) {
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
    channel.shutdownNow();
  }
}
