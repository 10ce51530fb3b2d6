package dev.mayfly.events;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EventStream;
import dev.mayfly.ledger.QueuedEvent;

/// A security event token (RFC 8417 §2): one event, about a subject at its top level, without
/// `sub` and `exp`, so that it cannot be taken for an access token by `typ` nor by content.
///
/// @param issuer the realm's
record SecurityEventToken(String issuer, EventStream stream, QueuedEvent event) {
  static final String TYPE = "secevent+jwt";

  String toJson() {
    ObjectNode claims = Answers.JSON.createObjectNode();
    claims.put("iss", issuer).put("jti", event.id().toString());
    claims.put("iat", event.at().getEpochSecond()).put("aud", stream.receiver().value());
    EventType type = EventType.ofWord(event.event()).orElseThrow();
    claims.set("sub_id", subject());
    claims.putObject("events").set(type.uri(), payload(type));
    return claims.toString();
  }

  /// A grant is a session of its client: one for each instance. Its id is the claim `grant_id` of
  /// its access tokens.
  private ObjectNode subject() {
    ObjectNode subject = Answers.JSON.createObjectNode();
    if (event.client().isEmpty()) {
      return subject.put("format", "opaque").put("id", stream.id().toString());
    }
    ObjectNode client =
        Answers.JSON
            .createObjectNode()
            .put("format", "iss_sub")
            .put("iss", issuer)
            .put("sub", event.client().get().value());
    if (event.grant().isEmpty()) {
      return client;
    }
    subject.put("format", "complex").set("user", client);
    subject.putObject("session").put("format", "opaque").put("id", event.grant().get().toString());
    return subject;
  }

  private ObjectNode payload(EventType type) {
    ObjectNode payload = Answers.JSON.createObjectNode();
    return switch (type) {
      case SESSION_REVOKED -> happened(payload);
      case CREDENTIAL_CHANGE -> happened(credentialChange(payload));
      case VERIFICATION -> event.extra().isEmpty() ? payload : payload.put("state", event.extra());
      case SECRET_EXPIRING -> expiring(payload);
      case STREAM_UPDATED -> payload.put("status", event.extra()).put("reason", event.reason());
    };
  }

  private ObjectNode credentialChange(ObjectNode payload) {
    String[] told = event.extra().split(" ", 2);
    return payload
        .put("credential_type", told.length == 1 ? "password" : told[1])
        .put("change_type", told[0]);
  }

  /// What was queued: days, the second at which it ends, and the secret's id.
  private ObjectNode expiring(ObjectNode payload) {
    String[] told = event.extra().split(" ", 3);
    return happened(payload)
        .put("days", Integer.parseInt(told[0]))
        .put("expires_at", Long.parseLong(told[1]))
        .put("secret_id", told[2]);
  }

  private ObjectNode happened(ObjectNode payload) {
    payload.put("event_timestamp", event.at().getEpochSecond());
    if (!event.reason().isEmpty()) {
      payload.putObject("reason_admin").put("en", event.reason());
    }
    return payload;
  }
}
