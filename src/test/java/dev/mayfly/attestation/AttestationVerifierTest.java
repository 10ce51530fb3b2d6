package dev.mayfly.attestation;

import static dev.mayfly.attestation.AttestationKit.ATTESTER;
import static dev.mayfly.attestation.AttestationKit.BOT;
import static dev.mayfly.attestation.AttestationKit.CHALLENGES;
import static dev.mayfly.attestation.AttestationKit.FARM;
import static dev.mayfly.attestation.AttestationKit.INSTANCE_KEY;
import static dev.mayfly.attestation.AttestationKit.LENIENT;
import static dev.mayfly.attestation.AttestationKit.LONGEST;
import static dev.mayfly.attestation.AttestationKit.NOW;
import static dev.mayfly.attestation.AttestationKit.REALM;
import static dev.mayfly.attestation.AttestationKit.accepted;
import static dev.mayfly.attestation.AttestationKit.attestation;
import static dev.mayfly.attestation.AttestationKit.jwks;
import static dev.mayfly.attestation.AttestationKit.key;
import static dev.mayfly.attestation.AttestationKit.pop;
import static dev.mayfly.attestation.AttestationKit.quoted;
import static dev.mayfly.attestation.AttestationKit.refused;
import static dev.mayfly.oauth.OAuthError.INVALID_CLIENT_ATTESTATION;
import static dev.mayfly.oauth.OAuthError.USE_ATTESTATION_CHALLENGE;
import static dev.mayfly.oauth.OAuthError.USE_FRESH_ATTESTATION;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.attestation.AttestationKit.Draft;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Registration.NewAttestation;
import dev.mayfly.realm.Attester;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The rules [ATT-1] to [ATT-9] of the attestation draft -11, as far as requests from outside
/// cannot reach them: boundaries of time, and attesters that are not our own.
class AttestationVerifierTest {
  private static final String TOO_OLD = "attestation: it is too old, or lives too long";
  private static final String FUTURE = "attestation: it is from the future";
  private static final String UNKNOWN_SIGNER =
      "attestation: no attester that counts for this client signed it";

  private static AttestationResult with(Draft attestation) {
    return AttestationKit.verify(
        REALM, NOW, FARM, attestation.signedBy(ATTESTER), pop().signedBy(INSTANCE_KEY));
  }

  private static AttestationResult proved(Draft pop) {
    return AttestationKit.verify(
        REALM, NOW, FARM, attestation().signedBy(ATTESTER), pop.signedBy(INSTANCE_KEY));
  }

  /// Judged at another time, with a proof of that time.
  private static AttestationResult at(Instant now, Draft attestation) {
    Draft pop =
        pop()
            .withTime("iat", now)
            .with("challenge", quoted(AttestationKit.challenges(now).issue(REALM.name(), now)));
    return AttestationKit.verify(
        REALM, now, FARM, attestation.signedBy(ATTESTER), pop.signedBy(INSTANCE_KEY));
  }

  @Test
  void acceptsWhatKeepsEveryRule() {
    AttestationEvidence evidence = accepted(with(attestation()));
    assertEquals(BOT, evidence.client());
    assertEquals("farm", evidence.attester());
    assertEquals("farm", evidence.kind());
    assertEquals(PublicKeys.thumbprint(INSTANCE_KEY), evidence.instance());
    assertEquals(NOW.plusSeconds(70), evidence.mark().expiresAt());
  }

  @Test
  void withoutBothHeadersThereIsNone() {
    AttestationVerifier verifier = new AttestationVerifier(REALM, CHALLENGES, NOW);
    assertEquals(
        new AttestationResult.Absent(),
        verifier.verify(BOT, List.of(FARM), List.of(), List.of(), Optional.empty()));
  }

  @Test
  void eachHeaderIsThereOnce() {
    String attestation = attestation().signedBy(ATTESTER);
    String pop = pop().signedBy(INSTANCE_KEY);
    AttestationVerifier verifier = new AttestationVerifier(REALM, CHALLENGES, NOW);
    for (List<List<String>> headers :
        List.of(
            List.of(List.of(attestation), List.<String>of()),
            List.of(List.<String>of(), List.of(pop)),
            List.of(List.of(attestation, attestation), List.of(pop)),
            List.of(List.of(attestation), List.of(pop, pop)))) {
      refused(
          INVALID_CLIENT_ATTESTATION,
          "not exactly one attestation and one proof of possession",
          verifier.verify(BOT, List.of(FARM), headers.get(0), headers.get(1), Optional.empty()));
    }
  }

