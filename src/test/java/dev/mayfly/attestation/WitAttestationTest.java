package dev.mayfly.attestation;

import static dev.mayfly.attestation.AttestationKit.quoted;
import static dev.mayfly.oauth.OAuthError.INVALID_CLIENT;
import static dev.mayfly.oauth.OAuthError.INVALID_CLIENT_ATTESTATION;
import static dev.mayfly.oauth.OAuthError.USE_ATTESTATION_CHALLENGE;
import static dev.mayfly.oauth.OAuthError.USE_FRESH_ATTESTATION;
import static dev.mayfly.spiffe.Mesh.INSTANCE;
import static dev.mayfly.spiffe.Mesh.NOW;
import static dev.mayfly.spiffe.Mesh.WIT_KEY;
import static dev.mayfly.spiffe.Mesh.witSvid;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.attestation.AttestationKit.Draft;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Registration.RevokedAttestation;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.Attester;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import dev.mayfly.spiffe.Mesh;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A WIT-SVID in the place of a client attestation: whose it is, how long it counts, and that it
/// needs a PoP.
class WitAttestationTest {
  private static final ClientId BOT = new ClientId("bot");
  private static final AppliedRealm REALM = TestRealm.of(yaml());

  private static String yaml() {
    ECKey key = WIT_KEY;
    return """
    realm: test
    audiences: ["https://api.example/"]
    scopes: {read: {}}
    trust_domains:
      - name: prod.test
        bundle: {keys: [{use: wit-svid, kty: EC, crv: P-256, x: "%s", y: "%s", kid: wit}]}
    attesters:
      - {name: mayfly, type: builtin}
      - {name: mesh, type: spiffe, trust_domain: prod.test, max_lifetime: 2h}
    clients:
      - client_id: bot
        token_endpoint_auth_methods: [spiffe_wit]
        spiffe_id: spiffe://prod.test/bots/*
        attesters: [mesh]
        scopes: [read]
    """
        .formatted(key.getX(), key.getY());
  }

  private static Draft pop(Instant now) {
    return new Draft()
        .withHeader("alg", quoted("ES256"))
        .withHeader("typ", quoted("oauth-client-attestation-pop+jwt"))
        .with("aud", quoted(TestRealm.ISSUER))
        .with("jti", quoted("1"))
        .withTime("iat", now)
        .with("challenge", quoted(AttestationKit.challenges(now).issue(REALM.name(), now)));
  }

  private static AttestationResult verify(
      AppliedRealm realm, ClientId client, Instant now, String svid, String... pops) {
    return new WitAttestation(realm, AttestationKit.challenges(now), now)
        .verify(client, List.copyOf(realm.config().attesters().values()), svid, List.of(pops));
  }

  private static AttestationResult verify(Mesh.Draft svid) {
    return verify(REALM, BOT, NOW, svid.signedBy(WIT_KEY), pop(NOW).signedBy(INSTANCE));
  }

  private static AttestationResult at(Instant now, Mesh.Draft svid) {
    return verify(REALM, BOT, now, svid.signedBy(WIT_KEY), pop(now).signedBy(INSTANCE));
  }

  private static void refused(OAuthError error, String because, AttestationResult result) {
    assertEquals(new AttestationResult.Refused(error, because), result);
  }

  @Test
  void isTheWordOfTheDomainsServer() {
    AttestationEvidence evidence = AttestationKit.accepted(verify(witSvid()));
    assertEquals("mesh", evidence.attester());
    assertEquals("mesh", evidence.rule());
    assertEquals("mesh", evidence.kind());
    assertEquals(Optional.of("w-1"), evidence.attestationId());
    assertEquals(PublicKeys.thumbprint(INSTANCE), evidence.instance());
    assertEquals(AttestationEvidence.Proof.WIT_SVID, evidence.proof());
  }

