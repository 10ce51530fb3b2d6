package dev.mayfly.attestation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.http.Answers;
import dev.mayfly.http.ContentType;
import dev.mayfly.oauth.ClientId;
import java.io.IOException;
import java.util.Optional;

/// Evidence of where an instance of a client runs, as it is presented to our own attester.
sealed interface AttestRequest {
  /// A one-time secret, for hosts without a hardware root of trust.
  record Join(ClientId client, String joinSecret) implements AttestRequest {
    @Override
    public String toString() {
      return "Join[" + client + ", redacted]";
    }
  }

  /// The instance key alone: the instance joined before.
  record Renew(ClientId client) implements AttestRequest {}

  /// `because` may be shown to the client.
  record Unacceptable(String because) implements AttestRequest {}

  static AttestRequest parse(Optional<String> contentType, byte[] body) {
    if (!ContentType.is(contentType, "application/json")) {
      return new Unacceptable("the content type must be application/json");
    }
    JsonNode json;
    try {
      json = Answers.JSON.readTree(body);
    } catch (JsonProcessingException malformed) {
      return new Unacceptable("the body is not acceptable JSON");
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
    if (!json.isObject() || !json.path("client_id").isTextual()) {
      return new Unacceptable("client_id is missing");
    }
    ClientId client;
    try {
      client = new ClientId(json.path("client_id").textValue());
    } catch (IllegalArgumentException malformed) {
      return new Unacceptable("client_id is malformed");
    }
    JsonNode evidence = json.path("evidence");
    String type = evidence.path("type").isTextual() ? evidence.path("type").textValue() : "";
    return switch (type) {
      case "join_secret" ->
          evidence.path("join_secret").isTextual()
              ? new Join(client, evidence.path("join_secret").textValue())
              : new Unacceptable("evidence.join_secret is missing");
      case "instance_key" -> new Renew(client);
      default -> new Unacceptable("evidence.type must be join_secret or instance_key");
    };
  }
}
