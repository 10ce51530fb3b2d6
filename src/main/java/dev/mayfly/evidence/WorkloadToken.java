package dev.mayfly.evidence;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.evidence.Appraisal.SingleUse;
import dev.mayfly.jose.CompactJwt;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A signed JWT of a platform: what all kinds of them have in common. Type, algorithm and key are
/// ours to choose (RFC 8725), the issuer and the audience must be the expected ones, and it must
/// not live longer than the rule allows.
final class WorkloadToken {
  /// How far the platform's clock may be from ours.
  private static final Duration SKEW = Duration.ofSeconds(30);

  /// `JWT`, or nothing. Access tokens, attestations and proofs are no evidence of a workload.
  private static final Set<String> TYPES = Set.of("", "jwt");

  private static final int LONGEST_ID = 256;

  private final CompactJwt jwt;

  private WorkloadToken(CompactJwt jwt) {
    this.jwt = jwt;
  }

  /// What the rule expects of a token.
  record Expected(String issuer, String audience, Duration longest) {}

  sealed interface Result {
    record Verified(WorkloadToken token) implements Result {}

    record Refused(String because) implements Result {}
  }

  /// The `kid` and `iss` of a token that nobody has verified yet; empty when it is not legible.
  static Optional<CompactJwt> peek(String text) {
    return CompactJwt.readOfPlatform(text, TYPES) instanceof CompactJwt.Read.Legible(var jwt)
        ? Optional.of(jwt)
        : Optional.empty();
  }

  /// `keys`: those of the expected issuer.
  static Result verify(String text, Expected expected, List<JWK> keys, Instant now) {
    return switch (CompactJwt.readOfPlatform(text, TYPES)) {
      case CompactJwt.Read.Unreadable(String because) -> new Result.Refused(because);
      case CompactJwt.Read.Legible(CompactJwt jwt) ->
          objection(jwt, expected, now)
              .or(
                  () ->
                      isSigned(jwt, keys)
                          ? Optional.empty()
                          : Optional.of("no key of the issuer made its signature"))
              .<Result>map(Result.Refused::new)
              .orElseGet(() -> new Result.Verified(new WorkloadToken(jwt)));
    };
  }

  /// As [#verify] without the signature: for a token about which its platform is asked.
  static Result claims(String text, Expected expected, Instant now) {
    return switch (CompactJwt.readOfPlatform(text, TYPES)) {
      case CompactJwt.Read.Unreadable(String because) -> new Result.Refused(because);
      case CompactJwt.Read.Legible(CompactJwt jwt) ->
          objection(jwt, expected, now)
              .<Result>map(Result.Refused::new)
              .orElseGet(() -> new Result.Verified(new WorkloadToken(jwt)));
    };
  }

  private static boolean isSigned(CompactJwt jwt, List<JWK> keys) {
    return keys.stream()
        .filter(
            key ->
                key.getKeyID() == null
                    || jwt.keyId().isEmpty()
                    || key.getKeyID().equals(jwt.keyId().get()))
        .anyMatch(jwt::isSignedByPlatform);
  }

  private static Optional<String> objection(CompactJwt jwt, Expected expected, Instant now) {
    if (!jwt.text("iss").equals(Optional.of(expected.issuer()))) {
      return Optional.of("iss is another issuer");
    }
    if (!jwt.isMeantOnlyFor(expected.audience())) {
      return Optional.of("aud is not " + expected.audience() + " alone");
    }
    if (jwt.issuedAt().isEmpty() || jwt.expiresAt().isEmpty()) {
      return Optional.of("it has no iat or no exp");
    }
    Instant issued = jwt.issuedAt().get();
    Instant ends = jwt.expiresAt().get();
    if (issued.isAfter(now.plus(SKEW)) || jwt.notBefore().orElse(issued).isAfter(now.plus(SKEW))) {
      return Optional.of("it is from the future");
    }
    if (!now.isBefore(ends.plus(SKEW))) {
      return Optional.of("it has expired");
    }
    return Duration.between(issued, ends).compareTo(expected.longest()) > 0
        ? Optional.of("it lives longer than max_token_lifetime")
        : Optional.empty();
  }

  Optional<String> text(String claim) {
    return jwt.text(claim);
  }

  /// A text at a path of claims; `a.b` is also looked for as one name.
  Optional<String> textAt(String path) {
    Optional<String> direct = jwt.text(path);
    return direct.isPresent() ? direct : textIn(jwt.claims().getClaims(), path);
  }

  private static Optional<String> textIn(Map<?, ?> claims, String path) {
    int dot = path.indexOf('.');
    while (dot > 0) {
      if (claims.get(path.substring(0, dot)) instanceof Map<?, ?> inner) {
        String rest = path.substring(dot + 1);
        return inner.get(rest) instanceof String text ? Optional.of(text) : textIn(inner, rest);
      }
      dot = path.indexOf('.', dot + 1);
    }
    return Optional.empty();
  }

  /// A text by the names of the claims that lead to it.
  Optional<String> textIn(String first, String... rest) {
    Object at = jwt.claims().getClaim(first);
    for (String name : rest) {
      at = at instanceof Map<?, ?> map ? map.get(name) : null;
    }
    return at instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /// By its `jti`, else by a digest of what was signed: the signature itself can be written in
  /// more than one way.
  SingleUse singleUse(String issuer) {
    String id =
        jwt.text("jti")
            .filter(jti -> !jti.isEmpty() && jti.length() <= LONGEST_ID)
            .map(jti -> "jti " + jti)
            .orElseGet(() -> "digest " + jwt.signedDigest());
    return new SingleUse(issuer, id, jwt.expiresAt().orElseThrow().plus(SKEW));
  }
}
