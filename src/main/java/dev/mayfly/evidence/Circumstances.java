package dev.mayfly.evidence;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import java.time.Instant;

/// Under which evidence is appraised.
///
/// @param issuer the realm's: whom evidence is for unless a rule names another audience
/// @param client as whom the instance wants to be attested
/// @param instance the key that the instance has proved to hold
public record Circumstances(String issuer, ClientId client, JwkThumbprint instance, Instant now) {}
