package dev.mayfly.events;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.realm.PushReceiver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/// What a receiver sends: a JSON object. Members that are not known are ignored, as SSF 1.0 wants
/// of both sides; nothing may stand twice.
/// Errors of all readers: [Malformed], whose text may be shown.
record StreamRequest(JsonNode body) {
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  static final String PUSH = "urn:ietf:rfc:8935";
  static final String POLL = "urn:ietf:rfc:8936";
  private static final int MOST_TYPES = 32;
  private static final int LONGEST = 256;

  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed(String because) {
      super(because, null, false, false);
    }
  }

  static StreamRequest read(byte[] content) {
    try {
      JsonNode body = STRICT.readTree(content);
      if (body == null || !body.isObject()) {
        throw new Malformed("the content must be a JSON object");
      }
      return new StreamRequest(body);
    } catch (IOException notJson) {
      throw new Malformed("the content is not JSON");
    }
  }

  Optional<String> text(String member) {
    JsonNode value = body.get(member);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()
        || value.textValue().length() > LONGEST
        || value.textValue().chars().anyMatch(Character::isISOControl)) {
      throw new Malformed(
          member + " must be a text of at most " + LONGEST + " characters, none of them a control");
    }
    return Optional.of(value.textValue());
  }

  /// Event types, none twice.
  Optional<List<String>> eventsRequested() {
    JsonNode value = body.get("events_requested");
    if (value == null) {
      return Optional.empty();
    }
    SequencedSet<String> types = new LinkedHashSet<>();
    if (!value.isArray() || value.size() > MOST_TYPES) {
      throw new Malformed("events_requested must be a list of at most " + MOST_TYPES);
    }
    for (JsonNode type : value) {
      if (!type.isTextual() || !type.textValue().matches("[\\x21-\\x7e]{1," + LONGEST + "}")) {
        throw new Malformed("events_requested must be a list of URIs");
      }
      types.add(type.textValue());
    }
    return Optional.of(new ArrayList<>(types));
  }

  /// How events are to get there; empty where nothing is said. No address is taken from here, and
  /// no secret: both stand with the realm's file. `named`: what it says of this receiver.
  Optional<Delivery> delivery(Optional<PushReceiver> named) {
    JsonNode delivery = body.get("delivery");
    if (delivery == null) {
      return Optional.empty();
    }
    String method = delivery.path("method").asText("");
    if (method.equals(POLL)) {
      return Optional.of(Delivery.POLL);
    }
    if (!method.equals(PUSH)) {
      throw new Malformed("delivery.method must be " + PUSH + " or " + POLL);
    }
    if (delivery.hasNonNull("authorization_header")) {
      throw new Malformed(
          "delivery.authorization_header is not taken here; it stands in a file that the realm file names");
    }
    String endpoint = delivery.path("endpoint_url").asText("");
    if (named.filter(one -> one.endpoint().uri().toString().equals(endpoint)).isEmpty()) {
      throw new Malformed(
          "delivery.endpoint_url must be the address that the realm file names for this receiver");
    }
    return Optional.of(Delivery.PUSH);
  }
}