  @Test
  void expiresAtExp() {
    Draft attestation = attestation();
    Instant end = NOW.plusSeconds(600);
    accepted(at(end.minusMillis(1), attestation));
    refused(USE_FRESH_ATTESTATION, TOO_OLD, at(end, attestation));
    refused(USE_FRESH_ATTESTATION, TOO_OLD, at(end.plusMillis(1), attestation));
  }

  @Test
  void mayNotLiveLongerThanItsAttesterIsTrusted() {
    accepted(with(attestation().withTime("exp", NOW.plus(LONGEST).minusSeconds(1))));
    accepted(with(attestation().withTime("exp", NOW.plus(LONGEST))));
    refused(
        USE_FRESH_ATTESTATION,
        TOO_OLD,
        with(attestation().withTime("exp", NOW.plus(LONGEST).plusSeconds(1))));
  }

  @Test
  void isOverWhenTheAttestersLifetimeHasPassedSinceIat() {
    Draft attestation = attestation().withTime("exp", NOW.plus(LONGEST));
    accepted(at(NOW.plus(LONGEST).minusMillis(1), attestation));
    refused(USE_FRESH_ATTESTATION, TOO_OLD, at(NOW.plus(LONGEST), attestation));
  }

  @Test
  void mayBeAMinuteAheadOfOurClock() {
    accepted(with(attestation().withTime("iat", NOW.plusSeconds(59))));
    accepted(with(attestation().withTime("iat", NOW.plusSeconds(60))));
    refused(
        INVALID_CLIENT_ATTESTATION,
        FUTURE,
        with(attestation().withTime("iat", NOW.plusSeconds(61))));
  }

