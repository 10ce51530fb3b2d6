package dev.mayfly.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64;
import dev.mayfly.http.PresentedCertificate.Chain;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Credentials;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

/// Rules [8705-1] to [8705-3] and [SPF-3], with real chains.
class CertificateAuthenticationTest {
  private static final Instant NOW = Authority.NOW;
  private static final String WORKLOAD = "spiffe://prod.test/bots/7";
  private static final Authority ROOT = Authority.root("Root");
  private static final Authority ISSUING = ROOT.intermediate("Issuing");
  private static final Authority CONSTRAINED =
      Authority.root("Constrained", Optional.of("bots.test"));
  private static final Authority PROD = Authority.root("prod.test");
  private static final Authority STAGE = Authority.root("stage.test");
  private static final Authority.Identity OWN = ROOT.leaf("CN=own").selfSigned();
  private static final Authority.Identity PINNED = ROOT.leaf("CN=pinned").selfSigned();
  private static final AppliedRealm REALM = TestRealm.of(file());

  private static String file() {
    return """
    realm: test
    audiences: ["https://api.test/"]
    scopes: {"orders:read": {minimum_attestation: none}}
    client_certificates: {anchors: ["%s", "%s"]}
    trust_domains:
      - {name: prod.test, bundle: {keys: [{use: x509-svid, kty: EC, x5c: ["%s"]}]}}
      - {name: stage.test, bundle: {keys: [{use: x509-svid, kty: EC, x5c: ["%s"]}]}}
    clients:
      - {client_id: dn, token_endpoint_auth_methods: [tls_client_auth], tls_client_auth_subject_dn: "CN=dn,O=Lab", attestation: none, scopes: ["orders:read"]}
      - {client_id: dns, token_endpoint_auth_methods: [tls_client_auth], tls_client_auth_san_dns: one.bots.test, attestation: none, scopes: ["orders:read"]}
      - {client_id: uri, token_endpoint_auth_methods: [tls_client_auth], tls_client_auth_san_uri: "https://bot.test/1", attestation: none, scopes: ["orders:read"]}
      - {client_id: ip, token_endpoint_auth_methods: [tls_client_auth], tls_client_auth_san_ip: "2001:db8::7", attestation: none, scopes: ["orders:read"]}
      - {client_id: mail, token_endpoint_auth_methods: [tls_client_auth], tls_client_auth_san_email: bot@lab.test, attestation: none, scopes: ["orders:read"]}
      - {client_id: own, token_endpoint_auth_methods: [self_signed_tls_client_auth], jwks: {keys: [%s]}, attestation: none, scopes: ["orders:read"]}
      - {client_id: pinned, token_endpoint_auth_methods: [self_signed_tls_client_auth], jwks: {keys: [%s]}, attestation: none, scopes: ["orders:read"]}
      - {client_id: workload, token_endpoint_auth_methods: [spiffe_x509], spiffe_id: "spiffe://prod.test/bots/*", attestation: none, scopes: ["orders:read"]}
      - {client_id: secret, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: ["orders:read"]}
    """
        .formatted(
            ROOT.base64(),
            CONSTRAINED.base64(),
            PROD.base64(),
            STAGE.base64(),
            key(OWN.keys()).toJSONString(),
            new ECKey.Builder(key(PINNED.keys()))
                .x509CertChain(List.of(new Base64(Authority.base64(PINNED.certificate()))))
                .build()
                .toJSONString());
  }

  private static ECKey key(KeyPair keys) {
    return new ECKey.Builder(Curve.P_256, (ECPublicKey) keys.getPublic()).build();
  }

  private static String objection(String client, String name, Authority.Identity identity) {
    Chain chain = new Chain(identity.chain());
    Credentials credentials = REALM.registered(new ClientId(client)).orElseThrow().credentials();
    List<JWK> keys =
        new ClientKeys(null)
            .of(credentials, REALM, key -> CertificateAuthentication.registers(key, chain.leaf()))
            .await()
            .indefinitely();
    return CertificateAuthentication.objection(chain, name, credentials, keys, REALM, NOW)
        .orElse("");
  }

  private static void accepts(String client, Authority.Identity identity) {
    assertEquals("", objection(client, client, identity));
  }

