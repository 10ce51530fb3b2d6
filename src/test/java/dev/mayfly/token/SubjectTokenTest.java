package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.CertificateThumbprint;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.AttestationLevel;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Whose a token is that is presented for exchange, and how it limits what comes of it.
class SubjectTokenTest {
  private static final AccessTokenVerifier VERIFIER = new AccessTokenVerifier(new IssuedTokens());
  private static final Instant NOW = Instant.ofEpochSecond(1_790_000_000);
  private static final Instant END = NOW.plusSeconds(300);
  private static final ClientId BOT = new ClientId("bot");
  private static final JwkThumbprint KEY = new JwkThumbprint("k".repeat(43));
  private static final JwkThumbprint OTHER_KEY = new JwkThumbprint("o".repeat(43));
  private static final CertificateThumbprint CERTIFICATE =
      new CertificateThumbprint("c".repeat(43));
  private static final Optional<Confirmation> BY_KEY = Optional.of(Confirmation.of(KEY));
  private static final AppliedRealm REALM =
      TestRealm.of(
          """
          realm: test
          audiences: ["https://api.example/"]
          scopes: {read: {minimum_attestation: none}}
          """);

  private static Optional<SubjectToken> read(String more) {
    String claims =
        """
        {"iss":"%s","client_id":"bot","grant_id":"%s","exp":%d,"jti":"j","scope":"read",
         "aud":"https://api.example/","attestation":"join_secret","attestation_level":"attested",
         "issued_address":"192.0.2.7"%s}
        """
            .formatted(TestRealm.ISSUER, GrantId.at(Instant.now()), END.getEpochSecond(), more);
    String token = REALM.accessTokenKeys().sign("at+jwt", claims).await().indefinitely();
    return VERIFIER.verify(token, REALM, NOW).flatMap(SubjectToken::of);
  }

  private static SubjectToken subject(String more) {
    return read(more).orElseThrow();
  }

  private static boolean isRefused(
      SubjectToken subject, TokenType presented, Optional<Confirmation> keys) {
    return subject.objection(BOT, presented, keys).isPresent();
  }

  private static void only(boolean allowed, boolean refused) {
    assertTrue(!allowed && refused);
  }

  @Test
  void isNobodyElses() {
    assertTrue(subject("").objection(new ClientId("other"), TokenType.BEARER, BY_KEY).isPresent());
    assertEquals(Optional.empty(), subject("").objection(BOT, TokenType.BEARER, Optional.empty()));
  }

  @Test
  void theKeyThatItIsBoundToHasToBeProved() {
    SubjectToken subject = subject(",\"cnf\":{\"jkt\":\"" + KEY + "\"}");
    only(
        isRefused(subject, TokenType.BEARER, BY_KEY),
        isRefused(subject, TokenType.BEARER, Optional.of(Confirmation.of(OTHER_KEY))));
    only(
        isRefused(subject, TokenType.DPOP, BY_KEY),
        isRefused(subject, TokenType.BEARER, Optional.empty()));
  }

  /// An attestation PoP by the same key would make a Bearer token of it.
  @Test
  void aDpopTokenNeedsADpopProof() {
    SubjectToken subject = subject(",\"token_type\":\"DPoP\",\"cnf\":{\"jkt\":\"" + KEY + "\"}");
    only(isRefused(subject, TokenType.DPOP, BY_KEY), isRefused(subject, TokenType.BEARER, BY_KEY));
  }

  @Test
  void keyAndCertificateHaveToBeProvedBoth() {
    SubjectToken subject =
        subject(",\"cnf\":{\"jkt\":\"" + KEY + "\",\"x5t#S256\":\"" + CERTIFICATE + "\"}");
    Optional<Confirmation> both = Confirmation.of(Optional.of(KEY), Optional.of(CERTIFICATE));
    Optional<Confirmation> one = Confirmation.of(Optional.empty(), Optional.of(CERTIFICATE));
    only(isRefused(subject, TokenType.BEARER, both), isRefused(subject, TokenType.BEARER, one));
    assertTrue(isRefused(subject, TokenType.BEARER, BY_KEY));
  }

  @Test
  void whatWeNeverWriteIsNoSubject() {
    assertEquals(Optional.empty(), read(",\"cnf\":{}"));
    assertEquals(Optional.empty(), read(",\"cnf\":\"k\""));
    assertEquals(Optional.empty(), read(",\"issued_country\":7"));
    assertEquals(Optional.empty(), read(",\"authorization_details\":[]"));
    assertEquals(Optional.empty(), read(",\"authorization_details\":[{\"type\":\"other\"}]"));
    assertEquals(Optional.empty(), read(",\"origin\":\"j\""));
    assertEquals(Optional.empty(), read(",\"origin\":{\"jti\":\"j\"}"));
  }

  private static AccessTokenClaims issued(Instant end, SubjectToken subject, String level) {
    AttestationLevel known =
        level.equals("none") ? AttestationLevel.NONE : new AttestationLevel(1, level);
    return new AccessTokenClaims(
            TestRealm.ISSUER,
            BOT,
            subject.access(),
            new Jti("new"),
            NOW,
            end,
            subject.grant(),
            "kubernetes",
            "workload",
            TokenType.BEARER,
            Optional.empty(),
            "192.0.2.99",
            Optional.of("NO"),
            List.of(),
            List.of(),
            Optional.empty())
        .inExchangeFor(subject, known);
  }

  @Test
  void whatComesOfItEndsWithItAtTheLatest() {
    SubjectToken subject = subject("");
    assertEquals(END.minusSeconds(1), issued(END.minusSeconds(1), subject, "none").expiresAt());
    assertEquals(END, issued(END, subject, "none").expiresAt());
    assertEquals(END, issued(END.plusSeconds(1), subject, "none").expiresAt());
  }

  @Test
  void whatComesOfItSaysNoMoreOfWhereItsHolderIs() {
    SubjectToken subject = subject(",\"issued_country\":\"GB\"");
    AccessTokenClaims same = issued(END, subject, "attested");
    assertEquals("join_secret attested", same.attestation() + " " + same.attestationLevel());
    assertEquals("192.0.2.7", same.issuedAddress());
    assertEquals(Optional.of("GB"), same.issuedCountry());
    AccessTokenClaims less = issued(END, subject, "weaker");
    assertEquals("kubernetes weaker", less.attestation() + " " + less.attestationLevel());
  }

  @Test
  void theOriginIsTheFirstTokenOfTheLine() {
    assertEquals(
        Optional.of(new Origin(new Jti("j"), END)), issued(END, subject(""), "none").origin());
    Instant firstEnd = END.plusSeconds(60);
    assertEquals(
        Optional.of(new Origin(new Jti("first"), firstEnd)),
        issued(
                END,
                subject(
                    ",\"origin\":{\"jti\":\"first\",\"exp\":" + firstEnd.getEpochSecond() + "}"),
                "none")
            .origin());
  }
}
