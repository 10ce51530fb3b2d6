package dev.mayfly.token;

import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.CertificateThumbprint;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// An access token of ours, verified, that is presented to be exchanged, RFC 8693 §2.1: what it is
/// worth, and what it is bound to.
record SubjectToken(
    ClientId client,
    GrantId grant,
    Jti jti,
    Origin origin,
    Instant expiresAt,
    Access access,
    TokenType type,
    Optional<Confirmation> confirmation,
    String attestation,
    String attestationLevel,
    String issuedAddress,
    Optional<String> issuedCountry) {

  /// Empty for what we never write.
  static Optional<SubjectToken> of(VerifiedAccessToken token) {
    Map<String, Object> claims = token.claims().getClaims();
    List<String> audience = token.claims().getAudience();
    if (audience.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new SubjectToken(
              token.client(),
              token.grant(),
              new Jti(Objects.requireNonNull(token.claims().getJWTID())),
              token.origin(),
              token.expiresAt(),
              new Access(
                  ScopeSet.parse(text(claims, "scope")), audience, token.authorizationDetails()),
              "DPoP".equals(claims.get("token_type")) ? TokenType.DPOP : TokenType.BEARER,
              confirmation(claims.get("cnf")),
              text(claims, "attestation"),
              text(claims, "attestation_level"),
              text(claims, "issued_address"),
              Optional.ofNullable((String) claims.get("issued_country"))));
    } catch (IllegalArgumentException | NullPointerException | ClassCastException unknown) {
      return Optional.empty();
    }
  }

  private static String text(Map<String, Object> claims, String name) {
    return Objects.requireNonNull((String) claims.get(name));
  }

  private static Optional<Confirmation> confirmation(Object cnf) {
    if (cnf == null) {
      return Optional.empty();
    }
    Map<?, ?> members = (Map<?, ?>) cnf;
    return Optional.of(
        new Confirmation(
            Optional.ofNullable((String) members.get("jkt")).map(JwkThumbprint::new),
            Optional.ofNullable((String) members.get("x5t#S256")).map(CertificateThumbprint::new)));
  }

  /// Why whoever proved `keys`, by a DPoP proof or without, may not have it exchanged. Who holds a
  /// token is no holder of it: all that it is bound to has to be proved again.
  Optional<String> objection(ClientId presenter, TokenType presented, Optional<Confirmation> keys) {
    if (!client.equals(presenter)) {
      return Optional.of("the subject_token is another client's");
    }
    if (type == TokenType.DPOP && presented != TokenType.DPOP) {
      return Optional.of("a DPoP proof by the key of the subject_token is missing");
    }
    if (confirmation.isPresent() && !confirmation.get().isMetBy(keys)) {
      return Optional.of("the key or certificate of the subject_token was not proved");
    }
    return Optional.empty();
  }
}
