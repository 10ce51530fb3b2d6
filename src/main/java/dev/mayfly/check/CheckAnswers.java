package dev.mayfly.check;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.limits.Standing;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.token.VerifiedAccessToken;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;

/// What a verdict is as an answer: status, header fields, content. 200 with every identity header
/// when the request may pass; else the status and the header that the proxy hands on (RFC 6750 §3),
/// and a problem with the member `reason`.
@Singleton
class CheckAnswers {
  private static final Logger LOG = Logger.getLogger(CheckAnswers.class);

  private final UpstreamTokens upstream;
  private final CheckMeters meters;

  @Inject
  CheckAnswers(UpstreamTokens upstream, MeterRegistry meters) {
    this.upstream = upstream;
    this.meters = new CheckMeters(meters);
  }

  /// The shape in which the proxy asked.
  interface Reply {
    void header(CharSequence name, CharSequence value);

    /// After the header fields, and once.
    void end(int status, String content);
  }

  void answer(Reply reply, Arrival.At at, CheckService.Answer answer) {
    switch (answer) {
      case CheckService.Answer.Now(CheckService.Judged judged) -> answer(reply, at, judged);
      case CheckService.Answer.Later later ->
          later
              .judged()
              .subscribe()
              .with(judged -> answer(reply, at, judged), failure -> fail(reply, failure));
    }
  }

  private void answer(Reply reply, Arrival.At at, CheckService.Judged judged) {
    judged.quota().ifPresent(quota -> tell(reply, quota));
    switch (judged.verdict()) {
      case Verdict.Deny deny when deny.reason() == Reason.QUOTA_EXCEEDED ->
          exceeded(reply, at, judged.quota().orElseThrow());
      case Verdict.Allow allow ->
          upstream
              .of(at, allow.token())
              .ifPresentOrElse(
                  signed ->
                      signed
                          .subscribe()
                          .with(
                              token -> allow(reply, at, allow, token),
                              failure -> fail(reply, failure)),
                  () -> allow(reply, at, allow, ""));
      case Verdict.Deny deny -> deny(reply, at, deny, deny.because());
      case Verdict.Owing _ -> throw new IllegalStateException("something is still owed");
    }
  }

  private static void tell(Reply reply, Standing quota) {
    reply.header(Standing.POLICY_FIELD, quota.policyField());
    reply.header(Standing.FIELD, quota.field());
  }

  private void exceeded(Reply reply, Arrival.At at, Standing quota) {
    reply.header("Retry-After", quota.retryAfter());
    refuse(reply, at, Reason.QUOTA_EXCEEDED, quota.onto(problem(Reason.QUOTA_EXCEEDED)));
  }

  /// Every one of these is always set: a proxy that copies them replaces what a stranger sent
  /// under the same name.
  private void allow(Reply reply, Arrival.At at, Verdict.Allow allow, String upstreamToken) {
    VerifiedAccessToken token = allow.token();
    meters.count(at.realm().name(), "allow");
    reply.header(CheckHeaders.CACHE_CONTROL, CheckHeaders.NO_STORE);
    reply.header(CheckHeaders.REALM, at.realm().name().value());
    reply.header(CheckHeaders.SUBJECT, text(token, "sub"));
    reply.header(CheckHeaders.CLIENT_ID, token.client().value());
    reply.header(CheckHeaders.GRANT_ID, token.grant().toString());
    reply.header(CheckHeaders.SCOPE, text(token, "scope"));
    // What of the request only the API can see, it has to hold against these.
    reply.header(CheckHeaders.AUTHORIZATION_DETAILS, token.authorizationDetails().toString());
    reply.header(CheckHeaders.ATTESTATION, text(token, "attestation"));
    reply.header(CheckHeaders.JTI, text(token, "jti"));
    reply.header(CheckHeaders.EXP, Long.toString(token.expiresAt().getEpochSecond()));
    reply.header(CheckHeaders.CONTENT_DIGEST, allow.contentDigest().orElse("none"));
    reply.header(CheckHeaders.REQUEST_ID, at.facts().requestId());
    reply.header(CheckHeaders.UPSTREAM_TOKEN, upstreamToken);
    reply.end(200, "");
  }

  private static String text(VerifiedAccessToken token, String claim) {
    return token.claims().getClaim(claim) instanceof String text ? text : "";
  }

  void deny(Reply reply, Arrival.At at, Verdict.Deny deny, String because) {
    Reason reason = deny.reason();
    if (reason.status() == 401 || reason.error().isPresent()) {
      reply.header("WWW-Authenticate", challenge(at, deny));
    }
    deny.offer().nonce().ifPresent(nonce -> reply.header("DPoP-Nonce", nonce));
    deny.offer().signature().ifPresent(accepted -> reply.header("Accept-Signature", accepted));
    ObjectNode problem = problem(reason);
    if (!because.isEmpty()) {
      problem.put("detail", because);
    }
    refuse(reply, at, reason, problem);
  }

  private static ObjectNode problem(Reason reason) {
    return Answers.JSON
        .createObjectNode()
        .put("title", "The request is refused")
        .put("status", reason.status())
        .put("reason", reason.code());
  }

  private void refuse(Reply reply, Arrival.At at, Reason reason, ObjectNode problem) {
    meters.count(at.realm().name(), reason.code());
    reply.header(CheckHeaders.CACHE_CONTROL, CheckHeaders.NO_STORE);
    reply.header("X-Mayfly-Reason", reason.code()); // nginx hands on no body
    reply.header("Content-Type", "application/problem+json");
    reply.end(reason.status(), problem.toString());
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

  void fail(Reply reply, Throwable failure) {
    if (!(failure instanceof LedgerUnavailableException
        || failure instanceof HsmUnavailableException)) {
      LOG.error("a check failed", failure);
    }
    turnAway(
        reply,
        Answers.problem(503, "The request cannot be checked at this moment")
            .header("Retry-After", "2")
            .build());
  }

  /// Of a request that did not even get to a realm.
  static void turnAway(Reply reply, Response answer) {
    answer
        .getHeaders()
        .forEach((name, values) -> values.forEach(value -> reply.header(name, "" + value)));
    reply.end(answer.getStatus(), String.valueOf(answer.getEntity()));
  }
}
