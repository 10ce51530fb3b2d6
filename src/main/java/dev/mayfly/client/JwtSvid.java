package dev.mayfly.client;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.oauth.SpiffeId;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.realm.TrustDomain;
import dev.mayfly.registry.AppliedRealm;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `spiffe_jwt` of the SPIFFE draft: a JWT-SVID as client assertion. It is a bearer token that
/// SPIFFE agents keep and hand out again, so it cannot be single-use; it has to be made for us
/// alone, and to end soon. Its keys are those of the trust domain that its `sub` is of, from the
/// realm's configuration: never from the token, and never those of X.509-SVIDs or WIT-SVIDs.
final class JwtSvid {
  private static final Set<String> TYPES = Set.of("", "jwt", "jose");
  private static final Duration LONGEST_LIFE = Duration.ofMinutes(15);
  private static final Duration SKEW = Duration.ofSeconds(10);

  private JwtSvid() {}

  static CompactJwt.Read read(String jwt) {
    return CompactJwt.read(jwt, TYPES);
  }

  /// Empty when the JWT-SVID proves the client, else why not.
  static Optional<String> objection(
      CompactJwt svid, Credentials credentials, AppliedRealm realm, Instant now) {
    SpiffeId workload;
    try {
      workload = SpiffeId.parse(svid.text("sub").orElse(""));
    } catch (IllegalArgumentException malformed) {
      return Optional.of("sub of the JWT-SVID is no SPIFFE ID");
    }
    if (!SpiffeClients.isOf(credentials, workload, AuthMethod.SPIFFE_JWT)) {
      return Optional.of("this workload is not the client, or spiffe_jwt not its method");
    }
    TrustDomain domain = realm.config().trust().trustDomains().get(workload.trustDomain());
    if (domain == null || !isSignedByOneOf(svid, domain.jwtKeys(), realm)) {
      return Optional.of("no key of the trust domain signed the JWT-SVID");
    }
    if (!svid.isMeantOnlyFor(realm.issuer())) {
      return Optional.of("aud of the JWT-SVID is not this issuer alone");
    }
    return timeObjection(svid, now);
  }

  private static Optional<String> timeObjection(CompactJwt svid, Instant now) {
    Optional<Instant> expiresAt = svid.expiresAt();
    if (expiresAt.isEmpty() || !now.isBefore(expiresAt.get().plus(SKEW))) {
      return Optional.of("the JWT-SVID has expired, or has no exp");
    }
    if (expiresAt.get().isAfter(now.plus(LONGEST_LIFE).plus(SKEW))) {
      return Optional.of("exp of the JWT-SVID is more than 15 minutes ahead");
    }
    return svid.issuedAt().orElse(now).isAfter(now.plus(SKEW))
            || svid.notBefore().orElse(now).isAfter(now.plus(SKEW))
        ? Optional.of("the JWT-SVID is from the future")
        : Optional.empty();
  }

  /// By `kid`, which JWT-SVIDs have.
  private static boolean isSignedByOneOf(CompactJwt svid, List<JWK> keys, AppliedRealm realm) {
    return keys.stream()
        .filter(key -> !realm.retired().contains(key))
        .filter(key -> key.getKeyID() != null && svid.keyId().equals(Optional.of(key.getKeyID())))
        .anyMatch(svid::isSignedBy);
  }
}