  @Test
  void needsExactlyOnePopByItsKey() {
    String svid = witSvid().signedBy(WIT_KEY);
    String pop = pop(NOW).signedBy(INSTANCE);
    String one = "a WIT-SVID needs exactly one PoP";
    refused(INVALID_CLIENT_ATTESTATION, one, verify(REALM, BOT, NOW, svid));
    refused(INVALID_CLIENT_ATTESTATION, one, verify(REALM, BOT, NOW, svid, pop, pop));
    refused(
        INVALID_CLIENT_ATTESTATION,
        "pop: the attested key did not sign it",
        verify(REALM, BOT, NOW, svid, pop(NOW).signedBy(WIT_KEY)));
    refused(
        USE_ATTESTATION_CHALLENGE,
        "pop: the challenge is missing or not fresh",
        verify(REALM, BOT, NOW, svid, pop(NOW).with("challenge", null).signedBy(INSTANCE)));
  }

  @Test
  void countsUntilItsEndAndEndsWithinMaxLifetime() {
    String because = "the WIT-SVID has expired, or lives too long";
    Instant end = NOW.plusSeconds(3600);
    AttestationKit.accepted(at(end.minusMillis(1), witSvid()));
    refused(USE_FRESH_ATTESTATION, because, at(end, witSvid()));
    refused(USE_FRESH_ATTESTATION, because, at(end.plusMillis(1), witSvid()));
    AttestationKit.accepted(verify(witSvid().withTime("exp", NOW.plusSeconds(7210))));
    refused(
        USE_FRESH_ATTESTATION, because, verify(witSvid().withTime("exp", NOW.plusSeconds(7211))));
  }

  @Test
  void isOfTheClientWhoseWorkloadItNames() {
    String because = "no attester that counts for this client is of this workload";
    for (String id : List.of("spiffe://prod.test/bots7", "spiffe://stage.test/bots/7")) {
      refused(INVALID_CLIENT_ATTESTATION, because, verify(witSvid().with("sub", quoted(id))));
    }
    refused(
        INVALID_CLIENT_ATTESTATION,
        because,
        verify(
            REALM,
            new ClientId("unknown"),
            NOW,
            witSvid().signedBy(WIT_KEY),
            pop(NOW).signedBy(INSTANCE)));
    List<Attester> others = List.of(REALM.config().attesters().get("mayfly"));
    refused(
        INVALID_CLIENT_ATTESTATION,
        because,
        new WitAttestation(REALM, AttestationKit.challenges(NOW), NOW)
            .verify(
                BOT, others, witSvid().signedBy(WIT_KEY), List.of(pop(NOW).signedBy(INSTANCE))));
  }

  @Test
  void isSignedByTheDomainBeforeAnythingElseIsSaidOfIt() {
    String unsigned = "no key of the trust domain signed the WIT-SVID";
    refused(
        INVALID_CLIENT_ATTESTATION,
        unsigned,
        verify(
            REALM,
            BOT,
            NOW,
            witSvid().withTime("exp", NOW.minusSeconds(1)).signedBy(Mesh.key("wit")),
            pop(NOW).signedBy(INSTANCE)));
  }

  @Test
  void endsWithItsAttesterAndByItsId() {
    String because = "the WIT-SVID was revoked, or its attester was";
    for (RevokedAttestation revoked :
        List.of(
            new RevokedAttestation.OfAttester(REALM.name(), "mesh"),
            new RevokedAttestation.One(REALM.name(), "w-1"))) {
      AppliedRealm realm =
          new AppliedRealm(
              REALM.config(),
              REALM.issuer(),
              REALM.accessTokenKeys(),
              REALM.attestationKeys(),
              REALM.geo(),
              REALM.states(),
              REALM.retired(),
              Set.of(revoked),
              REALM.documents());
      refused(
          INVALID_CLIENT,
          because,
          verify(realm, BOT, NOW, witSvid().signedBy(WIT_KEY), pop(NOW).signedBy(INSTANCE)));
    }
  }
}
