package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// A security event that a receiver has not acknowledged.
///
/// @param event the last word of its type
/// @param client whom it is about; empty where it is about the stream itself
/// @param grant empty: all of the client's
/// @param extra the `change_type` (and behind it the `credential_type`, if not `password`), `state`
///     or `status` of the kinds that have one; days, end and id of a secret that expires
public record QueuedEvent(
    UUID id,
    String event,
    Optional<ClientId> client,
    Optional<GrantId> grant,
    String reason,
    String extra,
    Instant at) {}
