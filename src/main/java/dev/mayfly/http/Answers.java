package dev.mayfly.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mayfly.oauth.OAuthError;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/// Answers of the OAuth endpoints: JSON, never cached (RFC 6749 §5.1 and §5.2).
public final class Answers {
  public static final JsonMapper JSON = new JsonMapper();

  private Answers() {}

  public static Response ok(JsonNode body) {
    return json(200, body).build();
  }

  /// `json`: a JSON text of ours.
  public static Response ok(String json) {
    return json(200, json).build();
  }

  /// `description` is shown to the client: printable ASCII without `"` and `\`, no value of the
  /// request, nothing that tells a guesser how near the guess was.
  public static Response.ResponseBuilder error(OAuthError error, String description) {
    Response.ResponseBuilder answer =
        json(
            error.status(),
            JSON.createObjectNode()
                .put("error", error.code())
                .put("error_description", description));
    return error == OAuthError.TEMPORARILY_UNAVAILABLE
        ? answer.header(HttpHeaders.RETRY_AFTER, "2")
        : answer;
  }

  public static Response unavailable(String description) {
    return error(OAuthError.TEMPORARILY_UNAVAILABLE, description).build();
  }

  /// Writes an answer that no REST layer writes.
  public static void send(Response answer, HttpServerResponse response) {
    response.setStatusCode(answer.getStatus());
    answer
        .getHeaders()
        .forEach((name, values) -> values.forEach(value -> response.putHeader(name, "" + value)));
    if (answer.getEntity() == null) {
      response.end();
    } else {
      response.end(answer.getEntity().toString());
    }
  }

  /// RFC 9457 with type `about:blank`: for what is no OAuth endpoint's answer.
  public static Response.ResponseBuilder problem(int status, String detail) {
    Response.StatusType phrase = Response.Status.fromStatusCode(status);
    return json(
            status,
            JSON.createObjectNode()
                .put("title", phrase == null ? "" : phrase.getReasonPhrase())
                .put("status", status)
                .put("detail", detail))
        .type("application/problem+json");
  }

  public static Response.ResponseBuilder json(int status, JsonNode body) {
    return json(status, body.toString());
  }

  private static Response.ResponseBuilder json(int status, String body) {
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .header("Pragma", "no-cache")
        .entity(body);
  }
}
