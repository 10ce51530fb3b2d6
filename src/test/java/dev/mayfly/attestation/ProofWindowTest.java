package dev.mayfly.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.JwtMaker;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [ATT-8] and RFC 9449 §11.1: 60 s back, 10 s ahead.
class ProofWindowTest {
  private static final Instant MADE = Instant.parse("2026-11-21T12:00:00Z");
  private static final Optional<String> OLD = Optional.of("the proof is too old");
  private static final Optional<String> AHEAD = Optional.of("the proof is from the future");
  private static final Optional<String> NO_JTI =
      Optional.of("the proof has no jti of 1 to 256 characters");

  private static CompactJwt proof(String payload) {
    try {
      String text =
          JwtMaker.es256(
              "{\"alg\":\"ES256\"}",
              payload,
              new ECKeyGenerator(Curve.P_256).generate().toECPrivateKey());
      return assertInstanceOf(CompactJwt.Read.Legible.class, CompactJwt.read(text, Set.of("")))
          .jwt();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final CompactJwt PROOF =
      proof("{\"iat\":" + MADE.getEpochSecond() + ",\"jti\":\"1\"}");

  private static Optional<String> objection(Instant now) {
    return ProofWindow.objection(PROOF, now);
  }

  @Test
  void isAcceptedUntil60SecondsAfterItWasMade() {
    assertEquals(Optional.empty(), objection(MADE.plusSeconds(59)));
    assertEquals(Optional.empty(), objection(MADE.plusSeconds(60)));
    assertEquals(Optional.empty(), objection(MADE.plusSeconds(61).minusNanos(1)), "iat is whole");
    assertEquals(OLD, objection(MADE.plusSeconds(61)));
  }

  @Test
  void isAcceptedFrom10SecondsBeforeItWasMade() {
    assertEquals(Optional.empty(), objection(MADE.minusSeconds(9)));
    assertEquals(Optional.empty(), objection(MADE.minusSeconds(10)));
    assertEquals(AHEAD, objection(MADE.minusSeconds(10).minusNanos(1)));
    assertEquals(AHEAD, objection(MADE.minusSeconds(11)));
  }

  @Test
  void mustSayWhenItWasMade() {
    assertEquals(
        Optional.of("the proof has no iat"), ProofWindow.objection(proof("{\"jti\":\"1\"}"), MADE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"9223372036854775807", "-9223372036854775808", "9223372036854775", "0", "1e300"})
  void aTimeBeyondReasonIsRefusedLikeAnyOther(String iat) {
    Optional<String> objection =
        ProofWindow.objection(proof("{\"iat\":" + iat + ",\"jti\":\"1\"}"), MADE);
    assertEquals(Optional.of(true), objection.map(because -> because.startsWith("the proof is")));
  }

  @Test
  void hasAJtiOf1To256Characters() {
    assertEquals(NO_JTI, withJti(""));
    assertEquals(Optional.empty(), withJti("a"));
    assertEquals(Optional.empty(), withJti("a".repeat(256)));
    assertEquals(NO_JTI, withJti("a".repeat(257)));
    assertEquals(
        NO_JTI, ProofWindow.objection(proof("{\"iat\":" + MADE.getEpochSecond() + "}"), MADE));
  }

  private static Optional<String> withJti(String jti) {
    return ProofWindow.objection(
        proof("{\"iat\":" + MADE.getEpochSecond() + ",\"jti\":\"" + jti + "\"}"), MADE);
  }

  /// Else the same proof would be new again while it is still accepted.
  @Test
  void theMarkOutlivesTheProof() {
    Instant end = ProofWindow.mark(PROOF, "dpop", "r", "p").expiresAt();
    assertEquals(MADE.plusSeconds(70), end);
    assertEquals(OLD, objection(end));
  }
}