  private static void refuses(String client, Authority.Identity identity, String because) {
    assertEquals(because, objection(client, client, identity));
  }

  private static final String UNTRUSTED = "the certificate does not chain to a configured anchor";

  private static Authority.Leaf dn() {
    return ISSUING.leaf("CN=dn,O=Lab");
  }

  @Test
  void acceptsAChainToAConfiguredAuthority() {
    accepts("dn", dn().identity());
    accepts("dn", ROOT.leaf("cn=DN, o=lab").identity());
  }

  @Test
  void acceptsEachKindOfName() {
    accepts("dns", ISSUING.leaf("CN=x").name(GeneralName.dNSName, "ONE.bots.test").identity());
    accepts("uri", ISSUING.leaf("CN=x").uri("https://bot.test/1").identity());
    accepts("ip", ISSUING.leaf("CN=x").name(GeneralName.iPAddress, "2001:db8:0::7").identity());
    accepts("mail", ISSUING.leaf("CN=x").name(GeneralName.rfc822Name, "bot@LAB.test").identity());
  }

  @Test
  void refusesEachKindOfNameWhereItDiffers() {
    String lacks = "the certificate lacks the registered tls_client_auth_";
    refuses("dn", ISSUING.leaf("CN=dn").identity(), lacks + "subject_dn");
    refuses("dn", ISSUING.leaf("O=Lab,CN=dn").identity(), lacks + "subject_dn");
    refuses("dn", ISSUING.leaf("CN=dn,O=Lab,C=GB").identity(), lacks + "subject_dn");
    refuses(
        "dns",
        ISSUING.leaf("CN=x").name(GeneralName.dNSName, "*.bots.test").identity(),
        lacks + "san_dns");
    refuses("dns", ISSUING.leaf("CN=one.bots.test").identity(), lacks + "san_dns");
    refuses("uri", ISSUING.leaf("CN=x").uri("https://bot.test/1/").identity(), lacks + "san_uri");
    refuses(
        "ip",
        ISSUING.leaf("CN=x").name(GeneralName.iPAddress, "2001:db8::8").identity(),
        lacks + "san_ip");
    refuses(
        "mail",
        ISSUING.leaf("CN=x").name(GeneralName.rfc822Name, "Bot@lab.test").identity(),
        lacks + "san_email");
  }

  @Test
  void refusesTheRightNameFromAnotherAuthority() {
    refuses("dn", Authority.root("Root").leaf("CN=dn,O=Lab").identity(), UNTRUSTED);
    refuses("dn", ROOT.leaf("CN=dn,O=Lab").selfSigned(), UNTRUSTED);
    refuses("dn", PROD.leaf("CN=dn,O=Lab").identity(), UNTRUSTED);
  }

  @Test
  void refusesAMissingIntermediate() {
    var whole = dn().identity();
    refuses("dn", new Authority.Identity(whole.keys(), List.of(whole.certificate())), UNTRUSTED);
  }

  @Test
  void refusesALeafThatPlaysTheAuthority() {
    var leaf = dn().identity();
    var pretender = new Authority(leaf.keys(), leaf.certificate(), leaf.chain());
    refuses("dn", pretender.leaf("CN=dn,O=Lab").identity(), UNTRUSTED);
  }

  @Test
  void aCertificateIsGoodFromItsFirstToItsLastSecond() {
    Duration hour = Duration.ofHours(1);
    accepts("dn", dn().valid(Duration.ZERO, hour).identity());
    refuses("dn", dn().valid(Duration.ofSeconds(1), hour).identity(), UNTRUSTED);
    accepts("dn", dn().valid(hour.negated(), Duration.ZERO).identity());
    refuses("dn", dn().valid(hour.negated(), Duration.ofSeconds(-1)).identity(), UNTRUSTED);
  }

  @Test
  void refusesACertificateThatIsNotForClients() {
    refuses("dn", dn().forServers().identity(), "the extended key usage lacks clientAuth");
    refuses("dn", dn().certifying().identity(), "the certificate is a CA's");
    refuses(
        "dn", dn().usage(KeyUsage.keyAgreement).identity(), "the key usage lacks digitalSignature");
  }