  @Test
  void isNotValidBeforeNbf() {
    accepted(with(attestation().withTime("nbf", NOW.plusSeconds(60))));
    refused(
        INVALID_CLIENT_ATTESTATION,
        FUTURE,
        with(attestation().withTime("nbf", NOW.plusSeconds(61))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"iat", "exp"})
  void mustSayFromWhenToWhen(String claim) {
    refused(
        INVALID_CLIENT_ATTESTATION,
        "attestation: it has no iat or no exp",
        with(attestation().with(claim, null)));
  }

  @Test
  void isOfThisClient() {
    for (String sub : new String[] {"\"another\"", "\"BOT\"", "7", null}) {
      AttestationResult result = with(attestation().with("sub", sub));
      assertInstanceOf(AttestationResult.Refused.class, result, sub);
    }
  }

  /// [ATT-2]: `iss`, `aud` and whatever else is there mean nothing.
  @Test
  void ignoresOtherClaims() {
    accepted(with(attestation().with("iss", "\"x\"").with("aud", "\"y\"").with("z", "{}")));
  }

  @Test
  void isNotAnyOtherType() {
    for (String type : new String[] {null, "\"JWT\"", "\"oauth-client-attestation-pop+jwt\""}) {
      refused(
          INVALID_CLIENT_ATTESTATION,
          "attestation: a JWT of another type",
          with(attestation().withHeader("typ", type)));
    }
  }

  @Test
  void confirmsAPublicP256KeyAndNothingElse() throws JOSEException {
    String publicKey = INSTANCE_KEY.toPublicJWK().toJSONString();
    String p384 = new ECKeyGenerator(Curve.P_384).generate().toPublicJWK().toJSONString();
    for (String cnf :
        new String[] {
          null,
          "{}",
          "[]",
          publicKey,
          "{\"jwk\":" + INSTANCE_KEY.toJSONString() + "}",
          "{\"jwk\":" + p384 + "}",
          "{\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}",
          "{\"jkt\":\"" + PublicKeys.thumbprint(INSTANCE_KEY) + "\"}",
          "{\"kid\":\"a\"}",
          "{\"jwk\":" + publicKey + ",\"jkt\":\"a\"}"
        }) {
      refused(
          INVALID_CLIENT_ATTESTATION,
          "attestation: cnf.jwk is not a public P-256 key",
          with(attestation().with("cnf", cnf)));
    }
  }

  @Test
  void anAttesterIsKnownByItsKeyAndAKidOnlyNarrowsTheChoice() {
    ECKey second = key("second");
    Attester two = jwks(ATTESTER, second);
    String pop = pop().signedBy(INSTANCE_KEY);
    for (String kid : new String[] {null, "\"second\""}) {
      accepted(
          AttestationKit.verify(
              REALM, NOW, two, attestation().withHeader("kid", kid).signedBy(second), pop));
    }
    for (String kid : new String[] {"\"attester\"", "\"unknown\""}) {
      refused(
          INVALID_CLIENT_ATTESTATION,
          UNKNOWN_SIGNER,
          AttestationKit.verify(
              REALM, NOW, two, attestation().withHeader("kid", kid).signedBy(second), pop));
    }
  }

  @Test
  void aConfiguredKeyWithoutKidIsTriedForEveryKid() {
    ECKey nameless = new ECKey.Builder(ATTESTER).keyID(null).build();
    accepted(
        AttestationKit.verify(
            REALM,
            NOW,
            jwks(nameless),
            attestation().withHeader("kid", "\"whatever\"").signedBy(ATTESTER),
            pop().signedBy(INSTANCE_KEY)));
  }

  @Test
  void aKeyInTheHeaderIsNeverFollowed() {
    ECKey own = key("attester");
    Draft attestation =
        attestation()
            .withHeader("kid", "\"attester\"")
            .withHeader("jwk", own.toPublicJWK().toJSONString())
            .withHeader("jku", "\"https://evil.example/jwks\"");
    refused(
        INVALID_CLIENT_ATTESTATION,
        UNKNOWN_SIGNER,
        AttestationKit.verify(
            REALM, NOW, FARM, attestation.signedBy(own), pop().signedBy(INSTANCE_KEY)));
  }

  @Test
  void ourOwnAttesterIsKnownByOurOwnKeyAndItsKid() {
    Attester.Builtin own = (Attester.Builtin) REALM.config().attesters().get("mayfly");
    NewAttestation made =
        ClientAttestations.prepare(
            own, ClientAttestations.byJoinSecret(own), NOW, Optional.empty());
    String attestation =
        ClientAttestations.sign(REALM, BOT, INSTANCE_KEY.toPublicJWK(), made, NOW)
            .await()
            .indefinitely();
    String pop = pop().signedBy(INSTANCE_KEY);
    AttestationEvidence evidence =
        accepted(AttestationKit.verify(REALM, NOW, own, attestation, pop));
    assertEquals("mayfly", evidence.attester());
    assertEquals("join_secret", evidence.kind());
    assertEquals("attested", evidence.level().name());
    assertEquals(Optional.of(made.jti().value()), evidence.attestationId());
    // The same realm file with other keys: another broker.
    refused(
        INVALID_CLIENT_ATTESTATION,
        UNKNOWN_SIGNER,
        AttestationKit.verify(LENIENT, NOW, own, attestation, pop));
  }

  @Test
  void anAccessTokenKeyAttestsNothing() {
    Attester own = REALM.config().attesters().get("mayfly");
    String claims =
        "{\"sub\":\"bot\",\"iat\":%d,\"exp\":%d,\"cnf\":{\"jwk\":%s}}"
            .formatted(
                NOW.getEpochSecond(),
                NOW.getEpochSecond() + 600,
                INSTANCE_KEY.toPublicJWK().toJSONString());
    String signed =
        REALM.accessTokenKeys().sign("oauth-client-attestation+jwt", claims).await().indefinitely();
    refused(
        INVALID_CLIENT_ATTESTATION,
        UNKNOWN_SIGNER,
        AttestationKit.verify(REALM, NOW, own, signed, pop().signedBy(INSTANCE_KEY)));
  }

  @Test
  void anAttesterThatDoesNotCountForTheClientIsUnknown() {
    refused(
        INVALID_CLIENT_ATTESTATION,
        UNKNOWN_SIGNER,
        new AttestationVerifier(REALM, CHALLENGES, NOW)
            .verify(
                BOT,
                List.of(),
                List.of(attestation().signedBy(ATTESTER)),
                List.of(pop().signedBy(INSTANCE_KEY)),
                Optional.empty()));
  }

  @Test
  void theProofIsByTheAttestedKey() {
    refused(
        INVALID_CLIENT_ATTESTATION,
        "pop: the attested key did not sign it",
        AttestationKit.verify(
            REALM, NOW, FARM, attestation().signedBy(ATTESTER), pop().signedBy(ATTESTER)));
  }

  @Test
  void theProofIsForThisIssuerAlone() {
    String issuer = quoted(TestRealm.ISSUER);
    accepted(proved(pop().with("aud", "[" + issuer + "]")));
    for (String aud :
        new String[] {
          null,
          quoted(TestRealm.ISSUER + "/"),
          quoted(TestRealm.ISSUER + "/token"),
          "[" + issuer + ",\"https://other.example\"]",
          "[]"
        }) {
      refused(
          INVALID_CLIENT_ATTESTATION,
          "pop: aud is not this issuer alone",
          proved(pop().with("aud", aud)));
    }
  }

  @Test
  void theProofIsOfAMinute() {
    accepted(proved(pop().withTime("iat", NOW.minusSeconds(60))));
    refused(
        INVALID_CLIENT_ATTESTATION,
        "pop: the proof is too old",
        proved(pop().withTime("iat", NOW.minusSeconds(61))));
    accepted(proved(pop().withTime("iat", NOW.plusSeconds(10))));
    refused(
        INVALID_CLIENT_ATTESTATION,
        "pop: the proof is from the future",
        proved(pop().withTime("iat", NOW.plusSeconds(11))));
  }

  @Test
  void theProofCarriesAFreshChallengeOfOurs() {
    String because = "pop: the challenge is missing or not fresh";
    String stale = CHALLENGES.issue(REALM.name(), NOW.minus(ChallengeKeys.FRESH).minusMillis(1));
    String fresh = CHALLENGES.issue(REALM.name(), NOW.minus(ChallengeKeys.FRESH));
    accepted(proved(pop().with("challenge", quoted(fresh))));
    for (String challenge : new String[] {null, quoted(stale), "\"\"", "7", "\"made up\""}) {
      refused(USE_ATTESTATION_CHALLENGE, because, proved(pop().with("challenge", challenge)));
    }
  }

  @Test
  void whereTheChallengeIsOptionalAWrongOneIsStillRefused() {
    String attestation = attestation().signedBy(ATTESTER);
    accepted(
        AttestationKit.verify(
            LENIENT, NOW, FARM, attestation, pop().with("challenge", null).signedBy(INSTANCE_KEY)));
    refused(
        USE_ATTESTATION_CHALLENGE,
        "pop: the challenge is missing or not fresh",
        AttestationKit.verify(
            LENIENT,
            NOW,
            FARM,
            attestation,
            pop().with("challenge", "\"made up\"").signedBy(INSTANCE_KEY)));
  }

  /// What the late-duplicate rule compares with the last rotation: never earlier than the truth.
  @Test
  void wasProvedAtTheLaterOfChallengeAndIat() {
    Instant secondEnd = NOW.plusMillis(999);
    assertEquals(secondEnd, accepted(proved(pop())).provedAt());
    Instant challenged = NOW.plusSeconds(2);
    String later = CHALLENGES.issue(REALM.name(), challenged);
    assertEquals(challenged, accepted(proved(pop().with("challenge", quoted(later)))).provedAt());
    Instant aged = NOW.minusSeconds(30);
    String earlier = CHALLENGES.issue(REALM.name(), aged);
    assertEquals(secondEnd, accepted(proved(pop().with("challenge", quoted(earlier)))).provedAt());
  }

  private static DpopEvidence proofBy(ECKey key) {
    String proof =
        AttestationKit.dpop().withHeader("jwk", key.toPublicJWK().toJSONString()).signedBy(key);
    String uri = TestRealm.ISSUER + "/attest";
    return assertInstanceOf(
            DpopProof.Result.Accepted.class,
            DpopProof.verify(List.of(proof), HttpTarget.post(uri), REALM, CHALLENGES, NOW))
        .proof();
  }

  private static AttestationResult combined(Optional<DpopEvidence> dpop, String... pops) {
    return new AttestationVerifier(REALM, CHALLENGES, NOW)
        .verify(BOT, List.of(FARM), List.of(attestation().signedBy(ATTESTER)), List.of(pops), dpop);
  }

  @Test
  void aDpopProofByTheAttestedKeyServesAsThePop() {
    DpopEvidence proof = proofBy(INSTANCE_KEY);
    AttestationEvidence evidence = AttestationKit.accepted(combined(Optional.of(proof)));
    assertEquals(AttestationEvidence.Proof.DPOP_COMBINED, evidence.proof());
    assertEquals(proof.mark(), evidence.mark());
    assertEquals(proof.provedAt(), evidence.provedAt());
    assertEquals(proof.jkt(), evidence.instance());
  }

  @Test
  void aDpopProofByAnotherKeyDoesNot() {
    refused(
        INVALID_CLIENT_ATTESTATION,
        "dpop: another key than the attested one made the proof",
        combined(Optional.of(proofBy(ATTESTER))));
  }

  @Test
  void besideAPopADpopProofMayBeByAnyKey() {
    AttestationEvidence evidence =
        AttestationKit.accepted(
            combined(Optional.of(proofBy(ATTESTER)), pop().signedBy(INSTANCE_KEY)));
    assertEquals(AttestationEvidence.Proof.ATTESTATION_POP_JWT, evidence.proof());
  }

  @Test
  void withoutAnyProofTheAttestationIsWorthNothing() {
    refused(
        INVALID_CLIENT_ATTESTATION,
        "not exactly one attestation and one proof of possession",
        combined(Optional.empty()));
  }
}
