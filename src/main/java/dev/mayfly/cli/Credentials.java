package dev.mayfly.cli;

import dev.mayfly.cli.Json.JsonMalformed;
import dev.mayfly.oauth.ClientId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// What makes a program that tool: the members of `demo/<realm>/<client>.json`.
/// A client with `attestation: none` has neither instance key nor attestation. Members we do not
/// know are kept when the file is rewritten.
/// Errors: `IllegalArgumentException`, whose message holds no secret.
record Credentials(
    ClientId clientId,
    Optional<String> clientSecret,
    Optional<InstanceKey> instanceKey,
    Optional<String> attestation,
    Map<String, Object> members) {

  /// An attestation this close to its end is renewed before it is used.
  static final Duration RENEWED_BEFORE_EXPIRY = Duration.ofSeconds(60);

  static Credentials of(Map<String, Object> members) {
    return new Credentials(
        new ClientId(Json.string(members, "client_id").orElse("")),
        Json.string(members, "client_secret"),
        Json.asObject(members.get("instance_key")).map(InstanceKey::of),
        Json.string(members, "attestation"),
        members);
  }

  /// A new instance that has only its key so far.
  static Credentials joining(ClientId client, InstanceKey instanceKey) {
    SequencedMap<String, Object> members = new LinkedHashMap<>();
    members.put("client_id", client.value());
    members.put("instance_key", instanceKey.members());
    return of(members);
  }

  /// Of a client of which nothing else is here.
  static Credentials ofSecret(ClientId client, String secret) {
    return of(Map.of("client_id", client.value(), "client_secret", secret));
  }

  Credentials withClientSecret(String secret) {
    return with("client_secret", secret);
  }

  Credentials withInstance(InstanceKey key, String newAttestation) {
    return with("instance_key", key.members()).with("attestation", newAttestation);
  }

  private Credentials with(String name, Object value) {
    SequencedMap<String, Object> changed = new LinkedHashMap<>(members);
    changed.put(name, value);
    return of(changed);
  }

  /// Whether there is an instance whose attestation is missing or (nearly) over.
  boolean attestationNeedsRenewal(Instant now) {
    if (instanceKey.isEmpty()) {
      return false;
    }
    // At exactly the margin it is renewed.
    return attestationExpiry()
        .map(expiry -> !now.plus(RENEWED_BEFORE_EXPIRY).isBefore(expiry))
        .orElse(true);
  }

  /// The `exp` of the attestation, unverified: the broker judges it, we only plan by it.
  Optional<Instant> attestationExpiry() {
    return attestation.flatMap(Credentials::expiryOf);
  }

  static Optional<Instant> expiryOf(String jwt) {
    String[] parts = jwt.split("\\.", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    try {
      String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
      return Json.number(Json.object(claims), "exp").map(Instant::ofEpochSecond);
    } catch (IllegalArgumentException | JsonMalformed _) {
      return Optional.empty();
    }
  }

  String toJson() {
    return Json.pretty(members) + "\n";
  }

  @Override
  public String toString() {
    return "Credentials[client_id=%s, redacted]".formatted(clientId);
  }
}
