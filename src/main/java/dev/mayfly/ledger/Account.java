package dev.mayfly.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// An admin, as the registry has it. `roles` is text in the form that `identity.Roles` reads.
/// `recoveryCodes`: how many are left. `machine`: empty for a person.
public record Account(
    UUID id,
    String name,
    State state,
    String roles,
    Instant createdAt,
    String createdBy,
    Optional<Instant> signedInAt,
    Optional<Hash> loginSecret,
    Optional<Instant> totpSince,
    List<Passkey> passkeys,
    long recoveryCodes,
    Optional<Machine> machine) {
  public Account {
    passkeys = List.copyOf(passkeys);
  }

  public enum State {
    INVITED,
    ACTIVE,
    SUSPENDED,
    /// Final; the name is not given again.
    REMOVED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State parse(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  /// What is kept of a secret: HMAC-SHA256 under the HSM's key `macKid`, base64url.
  public record Hash(String macKid, String digest) {}

  /// `credential`: WebAuthn's attested credential data, base64url.
  public record Passkey(
      String credentialId,
      String name,
      String credential,
      long signCount,
      boolean backup,
      Instant createdAt,
      Optional<Instant> lastUsedAt) {}

  /// By what a machine is known, and what it may do. `jwks`: its public keys, a JWK set.
  /// `certificate`: the SHA-256 of its certificate, base64url. `may`: routes of the admin API; none
  /// of them: whatever its role allows without a step-up.
  public record Machine(Optional<String> jwks, Optional<String> certificate, List<String> may) {
    public Machine {
      may = List.copyOf(may);
    }
  }

  public boolean isActive() {
    return state == State.ACTIVE;
  }

  /// By how many things the admin can sign in.
  public int authenticators() {
    return passkeys.size() + (totpSince.isPresent() ? 1 : 0);
  }
}
