package dev.mayfly.registry;

/// `baseUrl`: where the issuers are, e.g. `https://localhost:8443`; the same on every replica.
public record RegistrySettings(String baseUrl) {}
