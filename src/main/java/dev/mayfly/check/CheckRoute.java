package dev.mayfly.check;

import dev.mayfly.registry.Arrivals;
import dev.mayfly.registry.Arrivals.Arrival;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// `/realms/R/check`, for any method, with or without something behind it. A proxy asks here for
/// each request to the exchange, so it is answered before anything else looks at the request:
/// neither the security layer nor the routers have a say in it.
@Singleton
class CheckRoute {
  private static final int ORDER = 9_000;
  private static final String REALMS = "/realms/";
  private static final String CHECK = "/check";

  private final Arrivals arrivals;
  private final CheckService service;
  private final CheckAnswers answers;

  @Inject
  CheckRoute(Arrivals arrivals, CheckService service, CheckAnswers answers) {
    this.arrivals = arrivals;
    this.service = service;
    this.answers = answers;
  }

  private record OverHttp(HttpServerResponse response) implements CheckAnswers.Reply {
    @Override
    public void header(CharSequence name, CharSequence value) {
      response.putHeader(name, value);
    }

    @Override
    public void end(int status, String content) {
      response.setStatusCode(status);
      if (content.isEmpty()) {
        response.end();
      } else {
        response.end(content);
      }
    }
  }

  /// Behind the filter that turns ambiguous paths away.
  void register(@Observes Filters filters) {
    filters.register(this::handleOrPass, ORDER);
  }

  private void handleOrPass(RoutingContext http) {
    String path = http.request().path();
    int end = path.startsWith(REALMS) ? path.indexOf('/', REALMS.length()) : -1;
    if (end > 0
        && path.startsWith(CHECK, end)
        && (path.length() == end + CHECK.length() || path.charAt(end + CHECK.length()) == '/')) {
      String realm = path.substring(REALMS.length(), end);
      try {
        handle(http, realm, path.substring(end + CHECK.length()));
      } catch (RuntimeException fault) {
        answers.fail(new OverHttp(http.response()), fault);
      }
    } else {
      http.next();
    }
  }

  private void handle(RoutingContext http, String realm, String pathBehind) {
    switch (arrivals.of(http, realm)) {
      case Arrival.TurnedAway(Response answer) ->
          CheckAnswers.turnAway(new OverHttp(http.response()), answer);
      case Arrival.At at -> {
        if (at.byProxy()) {
          ForwardedContent.read(
              http.request(),
              content ->
                  content.ifPresentOrElse(
                      sent -> read(http, at, pathBehind, sent),
                      () ->
                          answers.deny(
                              new OverHttp(http.response()),
                              at,
                              Verdict.Deny.of(Reason.REQUEST_UNREADABLE),
                              "the content is larger than 64 KiB")));
        } else {
          // Whoever may say what the original request was could have any request allowed.
          answers.deny(
              new OverHttp(http.response()), at, Verdict.Deny.of(Reason.PROXY_NOT_TRUSTED), "");
        }
      }
    }
  }

  private void read(RoutingContext http, Arrival.At at, String pathBehind, Buffer content) {
    var reply = new OverHttp(http.response());
    MultiMap headers = http.request().headers();
    switch (OriginalRequest.read(new Sent(http.request(), headers, pathBehind))) {
      case OriginalRequest.Reading.Refused(Reason reason, String because) ->
          answers.deny(reply, at, Verdict.Deny.of(reason), because);
      case OriginalRequest.Reading.Read(OriginalRequest request) -> {
        RequestProofs.Shown shown = new RequestProofs.Shown(headers, at.certificate(), content);
        answers.answer(reply, at, service.check(at, request, shown));
      }
    }
  }

  private record Sent(HttpServerRequest request, MultiMap headers, String pathBehind)
      implements OriginalRequest.Sent {
    /// The few names that are asked for, with their hashes worked out.
    private static final Map<String, CharSequence> NAMES = new ConcurrentHashMap<>();

    @Override
    public String method() {
      return request.method().name();
    }

    @Override
    public Optional<String> query() {
      return Optional.ofNullable(request.query());
    }

    @Override
    public List<String> header(String name) {
      CharSequence known = NAMES.computeIfAbsent(name, HttpHeaders::createOptimized);
      return headers.contains(known) ? headers.getAll(known) : List.of();
    }
  }
}
