package dev.mayfly.spiffe;

import dev.mayfly.jose.CompactJwt;
import dev.mayfly.oauth.SpiffeId;
import dev.mayfly.realm.TrustDomain;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// A JWT-SVID: a bearer token that SPIFFE agents keep and hand out again, so it cannot be
/// single-use; it has to be made for us alone, and to end soon. Its keys are the domain's for
/// JWT-SVIDs: never from the token, and never those of X.509-SVIDs or WIT-SVIDs.
public record JwtSvid(CompactJwt jwt, SpiffeId workload) {
  private static final Set<String> TYPES = Set.of("", "jwt", "jose");
  private static final Duration LONGEST_LIFE = Duration.ofMinutes(15);
  private static final Duration SKEW = Duration.ofSeconds(10);

  /// Empty where it is no JWT-SVID at all; nothing of it is believed yet.
  public static Optional<JwtSvid> read(String text) {
    return CompactJwt.read(text, TYPES) instanceof CompactJwt.Read.Legible(CompactJwt jwt)
        ? Workload.of(jwt).map(workload -> new JwtSvid(jwt, workload))
        : Optional.empty();
  }

  /// Why the workload is not proved, or nothing. `audience`: the realm's issuer.
  public Optional<String> objection(Trust trust, String audience, Instant now) {
    if (!trust.signed(jwt, workload, TrustDomain::jwtKeys)) {
      return Optional.of("no key of the trust domain signed the JWT-SVID");
    }
    if (!jwt.isMeantOnlyFor(audience)) {
      return Optional.of("aud of the JWT-SVID is not this issuer alone");
    }
    Optional<Instant> expiresAt = jwt.expiresAt();
    if (expiresAt.isEmpty() || !now.isBefore(expiresAt.get().plus(SKEW))) {
      return Optional.of("the JWT-SVID has expired, or has no exp");
    }
    if (expiresAt.get().isAfter(now.plus(LONGEST_LIFE).plus(SKEW))) {
      return Optional.of("exp of the JWT-SVID is more than 15 minutes ahead");
    }
    return jwt.issuedAt().orElse(now).isAfter(now.plus(SKEW))
            || jwt.notBefore().orElse(now).isAfter(now.plus(SKEW))
        ? Optional.of("the JWT-SVID is from the future")
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "JwtSvid[" + workload + "]";
  }
}
