package dev.mayfly.server;

import dev.mayfly.fetch.FetchFailedException;
import dev.mayfly.http.Answers;
import dev.mayfly.keys.HsmKeyMissingException;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.oauth.OAuthError;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/// Every failure that reaches the edge, as an answer in a standard's shape. What must not be
/// bypassed and is down means 503; nothing is ever retried another way.
class OAuthErrorMapper {
  private static final Logger LOG = Logger.getLogger(OAuthErrorMapper.class);

  /// For endpoints that are not of the REST layer.
  Response answer(Throwable failure) {
    return switch (failure) {
      case HsmUnavailableException down -> hsmIsDown(down);
      case HsmKeyMissingException missing -> keyIsMissing(missing);
      case LedgerUnavailableException down -> databaseIsDown(down);
      case FetchFailedException failed -> notFetched(failed);
      case RuntimeException fault -> fault(fault);
      default -> fault(new IllegalStateException(failure));
    };
  }

  @ServerExceptionMapper
  Response hsmIsDown(HsmUnavailableException failure) {
    return Answers.unavailable("the key store is not available");
  }

  @ServerExceptionMapper
  Response keyIsMissing(HsmKeyMissingException failure) {
    LOG.errorf("a key is missing in the HSM: %s", failure.getMessage());
    return Answers.unavailable("the key store is not available");
  }

  @ServerExceptionMapper
  Response databaseIsDown(LedgerUnavailableException failure) {
    return Answers.unavailable("the ledger is not available");
  }

  /// What was needed of somebody else to decide could not be had; the log has it.
  @ServerExceptionMapper
  Response notFetched(FetchFailedException failure) {
    return Answers.unavailable("what is needed to decide cannot be had");
  }

  @ServerExceptionMapper
  Response methodNotAllowed(NotAllowedException failure) {
    Response.ResponseBuilder answer =
        Answers.json(
            405,
            Answers.JSON
                .createObjectNode()
                .put("error", OAuthError.INVALID_REQUEST.code())
                .put("error_description", "this method is not allowed here"));
    Object allow = failure.getResponse().getHeaders().getFirst(HttpHeaders.ALLOW);
    return answer.header(HttpHeaders.ALLOW, allow == null ? "POST" : allow).build();
  }

  @ServerExceptionMapper
  Response notFound(NotFoundException failure) {
    return Answers.problem(404, "There is nothing here").build();
  }

  @ServerExceptionMapper
  Response otherRefusals(WebApplicationException failure) {
    int status = failure.getResponse().getStatus();
    if (status >= 500) {
      LOG.error("a request failed", failure);
      return Answers.unavailable("the request could not be served");
    }
    return Answers.json(
            status,
            Answers.JSON
                .createObjectNode()
                .put("error", OAuthError.INVALID_REQUEST.code())
                .put("error_description", "the request is malformed"))
        .build();
  }

  /// A fault of ours. The answer says no more than that there was one.
  @ServerExceptionMapper
  Response fault(RuntimeException failure) {
    LOG.error("a request failed", failure);
    return Answers.unavailable("the request could not be served");
  }
}
