package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

/// `spiffe_jwt` and `spiffe_x509`: workloads of a trust domain as clients. The suite is the
/// domain's SPIFFE server, and that of a second one.
class SpiffeClientTest {
  private static final String BOT = "spiffe://prod.lab/bots/7";
  private static final Authority PROD = Authority.root("prod.lab");
  private static final Authority STAGE = Authority.root("stage.lab");
  private static final ECKey PROD_JWT = key("prod-jwt");
  private static final ECKey STAGE_JWT = key("stage-jwt");
  private static final Realm REALM = open();

  private static ECKey key(String kid) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(kid).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Realm open() {
    String name = "spiffe-" + Long.toString(System.currentTimeMillis(), 36);
    String file =
        """
        realm: %s
        audiences: [https://api.lab.example/]
        scopes:
          orders:read: {minimum_attestation: none}
        trust_domains:
          - {name: prod.lab, bundle: {keys: [%s, %s]}}
          - {name: stage.lab, bundle: {keys: [%s, %s]}}
        clients:
          - client_id: jwt-bot
            token_endpoint_auth_methods: [spiffe_jwt]
            spiffe_id: spiffe://prod.lab/bots/*
            attestation: none
            scopes: ["orders:read"]
          - client_id: x509-bot
            token_endpoint_auth_methods: [spiffe_x509]
            spiffe_id: spiffe://prod.lab/bots/*
            attestation: none
            scopes: ["orders:read"]
            tls_client_certificate_bound_access_tokens: true
        """
            .formatted(name, x509(PROD), jwt(PROD_JWT), x509(STAGE), jwt(STAGE_JWT));
    var answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file)));
    assertEquals(200, answer.statusCode(), answer::asString);
    return Realm.named(name);
  }

  private static String x509(Authority authority) {
    return "{use: x509-svid, kty: EC, x5c: [\"%s\"]}".formatted(authority.base64());
  }

  private static String jwt(ECKey key) {
    return "{use: jwt-svid, kty: EC, crv: P-256, x: \"%s\", y: \"%s\", kid: %s}"
        .formatted(key.getX(), key.getY(), key.getKeyID());
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .subject(BOT)
        .audience(REALM.issuer())
        .issueTime(new Date())
        .expirationTime(Date.from(Instant.now().plus(Duration.ofMinutes(5))));
  }

  private static String svid(JWTClaimsSet.Builder claims, ECKey key) {
    return svid(claims, key, new JOSEObjectType("JWT"));
  }

  private static String svid(JWTClaimsSet.Builder claims, ECKey key, JOSEObjectType type) {
    try {
      var jwt =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256).type(type).keyID(key.getKeyID()).build(),
              claims.build());
      jwt.sign(new ECDSASigner(key));
      return jwt.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Peer.Answer asking(String svid, String... more) {
    Map<String, String> form = new HashMap<>();
    form.put("grant_type", "client_credentials");
    form.put("scope", "orders:read");
    form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe");
    form.put("client_assertion", svid);
    for (int i = 0; i < more.length; i += 2) {
      form.put(more[i], more[i + 1]);
    }
    return Peer.without().post(REALM.endpoint("token_endpoint"), form);
  }

  private static Peer.Answer asking(Authority.Identity identity, String clientId) {
    return Peer.with(identity)
        .post(
            REALM.metadata().at("/mtls_endpoint_aliases/token_endpoint").asText(),
            CertificateLab.asking(clientId));
  }

  private static void granted(Peer.Answer answer) {
    assertEquals("200", answer.brief());
  }

  private static void refused(Peer.Answer answer) {
    assertEquals("401 invalid_client", answer.brief());
  }

  @Test
  @Covers("SPF-1")
  void theMetadataListsTheMethodsOfItsClients() {
    String methods = REALM.metadata().path("token_endpoint_auth_methods_supported").toString();
    assertTrue(methods.contains("\"spiffe_jwt\""), methods);
    assertTrue(methods.contains("\"spiffe_x509\""), methods);
    assertTrue(!methods.contains("spiffe_wit"), methods);
  }

  @Test
  @Covers({"SPF-2", "SPF-5"})
  void acceptsAJwtSvidAgainAndAgain() {
    String svid = svid(claims(), PROD_JWT);
    granted(asking(svid));
    granted(asking(svid));
    granted(asking(svid, "client_id", "jwt-bot"));
    granted(asking(svid, "client_id", BOT));
    granted(asking(svid(claims().subject("spiffe://prod.lab/bots/a/b"), PROD_JWT)));
  }

  @Test
  @Covers("SPF-5")
  void refusesAWorkloadThatIsNotTheClient() {
    for (String id :
        List.of(
            "spiffe://prod.lab/bots7",
            "spiffe://prod.lab/bots",
            "spiffe://prod.lab/bots/",
            "spiffe://prod.lab/bots/../bots/7",
            "spiffe://prod.lab/bots/%37",
            "spiffe://prod.lab//bots/7",
            "SPIFFE://prod.lab/bots/7",
            "spiffe://PROD.lab/bots/7",
            "spiffe://prod.lab:443/bots/7",
            "spiffe://prod.lab@stage.lab/bots/7",
            "spiffe://stage.lab/bots/7",
            "spiffe://unknown.lab/bots/7",
            "jwt-bot")) {
      refused(asking(svid(claims().subject(id), PROD_JWT)));
    }
    refused(asking(svid(claims(), PROD_JWT), "client_id", "x509-bot"));
  }

  @Test
  @Covers({"SPF-2", "SPF-6"})
  void refusesAJwtSvidOfAnotherTrustDomain() {
    refused(asking(svid(claims(), STAGE_JWT)));
    refused(asking(svid(claims().issuer("https://stage.lab"), STAGE_JWT)));
  }

  @Test
  @Covers("SPF-2")
  void refusesAnUnknownKeyUnderAKnownKid() throws JOSEException {
    refused(asking(svid(claims(), new ECKeyGenerator(Curve.P_256).keyID("prod-jwt").generate())));
  }

  @Test
  @Covers("SPF-2")
  void refusesTheKeyOfAnAuthorityUnderAJwtSvid() {
    var authority =
        new ECKey.Builder(
                Curve.P_256, (java.security.interfaces.ECPublicKey) PROD.keys().getPublic())
            .privateKey((java.security.interfaces.ECPrivateKey) PROD.keys().getPrivate())
            .keyID("prod-jwt")
            .build();
    refused(asking(svid(claims(), authority)));
  }

  @Test
  @Covers("SPF-2")
  void refusesAnAudienceThatIsNotUsAlone() {
    refused(asking(svid(claims().audience("https://api.lab.example/"), PROD_JWT)));
    refused(
        asking(
            svid(claims().audience(List.of(REALM.issuer(), "https://other.example")), PROD_JWT)));
    refused(asking(svid(claims().audience(REALM.endpoint("token_endpoint")), PROD_JWT)));
    refused(asking(svid(claims().audience(List.of()), PROD_JWT)));
  }

  @Test
  @Covers("SPF-2")
  void refusesAnExpiredOneAndOneThatLivesTooLong() {
    Instant now = Instant.now();
    refused(asking(svid(claims().expirationTime(Date.from(now.minusSeconds(30))), PROD_JWT)));
    refused(asking(svid(claims().expirationTime(Date.from(now.plusSeconds(930))), PROD_JWT)));
    refused(asking(svid(claims().expirationTime(null), PROD_JWT)));
    refused(asking(svid(claims().notBeforeTime(Date.from(now.plusSeconds(60))), PROD_JWT)));
  }

  @Test
  @Covers("SPF-2")
  void refusesAnotherTypeAndTheTypeOfOtherAssertions() {
    refused(asking(svid(claims(), PROD_JWT, new JOSEObjectType("at+jwt"))));
    refused(asking(svid(claims(), PROD_JWT, new JOSEObjectType("wit+jwt"))));
    refused(
        asking(
            svid(claims(), PROD_JWT),
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
  }

  @Test
  @Covers("SPF-3")
  void acceptsAnX509SvidAndBindsItsToken() {
    var identity = PROD.leaf("O=SPIRE").uri(BOT).identity();
    granted(asking(identity, "x509-bot"));
    granted(asking(identity, BOT));
    granted(asking(PROD.intermediate("x").leaf("O=SPIRE").uri(BOT).identity(), BOT));
  }

  @Test
  @Covers("SPF-3")
  void refusesAClientIdThatIsNotTheSpiffeId() {
    var identity = PROD.leaf("O=SPIRE").uri(BOT).identity();
    refused(asking(identity, "spiffe://prod.lab/bots/8"));
    refused(asking(identity, "jwt-bot"));
  }

  @Test
  @Covers("SPF-3")
  void refusesMoreThanOneUriAndNone() {
    refused(asking(PROD.leaf("O=SPIRE").uri(BOT).uri("https://a.example").identity(), "x509-bot"));
    refused(
        asking(PROD.leaf("O=SPIRE").uri(BOT).uri("spiffe://prod.lab/x").identity(), "x509-bot"));
    refused(
        asking(
            PROD.leaf("CN=" + "bot").name(GeneralName.dNSName, "prod.lab").identity(), "x509-bot"));
  }

  @Test
  @Covers("SPF-3")
  void refusesAnAuthorityOfAnotherTrustDomain() {
    refused(asking(STAGE.leaf("O=SPIRE").uri(BOT).identity(), "x509-bot"));
    refused(asking(Authority.root("prod.lab").leaf("O=SPIRE").uri(BOT).identity(), "x509-bot"));
    refused(asking(PROD.leaf("O=SPIRE").uri("spiffe://stage.lab/bots/7").identity(), "x509-bot"));
  }

  @Test
  @Covers("SPF-3")
  void refusesTheWrongKeyUsage() {
    refused(asking(PROD.leaf("O=SPIRE").uri(BOT).certifying().identity(), "x509-bot"));
    refused(
        asking(PROD.leaf("O=SPIRE").uri(BOT).usage(KeyUsage.keyAgreement).identity(), "x509-bot"));
    refused(
        asking(
            PROD.leaf("O=SPIRE")
                .uri(BOT)
                .usage(KeyUsage.digitalSignature | KeyUsage.cRLSign)
                .identity(),
            "x509-bot"));
    refused(asking(PROD.leaf("O=SPIRE").uri(BOT).forServers().identity(), "x509-bot"));
  }

  @Test
  @Covers("SPF-3")
  void refusesAnExpiredX509Svid() {
    refused(
        asking(
            PROD.leaf("O=SPIRE")
                .uri(BOT)
                .valid(Duration.ofHours(-1), Duration.ofSeconds(-2))
                .identity(),
            "x509-bot"));
  }
}
