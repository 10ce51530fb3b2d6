package dev.mayfly.server;

import dev.mayfly.http.Answers;
import dev.mayfly.http.FormEndpoint;
import dev.mayfly.oauth.OAuthError;
import io.quarkus.arc.All;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// `/realms/R/NAME` of every [FormEndpoint]: reads the body, hands it over, writes the answer.
@Singleton
class FormRoute {
  /// Behind the filter that turns ambiguous paths away.
  private static final int ORDER = 8_000;

  private static final int LARGEST_BODY = 64 * 1024;
  private static final String REALMS = "/realms/";

  private final Map<String, FormEndpoint> endpoints = new HashMap<>();
  private final OAuthErrorMapper errors = new OAuthErrorMapper();

  @Inject
  FormRoute(@All List<FormEndpoint> all) {
    all.forEach(endpoint -> endpoints.put(endpoint.name(), endpoint));
  }

  void register(@Observes Filters filters) {
    filters.register(this::handleOrPass, ORDER);
  }

  private void handleOrPass(RoutingContext http) {
    String path = http.request().path();
    int end = path.startsWith(REALMS) ? path.indexOf('/', REALMS.length()) : -1;
    FormEndpoint endpoint = end < 0 ? null : endpoints.get(path.substring(end + 1));
    if (endpoint == null) {
      http.next();
    } else if (!http.request().method().equals(HttpMethod.POST)) {
      send(http, notAllowed());
    } else {
      String realm = path.substring(REALMS.length(), end);
      read(http, body -> answer(http, endpoint, realm, body));
    }
  }

  private static Response notAllowed() {
    return Answers.error(OAuthError.INVALID_REQUEST, "this method is not allowed here")
        .status(405)
        .header(HttpHeaders.ALLOW, "POST")
        .build();
  }

  /// Of a body that is too large no more is read, and the connection cannot be used again.
  private static void read(RoutingContext http, Consumer<byte[]> then) {
    HttpServerRequest request = http.request();
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (body.length() + part.length() <= LARGEST_BODY) {
            body.appendBuffer(part);
          } else if (!http.response().ended()) {
            http.response().putHeader("Connection", "close");
            send(
                http,
                Answers.error(OAuthError.INVALID_REQUEST, "the body is larger than 64 KiB")
                    .status(413)
                    .build());
          }
        });
    request.endHandler(
        _ -> {
          if (!http.response().ended()) {
            then.accept(body.getBytes());
          }
        });
  }

  private void answer(RoutingContext http, FormEndpoint endpoint, String realm, byte[] body) {
    Context connection = http.vertx().getOrCreateContext();
    try {
      var _ =
          endpoint
              .answer(realm, body, http)
              .subscribe()
              .with(
                  answer -> send(http, connection, answer),
                  failure -> send(http, connection, errors.answer(failure)));
    } catch (RuntimeException fault) {
      send(http, errors.answer(fault));
    }
  }

  /// From whatever thread the work has ended on.
  private static void send(RoutingContext http, Context connection, Response answer) {
    if (connection.equals(Vertx.currentContext())) {
      send(http, answer);
    } else {
      connection.runOnContext(_ -> send(http, answer));
    }
  }

  private static void send(RoutingContext http, Response answer) {
    if (!http.response().ended() && !http.response().closed()) {
      Answers.send(answer, http.response());
    }
  }
}
