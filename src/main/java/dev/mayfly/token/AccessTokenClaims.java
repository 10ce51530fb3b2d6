package dev.mayfly.token;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.realm.AttestationLevel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The claims of an access token, RFC 9068 §2.2. The claims after `jti` that no RFC defines are
/// ours: `token_type` (of a `DPoP` token only), `grant_id`, `attestation`, `attestation_level`,
/// `issued_address`, `issued_country`, `allowed_networks`, `allowed_countries`; each lets a
/// checker compare the request with what was issued; and `origin` of a token that was exchanged.
/// Times have whole seconds. Errors: `IllegalArgumentException` when it would live longer than
/// 15 minutes or not at all, so that such a token cannot exist.
record AccessTokenClaims(
    String issuer,
    ClientId client,
    Access access,
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
    List<String> allowedCountries,
    Optional<Origin> origin) {
  static final Duration MAX_LIFETIME = Duration.ofMinutes(15);

  AccessTokenClaims {
    allowedNetworks = List.copyOf(allowedNetworks);
    allowedCountries = List.copyOf(allowedCountries);
    Duration lifetime = Duration.between(issuedAt, expiresAt);
    if (!lifetime.isPositive() || lifetime.compareTo(MAX_LIFETIME) > 0) {
      throw new IllegalArgumentException(
          "an access token lives from 1 second to 15 minutes, not " + lifetime);
    }
    if (access.audience().isEmpty()) {
      throw new IllegalArgumentException("an access token has an audience");
    }
  }

  String toJson() {
    ObjectNode claims = Answers.JSON.createObjectNode();
    claims.put("iss", issuer).put("sub", client.value());
    if (access.audience().size() == 1) {
      claims.put("aud", access.audience().getFirst());
    } else {
      putAll(claims.putArray("aud"), access.audience());
    }
    claims.put("client_id", client.value());
    claims.put("iat", issuedAt.getEpochSecond()).put("exp", expiresAt.getEpochSecond());
    claims.put("jti", jti.value()).put("scope", access.scope().toString());
    if (!access.details().isEmpty()) {
      // RFC 9396 §9.1.
      claims.set("authorization_details", Answers.JSON.valueToTree(access.details().members()));
    }
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
    origin.ifPresent(
        first ->
            claims
                .putObject("origin")
                .put("jti", first.jti().value())
                .put("exp", first.expiresAt().getEpochSecond()));
    return claims.toString();
  }

  /// As this, of a token that is issued in exchange for `subject`: it ends with it at the latest,
  /// was issued to where that was, and says no more of where its holder runs than `level`.
  AccessTokenClaims inExchangeFor(SubjectToken subject, AttestationLevel level) {
    boolean asBefore = level.name().equals(subject.attestationLevel());
    return new AccessTokenClaims(
        issuer,
        client,
        access,
        jti,
        issuedAt,
        expiresAt.isBefore(subject.expiresAt()) ? expiresAt : subject.expiresAt(),
        grant,
        asBefore ? subject.attestation() : attestation,
        level.name(),
        type,
        confirmation,
        subject.issuedAddress(),
        subject.issuedCountry(),
        allowedNetworks,
        allowedCountries,
        Optional.of(subject.origin()));
  }

  private static void put(ObjectNode cnf, Confirmation bound) {
    bound.jkt().ifPresent(jkt -> cnf.put("jkt", jkt.value()));
    bound.x5tS256().ifPresent(x5t -> cnf.put("x5t#S256", x5t.value()));
  }

  private static void putAll(ArrayNode array, List<String> values) {
    values.forEach(array::add);
  }
}
