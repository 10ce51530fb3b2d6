package dev.mayfly.ledger;

import java.time.Instant;
import java.util.UUID;

/// Where an admin is signed in. `method`: by what, as the table writes it. `provedAt`: the
/// sign-in, or the last step-up since.
public record AdminSession(
    UUID id,
    UUID admin,
    Account.Hash kept,
    String method,
    String address,
    Instant createdAt,
    Instant lastUsedAt,
    Instant provedAt,
    Instant expiresAt) {}
