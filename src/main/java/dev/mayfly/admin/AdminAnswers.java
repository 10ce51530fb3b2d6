package dev.mayfly.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.realm.RealmConfigException;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/// JSON, or a problem (RFC 9457), and never in a cache.
final class AdminAnswers {
  private static final Logger LOG = Logger.getLogger(AdminAnswers.class);

  private AdminAnswers() {}

  static void send(RoutingContext http, AdminAnswer answer) {
    HttpServerResponse response = http.response();
    if (response.ended()) {
      return;
    }
    answer.headers().forEach(response::putHeader);
    response.setStatusCode(answer.status()).putHeader("Cache-Control", "no-store");
    if (answer.body().isEmpty()) {
      response.end();
      return;
    }
    if (!response.headers().contains("Content-Type")) {
      response.putHeader("Content-Type", "application/json");
    }
    response.end(Buffer.buffer(answer.body().get().toString()));
  }

  static void fail(RoutingContext http) {
    switch (http.failure()) {
      case AdminRefusal refusal -> {
        refusal
            .retryAfter()
            .ifPresent(seconds -> http.response().putHeader("Retry-After", seconds));
        problem(http, refusal.status(), refusal.kind(), refusal.getMessage());
      }
      case RealmConfigException mistake -> problem(http, 422, mistake.getMessage());
      case LedgerUnavailableException _ -> problem(http, 503, "the database is not available");
      case HsmUnavailableException _ -> problem(http, 503, "the key store is not available");
      case null -> problem(http, http.statusCode() == 413 ? 413 : 400, "the request is malformed");
      default -> {
        LOG.error("an admin's request failed", http.failure());
        problem(http, 503, "the request could not be served");
      }
    }
  }

  static void nothingHere(RoutingContext http) {
    problem(http, 404, "there is nothing here");
  }

  static void problem(RoutingContext http, int status, String detail) {
    problem(http, status, AdminRefusal.Kind.NONE, detail);
  }

  private static void problem(
      RoutingContext http, int status, AdminRefusal.Kind kind, String detail) {
    send(http, asProblem(status, problemOf(status, kind, detail)));
  }

  static ObjectNode problemOf(int status, AdminRefusal.Kind kind, String detail) {
    return Answers.JSON
        .createObjectNode()
        .put("type", kind.uri())
        .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
        .put("status", status)
        .put("detail", detail);
  }

  static AdminAnswer asProblem(int status, ObjectNode problem) {
    return new AdminAnswer(status, Optional.of(problem), Map.of())
        .with("Content-Type", "application/problem+json");
  }
}
