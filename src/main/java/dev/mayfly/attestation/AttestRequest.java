package dev.mayfly.attestation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.evidence.Evidence;
import dev.mayfly.http.Answers;
import dev.mayfly.http.ContentType;
import dev.mayfly.oauth.ClientId;
import java.io.IOException;
import java.util.Optional;

/// Evidence of where an instance of a client runs, as it is presented to our own attester.
sealed interface AttestRequest {
  record Attest(ClientId client, Evidence evidence) implements AttestRequest {}

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
    return switch (Evidence.read(json.path("evidence"))) {
      case Evidence.Read.Presented(Evidence evidence) -> new Attest(client, evidence);
      case Evidence.Read.Unacceptable(String because) -> new Unacceptable(because);
    };
  }
}
