package dev.mayfly.token;

import dev.mayfly.oauth.Jti;
import java.time.Instant;

/// The token at the beginning of a line of exchanges; of a token that was not exchanged, itself.
/// No token of the line lives beyond `expiresAt`.
public record Origin(Jti jti, Instant expiresAt) {}
