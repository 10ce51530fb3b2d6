package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/// A stream of security events: whose it is, and what goes into it.
///
/// @param receiver the client that it belongs to
/// @param delivery how its events get there
/// @param audiences grants for one of these concern it
/// @param requested event types as the receiver asked for them
/// @param delivered those of them that there are, by their last word
/// @param reason of the status
public record EventStream(
    UUID id,
    RealmName realm,
    ClientId receiver,
    Delivery delivery,
    List<String> audiences,
    List<String> requested,
    List<String> delivered,
    Status status,
    String reason,
    String description) {
  /// The receiver asks for them (RFC 8936), or the broker sends them (RFC 8935).
  public enum Delivery {
    POLL,
    PUSH;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Paused: events wait. Disabled: there are none.
  public enum Status {
    ENABLED,
    PAUSED,
    DISABLED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public EventStream {
    audiences = List.copyOf(audiences);
    requested = List.copyOf(requested);
    delivered = List.copyOf(delivered);
  }

  public EventStream with(Delivery how, List<String> asked, List<String> there, String text) {
    return new EventStream(id, realm, receiver, how, audiences, asked, there, status, reason, text);
  }

  public EventStream with(Status next, String because) {
    return new EventStream(
        id, realm, receiver, delivery, audiences, requested, delivered, next, because, description);
  }
}
