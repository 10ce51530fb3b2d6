package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.MissingNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The checks of the fault runs, each over what it must object to.
class FaultChecksTest {
  private static final Duration SOON = Duration.ofMillis(20);
  private static final Outage.Terms TERMS =
      new Outage.Terms(Duration.ofSeconds(20), Duration.ofSeconds(5), false);

  private static Optional<String> objection(Reply reply, boolean certainlyDown) {
    return Outage.objection(reply, certainlyDown, TERMS);
  }

  @Test
  void objectsToATokenDuringAFault() {
    assertTrue(objection(answer(200, SOON), true).isPresent());
    assertEquals(Optional.empty(), objection(answer(200, SOON), false));
  }

  @Test
  void takesATokenDuringAFaultWhereAnotherTokenIsLeft() {
    assertEquals(Optional.empty(), Outage.objection(answer(200, SOON), true, TERMS.servingOn()));
  }

  @Test
  void objectsToASignatureThatDoesNotVerifyUnderThePublishedKeyOfItsName() throws JOSEException {
    ECKey published = key("a");
    var keys = new PublishedKeys(new JWKSet(published.toPublicJWK()));
    assertEquals(List.of(), keys.unverifiable(List.of(signed(published, "a"))));
    assertEquals(1, keys.unverifiable(List.of(signed(key("a"), "a"))).size());
    assertEquals(1, keys.unverifiable(List.of(signed(published, "b"))).size());
  }

  private static ECKey key(String kid) throws JOSEException {
    return new ECKeyGenerator(Curve.P_256).keyID(kid).algorithm(JWSAlgorithm.ES256).generate();
  }

  private static String signed(ECKey key, String kid) throws JOSEException {
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(kid).build();
    var jwt = new SignedJWT(header, new JWTClaimsSet.Builder().subject("x").build());
    jwt.sign(new ECDSASigner(key));
    return jwt.serialize();
  }

  @Test
  void objectsToEveryOtherServerErrorAndRefusal() {
    for (int status : List.of(400, 401, 500, 502, 504)) {
      assertTrue(objection(answer(status, SOON), true).isPresent());
      assertTrue(objection(answer(status, SOON), false).isPresent());
    }
  }

  @Test
  void objectsTo503WithoutRetryAfter() {
    var bare = new Reply.Answered(503, headers(Map.of()), MissingNode.getInstance(), SOON);
    assertTrue(objection(bare, true).isPresent());
    assertEquals(Optional.empty(), objection(answer(503, SOON), true));
  }

  @Test
  void objectsToAnAnswerAfterFiveSeconds() {
    Duration limit = Duration.ofSeconds(5);
    assertEquals(Optional.empty(), objection(answer(503, limit.minusMillis(1)), true));
    assertEquals(Optional.empty(), objection(answer(503, limit), true));
    assertTrue(objection(answer(503, limit.plusMillis(1)), true).isPresent());
  }

  @Test
  void objectsToALostAnswer() {
    assertTrue(objection(new Reply.Lost("reset", SOON), true).isPresent());
  }

  @Test
  void objectsToTwoSuccessorsOfOneToken() {
    var journal = new Journal();
    journal.succeeded("a", "b");
    journal.succeeded("a", "b");
    assertEquals(List.of(), List.copyOf(journal.violations()));
    journal.succeeded("a", "c");
    assertEquals(1, journal.violations().size());
  }

  private static Reply answer(int status, Duration took) {
    return new Reply.Answered(
        status, headers(Map.of("Retry-After", List.of("2"))), MissingNode.getInstance(), took);
  }

  private static HttpHeaders headers(Map<String, List<String>> fields) {
    return HttpHeaders.of(fields, (_, _) -> true);
  }
}
