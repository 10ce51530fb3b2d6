package dev.mayfly.ledger;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// A terminal that waits for an admin's word. `terminal`: what it calls itself, which proves
/// nothing. `decision`: whose word came, and when.
public record TerminalLogin(
    UUID id,
    String userCode,
    Account.Hash kept,
    String terminal,
    String address,
    Instant createdAt,
    Instant expiresAt,
    State state,
    Optional<Decision> decision) {
  public enum State {
    WAITING,
    CONFIRMED,
    REFUSED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State parse(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  public record Decision(UUID admin, Instant at) {}
}
