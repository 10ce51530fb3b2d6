package dev.mayfly.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;

/// The least that a request can cost on this HTTP stack: every answer is `hello`. Prints its port;
/// ends with its standard input.
final class HelloServer {
  private HelloServer() {}

  public static void main(String... arguments) throws IOException {
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    vertx
        .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
        .requestHandler(
            request ->
                request
                    .body()
                    .onComplete(
                        _ ->
                            request
                                .response()
                                .putHeader("Content-Type", "text/plain")
                                .end("hello")))
        .listen()
        .onSuccess(server -> System.out.println(server.actualPort()))
        .onFailure(failure -> System.exit(1));
    while (System.in.read() >= 0) {
      // until whoever started it is gone
    }
    System.exit(0);
  }
}
