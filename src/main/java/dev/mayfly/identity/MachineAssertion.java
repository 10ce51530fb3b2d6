package dev.mayfly.identity;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.ledger.ReplayMark;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `private_key_jwt` of a machine: RFC 7523 §3, with the audience rule of its revision
/// (rfc7523bis): the admin API and nothing else. Keys come from the machine's row only, never
/// from the header. Pure.
final class MachineAssertion {
  /// As for the assertions of clients.
  private static final Set<String> TYPES = Set.of("", "jwt", "client-authentication+jwt");

  private static final Duration LONGEST_LIFE = Duration.ofMinutes(5);
  private static final Duration SKEW = Duration.ofSeconds(10);
  private static final int LONGEST_JTI = 256;

  private MachineAssertion() {}

  /// By the algorithms of public keys alone.
  static Optional<CompactJwt> read(String text) {
    return CompactJwt.read(text, TYPES) instanceof CompactJwt.Read.Legible(CompactJwt jwt)
        ? Optional.of(jwt)
        : Optional.empty();
  }

  /// Whose it claims to be.
  static Optional<String> subject(CompactJwt assertion) {
    return assertion.text("iss").filter(name -> assertion.text("sub").equals(Optional.of(name)));
  }

  /// Empty when the assertion proves its subject; else why not, for the audit trail. `jwks`: as it
  /// stands in the machine's row.
  static Optional<String> objection(
      CompactJwt assertion, String audience, String jwks, Instant now) {
    if (!assertion.isMeantOnlyFor(audience)) {
      return Optional.of("assertion_for_another");
    }
    Optional<Instant> end = assertion.expiresAt();
    boolean tooEarly =
        assertion.issuedAt().orElse(now).isAfter(now.plus(SKEW))
            || assertion.notBefore().orElse(now).isAfter(now.plus(SKEW));
    if (end.isEmpty()
        || !now.isBefore(end.get().plus(SKEW))
        || end.get().isAfter(now.plus(LONGEST_LIFE).plus(SKEW))
        || tooEarly) {
      return Optional.of("assertion_out_of_time");
    }
    Optional<String> jti = assertion.text("jti");
    if (jti.isEmpty() || jti.get().isEmpty() || jti.get().length() > LONGEST_JTI) {
      return Optional.of("assertion_without_jti");
    }
    return keys(jwks).stream().anyMatch(key -> mayBeBy(assertion, key) && assertion.isSignedBy(key))
        ? Optional.empty()
        : Optional.of("assertion_signature_wrong");
  }

  /// A `kid` only narrows the choice among the machine's own keys.
  private static boolean mayBeBy(CompactJwt assertion, JWK key) {
    return assertion.keyId().isEmpty()
        || key.getKeyID() == null
        || key.getKeyID().equals(assertion.keyId().get());
  }

  private static List<JWK> keys(String jwks) {
    try {
      return JWKSet.parse(jwks).getKeys();
    } catch (ParseException e) {
      throw new IllegalStateException("keys were read before they were kept", e);
    }
  }

  /// Precondition: no objection.
  static ReplayMark mark(CompactJwt assertion, String machine) {
    return ReplayMark.of(
        "machine_assertion",
        "mayfly",
        machine,
        assertion.text("jti").orElseThrow(),
        assertion.expiresAt().orElseThrow().plus(SKEW));
  }
}