  /// The JDK does not.
  @Test
  void heedsTheNameConstraintsOfAnAnchor() {
    accepts("dns", CONSTRAINED.leaf("CN=x").name(GeneralName.dNSName, "one.bots.test").identity());
    refuses(
        "mail",
        CONSTRAINED
            .leaf("CN=x")
            .name(GeneralName.rfc822Name, "bot@lab.test")
            .name(GeneralName.dNSName, "elsewhere.test")
            .identity(),
        "a name of the path is outside of the anchor's name constraints");
  }

  @Test
  void acceptsARegisteredKeyUnderAnyCertificateAndAPinnedOneAlone() {
    accepts("own", OWN);
    accepts("own", ROOT.leaf("CN=renewed").keys(OWN.keys()).selfSigned());
    accepts("pinned", PINNED);
    String unknown = "neither the certificate nor its key is registered";
    refuses("pinned", ROOT.leaf("CN=pinned").keys(PINNED.keys()).selfSigned(), unknown);
    refuses("own", ROOT.leaf("CN=own").selfSigned(), unknown);
    refuses("own", PINNED, unknown);
  }

  @Test
  void refusesARegisteredKeyUnderAnExpiredCertificate() {
    refuses(
        "own",
        ROOT.leaf("CN=old")
            .keys(OWN.keys())
            .valid(Duration.ofHours(-1), Duration.ofSeconds(-1))
            .selfSigned(),
        "the certificate has expired, or is not valid yet");
  }

  @Test
  void refusesACertificateOfAClientWithAnotherMethod() {
    refuses("secret", dn().identity(), "a certificate is not this client's method");
  }

  @Test
  void acceptsAnX509SvidByEitherName() {
    var identity = PROD.leaf("O=SPIRE").uri(WORKLOAD).identity();
    accepts("workload", identity);
    assertEquals("", objection("workload", WORKLOAD, identity));
    assertEquals(
        "client_id is not the SPIFFE ID of the certificate",
        objection("workload", "spiffe://prod.test/bots/8", identity));
  }

  @Test
  void refusesAnX509SvidWithoutExactlyOneSpiffeId() {
    String because = "the certificate has not exactly one URI, or that is no SPIFFE ID";
    refuses("workload", PROD.leaf("O=x").identity(), because);
    refuses("workload", PROD.leaf("O=x").uri(WORKLOAD).uri("https://a.test").identity(), because);
    refuses("workload", PROD.leaf("O=x").uri(WORKLOAD + "/").identity(), because);
    refuses("workload", PROD.leaf("O=x").uri("spiffe://prod.test/a/../b").identity(), because);
    refuses("workload", PROD.leaf("O=x").uri("https://prod.test/bots/7").identity(), because);
  }

  @Test
  void refusesAWorkloadThatIsNotTheClient() {
    String because = "this workload is not the client";
    refuses("workload", PROD.leaf("O=x").uri("spiffe://prod.test/bots7").identity(), because);
    refuses("workload", STAGE.leaf("O=x").uri("spiffe://stage.test/bots/7").identity(), because);
  }

  @Test
  void refusesAnAuthorityOfAnotherTrustDomain() {
    refuses("workload", STAGE.leaf("O=x").uri(WORKLOAD).identity(), UNTRUSTED);
    refuses("workload", ROOT.leaf("O=x").uri(WORKLOAD).identity(), UNTRUSTED);
    refuses("dn", PROD.leaf("CN=dn,O=Lab").identity(), UNTRUSTED);
  }

  @Test
  void refusesTheWrongKeyUsageOfAnSvid() {
    String because = "the key usage is not that of an X.509-SVID";
    refuses(
        "workload",
        PROD.leaf("O=x").uri(WORKLOAD).usage(KeyUsage.keyAgreement).identity(),
        because);
    refuses(
        "workload",
        PROD.leaf("O=x")
            .uri(WORKLOAD)
            .usage(KeyUsage.digitalSignature | KeyUsage.cRLSign)
            .identity(),
        because);
    refuses(
        "workload",
        PROD.leaf("O=x").uri(WORKLOAD).forServers().identity(),
        "the extended key usage lacks clientAuth");
  }
}
