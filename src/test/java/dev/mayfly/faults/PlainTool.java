package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// A demo client without an attestation, behind a proxy that says where it is. Each of its
/// requests must be answered with 200.
final class PlainTool {
  private final Caller caller;
  private final String realm;
  private final String address;
  private final String authorization;

  PlainTool(Path home, Caller caller, String realm, String clientId, String address) {
    this.caller = caller;
    this.realm = realm;
    this.address = address;
    try {
      JsonNode file =
          Caller.JSON.readTree(
              Files.readString(home.resolve("demo/" + realm + "/" + clientId + ".json")));
      String pair = clientId + ":" + file.path("client_secret").asText();
      authorization =
          "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private HttpRequest form(BrokerProcess at, String endpoint, String body, String... more) {
    List<String> headers = new ArrayList<>(List.of(more));
    headers.addAll(List.of("Content-Type", "application/x-www-form-urlencoded"));
    headers.addAll(List.of("X-Forwarded-For", address, "Authorization", authorization));
    return Caller.to(at.endpoint(realm, endpoint))
        .headers(headers.toArray(String[]::new))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private Reply.Answered granted(HttpRequest request) {
    Reply reply = caller.ask(request);
    assertEquals(200, reply.status(), reply::toString);
    return (Reply.Answered) reply;
  }

  Reply.Answered tokenResponse(BrokerProcess at, String scope) {
    return granted(
        form(at, "token", "grant_type=client_credentials&scope=" + scope.replace(" ", "+")));
  }

  String token(BrokerProcess at, String scope) {
    return tokenResponse(at, scope).text("access_token");
  }

  String dpopToken(BrokerProcess at, String scope, DpopKey key) {
    String proof = key.proof("POST", issued(at, "token"), challenge(at), "");
    Reply.Answered answer =
        granted(form(at, "token", "grant_type=client_credentials&scope=" + scope, "DPoP", proof));
    assertEquals("DPoP", answer.text("token_type"));
    return answer.text("access_token");
  }

  /// Under the first broker's address, which is the issuer's.
  private String issued(BrokerProcess at, String endpoint) {
    return at.endpoint(realm, endpoint).toString();
  }

  String challenge(BrokerProcess at) {
    return granted(
            Caller.to(at.endpoint(realm, "challenge"))
                .header("X-Forwarded-For", address)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build())
        .text("attestation_challenge");
  }

  Reply revoke(BrokerProcess at, String token) {
    return caller.ask(form(at, "revoke", "token=" + token));
  }
}
