package dev.mayfly.registry;

import java.util.Optional;

/// `baseUrl`: where the issuers are, e.g. `https://localhost:8443`; the same on every replica.
/// `mtlsBaseUrl`: where clients with certificates reach the same endpoints, RFC 8705 §5.
public record RegistrySettings(String baseUrl, Optional<String> mtlsBaseUrl) {}
