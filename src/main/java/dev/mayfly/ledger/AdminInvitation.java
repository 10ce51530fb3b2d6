package dev.mayfly.ledger;

import java.time.Instant;
import java.util.UUID;

/// A one-time link to become the admin `admin`, or to be that admin again with new
/// authenticators.
public record AdminInvitation(
    UUID id, UUID admin, Account.Hash kept, Instant createdAt, Instant expiresAt) {}
