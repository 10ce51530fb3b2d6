package dev.mayfly.token;

import dev.mayfly.jose.CompactJwt;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.KeyRing;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Verifies our own access tokens, RFC 9068 §4, except for the audience, which is the caller's
/// to know, and for the grant, which is the ledger's.
@Singleton
public class AccessTokenVerifier {
  private final IssuedTokens issued;

  @Inject
  public AccessTokenVerifier(IssuedTokens issued) {
    this.issued = issued;
  }

  /// Empty for whatever is not a valid token of this realm now; `exp` at `now` has passed.
  public Optional<VerifiedAccessToken> verify(String token, AppliedRealm realm, Instant now) {
    return read(token, realm).filter(verified -> now.isBefore(verified.expiresAt()));
  }

  /// Also an expired one: revocation may come late.
  public Optional<VerifiedAccessToken> read(String token, AppliedRealm realm) {
    if (!(CompactJwt.readOwn(token, Set.of(IssuedTokens.TYPE))
        instanceof CompactJwt.Read.Legible(CompactJwt jwt))) {
      return Optional.empty();
    }
    boolean ours =
        isSigned(token, jwt, realm) && jwt.text("iss").equals(Optional.of(realm.issuer()));
    if (!ours || jwt.expiresAt().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Verified(
              new ClientId(jwt.text("client_id").orElse("")),
              GrantId.parse(jwt.text("grant_id").orElse("")),
              jwt.keyId().orElse(""),
              jwt.claims(),
              jwt.payload(),
              jwt.expiresAt().get(),
              ScopeSet.parse(jwt.text("scope").orElse("")),
              details(jwt),
              origin(jwt, jwt.expiresAt().get())));
    } catch (IllegalArgumentException notWhatWeIssue) {
      return Optional.empty();
    }
  }

  /// By a key of this realm that is trusted now, whoever verified the signature.
  private boolean isSigned(String token, CompactJwt jwt, AppliedRealm realm) {
    KeyRing keys = realm.accessTokenKeys();
    return keys.isNamedBy(jwt) && (issued.has(realm.name(), token) || keys.verifies(jwt));
  }

  private static AuthorizationDetails details(CompactJwt jwt) {
    Object claim = jwt.claims().getClaim("authorization_details");
    return claim == null ? AuthorizationDetails.NONE : AuthorizationDetails.of(claim);
  }

  private static Origin origin(CompactJwt jwt, Instant expiresAt) {
    return switch (jwt.claims().getClaim("origin")) {
      case null -> new Origin(new Jti(jwt.text("jti").orElse("")), expiresAt);
      case Map<?, ?> origin
          when origin.get("jti") instanceof String jti && origin.get("exp") instanceof Number exp ->
          new Origin(new Jti(jti), Instant.ofEpochSecond(exp.longValue()));
      default -> throw new IllegalArgumentException("an origin that we do not write");
    };
  }
}
