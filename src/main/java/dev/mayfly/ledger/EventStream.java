package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/// A stream of security events: whose it is, and what goes into it.
///
/// @param receiver the client that it belongs to
/// @param audiences grants for one of these concern it
/// @param requested event types as the receiver asked for them
/// @param delivered those of them that there are, by their last word
/// @param reason of the status
public record EventStream(
    UUID id,
    RealmName realm,
    ClientId receiver,
    List<String> audiences,
    List<String> requested,
    List<String> delivered,
    Status status,
    String reason,
    String description) {
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

  public EventStream with(List<String> asked, List<String> there, String text) {
    return new EventStream(id, realm, receiver, audiences, asked, there, status, reason, text);
  }

  public EventStream with(Status next, String because) {
    return new EventStream(
        id, realm, receiver, audiences, requested, delivered, next, because, description);
  }
}
