package dev.mayfly.spiffe;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.oauth.SpiffeId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A WIT-SVID: it names a workload and the key that the workload holds, and is worth nothing
/// without a proof by that key, which is for the caller to see. It is made for nobody in
/// particular. Its keys are the domain's for WIT-SVIDs, by `kid`.
public record WitSvid(CompactJwt jwt, SpiffeId workload, ECKey key) {
  private static final String TYPE = "wit+jwt";

  /// How far the clock of the domain's server may be from ours.
  private static final Duration SKEW = Duration.ofSeconds(10);

  /// Whether it says that it is one.
  public static boolean isOne(String text) {
    return CompactJwt.read(text, Set.of(TYPE)) instanceof CompactJwt.Read.Legible;
  }

  /// Empty where it is no WIT-SVID at all; nothing of it is believed yet.
  public static Optional<WitSvid> read(String text) {
    if (CompactJwt.read(text, Set.of(TYPE)) instanceof CompactJwt.Read.Legible(CompactJwt jwt)) {
      return Workload.of(jwt)
          .flatMap(workload -> key(jwt).map(key -> new WitSvid(jwt, workload, key)));
    }
    return Optional.empty();
  }

  /// `cnf.jwk` alone, and with the algorithm that it is for.
  private static Optional<ECKey> key(CompactJwt jwt) {
    return jwt.claims().getClaim("cnf") instanceof Map<?, ?> cnf
            && cnf.size() == 1
            && cnf.get("jwk") instanceof Map<?, ?> jwk
            && "ES256".equals(jwk.get("alg"))
        ? PublicKeys.instanceKey(jwk)
        : Optional.empty();
  }

  /// Why the workload is not proved, or nothing. `longest`: how far ahead its end may be.
  public Optional<String> objection(Trust trust, Duration longest, Instant now) {
    if (!trust.signed(this)) {
      return Optional.of("no key of the trust domain signed the WIT-SVID");
    }
    if (trust.retired().test(PublicKeys.thumbprint(key).value())) {
      return Optional.of("the key of the WIT-SVID was retired");
    }
    if (jwt.issuedAt().orElse(now).isAfter(now.plus(SKEW))
        || jwt.notBefore().orElse(now).isAfter(now.plus(SKEW))) {
      return Optional.of("the WIT-SVID is from the future");
    }
    return isFresh(longest, now)
        ? Optional.empty()
        : Optional.of("the WIT-SVID has expired, has no exp, or lives too long");
  }

  /// Whether its end is ahead, and not too far.
  public boolean isFresh(Duration longest, Instant now) {
    return jwt.expiresAt()
        .filter(end -> now.isBefore(end) && !end.isAfter(now.plus(longest).plus(SKEW)))
        .isPresent();
  }

  @Override
  public String toString() {
    return "WitSvid[" + workload + "]";
  }
}
