package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// What holds for every answer of the whole suite, whatever was asked: no 5xx, no stack trace,
/// no echo of a secret that was sent, and OAuth errors in the characters RFC 6749 §5.2 allows.
final class Decency implements Filter {
  private static final Pattern INNARDS =
      Pattern.compile(
          "\\.java:\\d+\\)|Exception\\b|\\bio\\.(quarkus|vertx|netty)\\.|\\bdev\\.mayfly\\.|org\\.hibernate|<html|RESTEASY",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern FORBIDDEN = Pattern.compile("[^\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]");
  private static final List<String> SECRET_PARAMETERS =
      List.of(
          "client_secret",
          "client_assertion",
          "refresh_token",
          "token",
          "join_secret",
          "subject_token");
  private static final List<String> SECRET_HEADERS =
      List.of("oauth-client-attestation", "oauth-client-attestation-pop", "dpop", "authorization");
  private static final Pattern JSON_SECRET =
      Pattern.compile("\"(?:join_secret|client_secret)\"\\s*:\\s*\"([^\"]*)\"");

  @Override
  public Response filter(
      FilterableRequestSpecification request,
      FilterableResponseSpecification expected,
      FilterContext context) {
    Response answer = context.next(request, expected);
    var headers = new ArrayList<String>();
    request
        .getHeaders()
        .forEach(header -> headers.add(header.getName() + ": " + header.getValue()));
    Object body = request.getBody();
    check(
        request.getMethod() + " " + request.getURI(),
        headers,
        body instanceof byte[] bytes
            ? new String(bytes, StandardCharsets.UTF_8)
            : String.valueOf(body),
        answer.statusCode(),
        answer.headers().toString(),
        answer.asString());
    return answer;
  }

  /// The same check for answers that did not come through RestAssured.
  static void check(
      String what,
      List<String> requestHeaders,
      String requestBody,
      int status,
      String answerHeaders,
      String answerBody) {
    String answer = answerHeaders + "\n" + answerBody;
    assertTrue(status < 500, () -> what + " answered " + status + ": " + answerBody);
    assertFalse(INNARDS.matcher(answer).find(), () -> what + " showed its innards: " + answer);
    for (String secret : secretsIn(requestHeaders, requestBody)) {
      // RFC 7592 §3: an answer to its holder has the registration access token.
      assertFalse(
          answer.contains(secret) && !secret.startsWith("mr_"),
          () -> what + " echoed a secret that was sent");
    }
    if (status >= 400 && answerBody.startsWith("{")) {
      var json = Broker.json(answerBody);
      for (String member : List.of("error", "error_description")) {
        assertFalse(
            FORBIDDEN.matcher(json.path(member).asText("")).find(),
            () -> what + ": " + member + " has characters RFC 6749 forbids: " + answerBody);
      }
    }
  }

  private static List<String> secretsIn(List<String> headers, String body) {
    var secrets = new ArrayList<String>();
    for (String header : headers) {
      int colon = header.indexOf(':');
      if (colon > 0
          && SECRET_HEADERS.contains(header.substring(0, colon).toLowerCase(Locale.ROOT))) {
        String value = header.substring(colon + 1).strip();
        secrets.add(value.replaceFirst("^(?i)(basic|bearer) ", ""));
        secrets.add(basicPassword(value));
      }
    }
    for (String pair : body.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0 && SECRET_PARAMETERS.contains(pair.substring(0, equals))) {
        secrets.add(decoded(pair.substring(equals + 1)));
      }
    }
    var json = JSON_SECRET.matcher(body);
    while (json.find()) {
      secrets.add(json.group(1));
    }
    secrets.removeIf(secret -> secret.length() < 12);
    return secrets;
  }

  private static String basicPassword(String value) {
    if (!value.regionMatches(true, 0, "Basic ", 0, 6)) {
      return "";
    }
    try {
      String pair =
          new String(
              Base64.getDecoder().decode(value.substring(6).strip()), StandardCharsets.UTF_8);
      return decoded(pair.substring(pair.indexOf(':') + 1));
    } catch (IllegalArgumentException notBase64) {
      return "";
    }
  }

  private static String decoded(String value) {
    try {
      return URLDecoder.decode(value, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException badEscape) {
      return value;
    }
  }
}
