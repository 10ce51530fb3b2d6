package dev.mayfly.realm;

import dev.mayfly.oauth.ClientId;

/// A resource server: may introspect every token of its audience, and gets no tokens itself.
public record ResourceServerConfig(
    ClientId clientId, String description, String audience, Credentials credentials) {}
