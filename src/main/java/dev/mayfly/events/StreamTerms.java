package dev.mayfly.events;

import dev.mayfly.ledger.EventStream;
import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.realm.PushReceiver;
import java.util.List;
import java.util.Optional;

/// What of a stream is its receiver's to choose.
///
/// @param requested event types as the receiver asked for them
record StreamTerms(Delivery delivery, List<String> requested, String description) {
  /// Of a stream about which nothing is said: polling is what SSF 1.0 assumes.
  static final StreamTerms NEW = new StreamTerms(Delivery.POLL, all(), "");

  static StreamTerms of(EventStream stream) {
    return new StreamTerms(stream.delivery(), stream.requested(), stream.description());
  }

  /// As the request says; what it does not say stays. `named`: where the realm's file lets this
  /// receiver be pushed to. Errors: [StreamRequest.Malformed].
  StreamTerms changedBy(StreamRequest request, Optional<PushReceiver> named) {
    return new StreamTerms(
        request.delivery(named).orElse(delivery),
        request.eventsRequested().orElse(requested),
        request.text("description").orElse(description));
  }

  EventStream appliedTo(EventStream stream) {
    return stream.with(delivery, requested, delivered(), description);
  }

  /// Of the types that were asked for those that there are, by their last word.
  List<String> delivered() {
    return EventType.ON_REQUEST.stream()
        .filter(type -> requested.contains(type.uri()))
        .filter(type -> type != EventType.SECRET_EXPIRING || delivery == Delivery.PUSH)
        .map(EventType::word)
        .toList();
  }

  static List<String> all() {
    return EventType.ON_REQUEST.stream().map(EventType::uri).toList();
  }
}
