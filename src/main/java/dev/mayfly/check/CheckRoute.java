package dev.mayfly.check;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.limits.Standing;
import dev.mayfly.registry.Arrivals;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.token.VerifiedAccessToken;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// `/realms/R/check`, for any method, with or without something behind it. A proxy asks here for
/// each request to the exchange, so it is answered before anything else looks at the request:
/// neither the security layer nor the routers have a say in it.
///
/// 200 with every identity header when the request may pass; else the status and the header that
/// the proxy hands on (RFC 6750 §3), and a problem with the member `reason`.
@Singleton
class CheckRoute {
  private static final Logger LOG = Logger.getLogger(CheckRoute.class);
  private static final int ORDER = 9_000;
  private static final String REALMS = "/realms/";
  private static final String CHECK = "/check";

  private final Arrivals arrivals;
  private final CheckService service;
  private final UpstreamTokens upstream;
  private final CheckMeters meters;

  @Inject
  CheckRoute(
      Arrivals arrivals, CheckService service, UpstreamTokens upstream, MeterRegistry meters) {
    this.arrivals = arrivals;
    this.service = service;
    this.upstream = upstream;
    this.meters = new CheckMeters(meters);
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
        fail(http, fault);
      }
    } else {
      http.next();
    }
  }

  private void handle(RoutingContext http, String realm, String pathBehind) {
    switch (arrivals.of(http, realm)) {
      case Arrival.TurnedAway(Response answer) -> Answers.send(answer, http.response());
      case Arrival.At at -> {
        if (at.byProxy()) {
          ForwardedContent.read(
              http.request(),
              content ->
                  content.ifPresentOrElse(
                      sent -> read(http, at, pathBehind, sent),
                      () ->
                          deny(
                              http,
                              at,
                              Verdict.Deny.of(Reason.REQUEST_UNREADABLE),
                              "the content is larger than 64 KiB")));
        } else {
          // Whoever may say what the original request was could have any request allowed.
          deny(http, at, Verdict.Deny.of(Reason.PROXY_NOT_TRUSTED), "");
        }
      }
    }
  }

  private void read(RoutingContext http, Arrival.At at, String pathBehind, Buffer content) {
    MultiMap headers = http.request().headers();
    switch (OriginalRequest.read(new Sent(http.request(), headers, pathBehind))) {
      case OriginalRequest.Reading.Refused(Reason reason, String because) ->
          deny(http, at, Verdict.Deny.of(reason), because);
      case OriginalRequest.Reading.Read(OriginalRequest request) -> {
        RequestProofs.Shown shown = new RequestProofs.Shown(headers, at.certificate(), content);
        switch (service.check(at, request, shown)) {
          case CheckService.Answer.Now(CheckService.Judged judged) -> answer(http, at, judged);
          case CheckService.Answer.Later(Uni<CheckService.Judged> later) ->
              later
                  .subscribe()
                  .with(judged -> answer(http, at, judged), failure -> fail(http, failure));
        }
      }
    }
  }

  private record Sent(HttpServerRequest request, MultiMap headers, String pathBehind)
      implements OriginalRequest.Sent {
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
      return headers.contains(name) ? headers.getAll(name) : List.of();
    }
  }

  private void answer(RoutingContext http, Arrival.At at, CheckService.Judged judged) {
    judged.quota().ifPresent(quota -> tell(http.response(), quota));
    switch (judged.verdict()) {
      case Verdict.Deny deny when deny.reason() == Reason.QUOTA_EXCEEDED ->
          exceeded(http, at, judged.quota().orElseThrow());
      case Verdict.Allow allow ->
          upstream
              .of(at, allow.token())
              .ifPresentOrElse(
                  signed ->
                      signed
                          .subscribe()
                          .with(
                              token -> allow(http, at, allow, token),
                              failure -> fail(http, failure)),
                  () -> allow(http, at, allow, ""));
      case Verdict.Deny deny -> deny(http, at, deny, deny.because());
      case Verdict.Owing _ -> throw new IllegalStateException("something is still owed");
    }
  }

  private static void tell(HttpServerResponse response, Standing quota) {
    response.putHeader(Standing.POLICY_FIELD, quota.policyField());
    response.putHeader(Standing.FIELD, quota.field());
  }

  private void exceeded(RoutingContext http, Arrival.At at, Standing quota) {
    http.response().putHeader("Retry-After", quota.retryAfter());
    refuse(http, at, Reason.QUOTA_EXCEEDED, quota.onto(problem(Reason.QUOTA_EXCEEDED)));
  }

  /// Every one of these is always set: a proxy that copies them replaces what a stranger sent
  /// under the same name.
  private void allow(
      RoutingContext http, Arrival.At at, Verdict.Allow allow, String upstreamToken) {
    VerifiedAccessToken token = allow.token();
    meters.count(at.realm().name(), "allow");
    http.response()
        .setStatusCode(200)
        .putHeader(CheckHeaders.CACHE_CONTROL, CheckHeaders.NO_STORE)
        .putHeader(CheckHeaders.REALM, at.realm().name().value())
        .putHeader(CheckHeaders.SUBJECT, text(token, "sub"))
        .putHeader(CheckHeaders.CLIENT_ID, token.client().value())
        .putHeader(CheckHeaders.GRANT_ID, token.grant().toString())
        .putHeader(CheckHeaders.SCOPE, text(token, "scope"))
        // What of the request only the API can see, it has to hold against these.
        .putHeader(CheckHeaders.AUTHORIZATION_DETAILS, token.authorizationDetails().toString())
        .putHeader(CheckHeaders.ATTESTATION, text(token, "attestation"))
        .putHeader(CheckHeaders.JTI, text(token, "jti"))
        .putHeader(CheckHeaders.EXP, Long.toString(token.expiresAt().getEpochSecond()))
        .putHeader(CheckHeaders.CONTENT_DIGEST, allow.contentDigest().orElse("none"))
        .putHeader(CheckHeaders.REQUEST_ID, at.facts().requestId())
        .putHeader(CheckHeaders.UPSTREAM_TOKEN, upstreamToken)
        .end();
  }

  private static String text(VerifiedAccessToken token, String claim) {
    return token.claims().getClaim(claim) instanceof String text ? text : "";
  }

  private void deny(RoutingContext http, Arrival.At at, Verdict.Deny deny, String because) {
    Reason reason = deny.reason();
    HttpServerResponse response = http.response();
    if (reason.status() == 401 || reason.error().isPresent()) {
      response.putHeader("WWW-Authenticate", challenge(at, deny));
    }
    deny.offer().nonce().ifPresent(nonce -> response.putHeader("DPoP-Nonce", nonce));
    deny.offer()
        .signature()
        .ifPresent(accepted -> response.putHeader("Accept-Signature", accepted));
    ObjectNode problem = problem(reason);
    if (!because.isEmpty()) {
      problem.put("detail", because);
    }
    refuse(http, at, reason, problem);
  }

  private static ObjectNode problem(Reason reason) {
    return Answers.JSON
        .createObjectNode()
        .put("title", "The request is refused")
        .put("status", reason.status())
        .put("reason", reason.code());
  }

  private void refuse(RoutingContext http, Arrival.At at, Reason reason, ObjectNode problem) {
    meters.count(at.realm().name(), reason.code());
    http.response()
        .setStatusCode(reason.status())
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Mayfly-Reason", reason.code()) // nginx hands on no body
        .putHeader("Content-Type", "application/problem+json")
        .end(problem.toString());
  }

  /// RFC 6750 §3: no error code where there was no token. RFC 9449 §7.1: the scheme says what is
  /// missing. RFC 9728 §5.1: where it is written what the API wants.
  private static String challenge(Arrival.At at, Verdict.Deny deny) {
    String scheme = deny.offer().nonce().isPresent() ? "DPoP algs=\"ES256\", " : "Bearer ";
    String challenge = scheme + "realm=\"" + at.realm().name() + "\"";
    if (deny.reason().error().isPresent()) {
      challenge += ", error=\"" + deny.reason().error().get() + "\"";
    }
    if (!deny.scope().isEmpty()) {
      challenge += ", scope=\"" + deny.scope() + "\"";
    }
    return challenge + ", resource_metadata=\"" + at.realm().issuer() + "/protected-resource\"";
  }

  private void fail(RoutingContext http, Throwable failure) {
    if (!(failure instanceof LedgerUnavailableException
        || failure instanceof HsmUnavailableException)) {
      LOG.error("a check failed", failure);
    }
    Answers.send(
        Answers.problem(503, "The request cannot be checked at this moment")
            .header("Retry-After", "2")
            .build(),
        http.response());
  }
}
