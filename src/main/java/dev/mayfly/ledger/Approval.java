package dev.mayfly.ledger;

import dev.mayfly.oauth.RealmName;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// An act that one admin has proposed, and what another made of it. `act`: JSON; `digest`: of it.
/// `kind`: the word of the realm's rule that asks for a second admin.
public record Approval(
    UUID id,
    RealmName realm,
    String kind,
    String act,
    String digest,
    String summary,
    State state,
    Who proposedBy,
    String reason,
    Instant proposedAt,
    Instant expiresAt,
    Optional<Decision> decision,
    Optional<String> outcome) {
  /// For a shift, and the night after it.
  public static final Duration LIFE = Duration.ofHours(24);

  public enum State {
    PENDING,

    /// Approved, and not done yet; if the broker is killed now it stays so, and is not done.
    APPROVED,
    REJECTED,
    DONE,

    /// Approved, and refused by what had changed meanwhile.
    FAILED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// `id` tells two admins apart that may have the same name.
  public record Who(String id, String name) {
    /// Whether these cannot be two people.
    public boolean isSame(Who other) {
      return id.equals(other.id) || name.equals(other.name);
    }
  }

  public record Decision(String by, String why, Instant at) {}

  /// `PENDING` without an end would let an act come true that nobody remembers.
  public boolean isOpen(Instant now) {
    return state == State.PENDING && now.isBefore(expiresAt);
  }
}
