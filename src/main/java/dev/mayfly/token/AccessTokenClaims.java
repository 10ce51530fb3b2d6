package dev.mayfly.token;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.ScopeSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The claims of an access token, RFC 9068 §2.2. The claims after `jti` that no RFC defines are
/// ours: `token_type` (of a `DPoP` token only), `grant_id`, `attestation`, `attestation_level`,
/// `issued_address`, `issued_country`, `allowed_networks`, `allowed_countries`; each lets a
/// checker compare the request with what was issued.
/// Times have whole seconds. Errors: `IllegalArgumentException` when it would live longer than
/// 15 minutes or not at all, so that such a token cannot exist.
record AccessTokenClaims(
    String issuer,
    ClientId client,
    List<String> audience,
    ScopeSet scope,
    Jti jti,
    Instant issuedAt,
    Instant expiresAt,
    GrantId grant,
    String attestation,
    String attestationLevel,
    TokenType type,
    Optional<Confirmation> confirmation,
    String issuedAddress,
    Optional<String> issuedCountry,
    List<String> allowedNetworks,
    List<String> allowedCountries) {
  static final Duration MAX_LIFETIME = Duration.ofMinutes(15);

  AccessTokenClaims {
    audience = List.copyOf(audience);
    allowedNetworks = List.copyOf(allowedNetworks);
    allowedCountries = List.copyOf(allowedCountries);
    Duration lifetime = Duration.between(issuedAt, expiresAt);
    if (!lifetime.isPositive() || lifetime.compareTo(MAX_LIFETIME) > 0) {
      throw new IllegalArgumentException(
          "an access token lives from 1 second to 15 minutes, not " + lifetime);
    }
    if (audience.isEmpty()) {
      throw new IllegalArgumentException("an access token has an audience");
    }
  }

  String toJson() {
    ObjectNode claims = Answers.JSON.createObjectNode();
    claims.put("iss", issuer).put("sub", client.value());
    if (audience.size() == 1) {
      claims.put("aud", audience.getFirst());
    } else {
      putAll(claims.putArray("aud"), audience);
    }
    claims.put("client_id", client.value());
    claims.put("iat", issuedAt.getEpochSecond()).put("exp", expiresAt.getEpochSecond());
    claims.put("jti", jti.value()).put("scope", scope.toString());
    confirmation.ifPresent(bound -> put(claims.putObject("cnf"), bound));
    if (type == TokenType.DPOP) {
      // Bearer tokens of an attested instance have a cnf too: introspection must tell them apart.
      claims.put("token_type", type.word());
    }
    claims.put("grant_id", grant.toString()).put("attestation", attestation);
    claims.put("attestation_level", attestationLevel);
    claims.put("issued_address", issuedAddress);
    jti.status()
        .ifPresent(
            status ->
                claims
                    .putObject("status")
                    .putObject("status_list")
                    .put("idx", status.index())
                    .put("uri", issuer + "/statuslists/" + status.list()));
    issuedCountry.ifPresent(country -> claims.put("issued_country", country));
    if (!allowedNetworks.isEmpty()) {
      putAll(claims.putArray("allowed_networks"), allowedNetworks);
    }
    if (!allowedCountries.isEmpty()) {
      putAll(claims.putArray("allowed_countries"), allowedCountries);
    }
    return claims.toString();
  }

  private static void put(ObjectNode cnf, Confirmation bound) {
    bound.jkt().ifPresent(jkt -> cnf.put("jkt", jkt.value()));
    bound.x5tS256().ifPresent(x5t -> cnf.put("x5t#S256", x5t.value()));
  }

  private static void putAll(ArrayNode array, List<String> values) {
    values.forEach(array::add);
  }
}
