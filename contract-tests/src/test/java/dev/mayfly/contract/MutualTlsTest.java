package dev.mayfly.contract;

import static dev.mayfly.contract.CertificateLab.ISSUING;
import static dev.mayfly.contract.CertificateLab.ROOT;
import static dev.mayfly.contract.CertificateLab.alias;
import static dev.mayfly.contract.CertificateLab.asking;
import static dev.mayfly.contract.CertificateLab.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.util.X509CertUtils;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

/// `tls_client_auth`, `self_signed_tls_client_auth` and certificate-bound tokens (RFC 8705) with
/// real handshakes.
class MutualTlsTest {
  private static final String DN = "CN=dn-bot,O=Lab";

  private static Authority.Leaf dnBot() {
    return ISSUING.leaf(DN);
  }

  private static void refused(Peer.Answer answer) {
    assertEquals("401 invalid_client", answer.brief());
  }

  private static void granted(Peer.Answer answer) {
    assertEquals("200", answer.brief());
  }

  @Test
  @Covers({"8705-6", "8705-8"})
  void theMetadataNamesTheEndpointsThatAskForCertificates() {
    var metadata = CertificateLab.realm().metadata();
    for (String endpoint : List.of("token", "revocation", "introspection")) {
      String main = metadata.path(endpoint + "_endpoint").asText();
      String other = alias(endpoint + "_endpoint");
      assertNotEquals(URI.create(main).getPort(), URI.create(other).getPort());
      assertEquals(URI.create(main).getPath(), URI.create(other).getPath());
      String methods = metadata.path(endpoint + "_endpoint_auth_methods_supported").toString();
      assertTrue(methods.contains("\"tls_client_auth\""), methods);
      assertTrue(methods.contains("\"self_signed_tls_client_auth\""), methods);
    }
    assertTrue(metadata.path("tls_client_certificate_bound_access_tokens").asBoolean());
  }

  @Test
  @Covers("8705-8")
  void theMainListenerAsksNobodyForACertificate() {
    Peer peer = Peer.with(dnBot().identity());
    refused(peer.post(CertificateLab.realm().endpoint("token_endpoint"), asking("dn-bot")));
    assertFalse(peer.wasAsked());
  }

  @Test
  @Covers("8705-8")
  void theOtherListenerGoesOnWithoutACertificate() {
    Peer peer = Peer.without();
    refused(peer.post(alias("token_endpoint"), asking("dn-bot")));
    assertTrue(peer.wasAsked());
    Tool dashboard = Tool.webDashboard();
    String url =
        dashboard.realm().metadata().path("mtls_endpoint_aliases").path("token_endpoint").asText();
    granted(
        peer.post(
            url,
            Map.of("grant_type", "client_credentials", "scope", "balance:read"),
            "Authorization",
            ToolRequest.basicHeader(dashboard.clientId() + ":" + dashboard.secret())));
  }

  @Test
  @Covers({"8705-1", "8705-2"})
  void acceptsAChainToAConfiguredAuthority() {
    granted(token(dnBot().identity(), "dn-bot"));
    granted(token(ISSUING.leaf("cn=DN-Bot, o=lab").identity(), "dn-bot"));
  }

  @Test
  @Covers("8705-2")
  void acceptsEachKindOfName() {
    granted(
        token(
            ISSUING.leaf("CN=x").name(GeneralName.dNSName, "ONE.bots.lab.example").identity(),
            "dns-bot"));
    granted(token(ISSUING.leaf("CN=x").uri("https://bot.example/1").identity(), "uri-bot"));
    granted(
        token(
            ISSUING.leaf("CN=x").name(GeneralName.iPAddress, "2001:db8:0:0::7").identity(),
            "ip-bot"));
    granted(
        token(
            ISSUING.leaf("CN=x").name(GeneralName.rfc822Name, "bot@LAB.example").identity(),
            "mail-bot"));
  }

  @Test
  @Covers("8705-2")
  void refusesEachKindOfNameWhereItDiffers() {
    refused(
        token(
            ISSUING.leaf("CN=x").name(GeneralName.dNSName, "*.bots.lab.example").identity(),
            "dns-bot"));
    refused(token(ISSUING.leaf("CN=x").uri("https://bot.example/1/").identity(), "uri-bot"));
    refused(
        token(
            ISSUING.leaf("CN=x").name(GeneralName.iPAddress, "2001:db8::8").identity(), "ip-bot"));
    refused(
        token(
            ISSUING.leaf("CN=x").name(GeneralName.rfc822Name, "Bot@lab.example").identity(),
            "mail-bot"));
  }

  @Test
  @Covers("8705-2")
  void aNameOfAnotherKindIsNotTheRegisteredOne() {
    refused(token(ISSUING.leaf("CN=one.bots.lab.example").identity(), "dns-bot"));
    refused(
        token(
            ISSUING.leaf("CN=x").name(GeneralName.dNSName, "bot@lab.example").identity(),
            "mail-bot"));
  }

  @Test
  @Covers("8705-2")
  void refusesAnotherSubject() {
    refused(token(ISSUING.leaf("CN=dn-bot").identity(), "dn-bot"));
    refused(token(ISSUING.leaf("O=Lab,CN=dn-bot").identity(), "dn-bot"));
    refused(token(ISSUING.leaf("CN=dn-bot,O=Lab,C=GB").identity(), "dn-bot"));
  }

  @Test
  @Covers("8705-2")
  void refusesTheRightNameFromAnotherAuthority() {
    refused(token(Authority.root("Lab Root").leaf(DN).identity(), "dn-bot"));
    refused(token(ROOT.leaf(DN).selfSigned(), "dn-bot"));
  }

  @Test
  @Covers("8705-2")
  void refusesAMissingIntermediate() {
    var identity = dnBot().identity();
    refused(
        token(new Authority.Identity(identity.keys(), List.of(identity.certificate())), "dn-bot"));
  }

  @Test
  @Covers("8705-2")
  void refusesAnExpiredCertificateAndOneOfTheFuture() {
    refused(
        token(dnBot().valid(Duration.ofMinutes(-9), Duration.ofSeconds(-2)).identity(), "dn-bot"));
    refused(
        token(dnBot().valid(Duration.ofMinutes(5), Duration.ofMinutes(9)).identity(), "dn-bot"));
  }

  @Test
  @Covers("8705-2")
  void refusesACertificateThatIsNotForClients() {
    refused(token(dnBot().forServers().identity(), "dn-bot"));
    refused(token(dnBot().certifying().identity(), "dn-bot"));
    refused(token(dnBot().usage(KeyUsage.keyAgreement).identity(), "dn-bot"));
  }

  @Test
  @Covers("8705-2")
  void refusesALeafThatPlaysTheAuthority() {
    var leaf = dnBot().identity();
    var pretender = new Authority(leaf.keys(), leaf.certificate(), leaf.chain());
    refused(token(pretender.leaf(DN).identity(), "dn-bot"));
  }

  @Test
  @Covers("8705-2")
  void heedsTheNameConstraintsOfAnAnchor() {
    Authority constrained = CertificateLab.CONSTRAINED;
    granted(
        token(
            constrained.leaf("CN=x").name(GeneralName.dNSName, "one.bots.lab.example").identity(),
            "dns-bot"));
    refused(
        token(
            constrained.leaf("CN=x").name(GeneralName.dNSName, "bound.lab.example").identity(),
            "bound-bot"));
  }

  @Test
  @Covers("8705-1")
  void refusesACertificateOfAnotherClient() {
    refused(token(dnBot().identity(), "dns-bot"));
    refused(token(dnBot().identity(), "own-bot"));
    refused(token(dnBot().identity(), "secret-bot"));
    refused(token(dnBot().identity(), "nobody-by-this-name"));
  }

  @Test
  @Covers("8705-1")
  void refusesACertificateWithoutAClientId() {
    var form = asking("dn-bot");
    form.remove("client_id");
    refused(Peer.with(dnBot().identity()).post(alias("token_endpoint"), form));
  }

  @Test
  @Covers("9700-9")
  void refusesAHeaderThatOnlyAProxyMayWrite() {
    String header = ":" + Authority.base64(dnBot().identity().certificate()) + ":";
    for (String url :
        List.of(CertificateLab.realm().endpoint("token_endpoint"), alias("token_endpoint"))) {
      var answer = Peer.without().post(url, asking("dn-bot"), "Client-Cert", header);
      assertEquals("400 invalid_request", answer.brief());
    }
    var beside =
        Peer.with(dnBot().identity())
            .post(alias("token_endpoint"), asking("dn-bot"), "Client-Cert-Chain", header);
    assertEquals("400 invalid_request", beside.brief());
  }

  @Test
  @Covers("8705-3")
  void acceptsARegisteredKeyUnderAnyCertificate() {
    granted(token(CertificateLab.OWN, "own-bot"));
    granted(token(ROOT.leaf("CN=renewed").keys(CertificateLab.OWN.keys()).selfSigned(), "own-bot"));
  }

  @Test
  @Covers("8705-3")
  void acceptsARegisteredCertificateAndNoOtherOfItsKey() {
    granted(token(CertificateLab.PINNED, "pinned-bot"));
    refused(
        token(
            ROOT.leaf("CN=pinned").keys(CertificateLab.PINNED.keys()).selfSigned(), "pinned-bot"));
  }

  @Test
  @Covers("8705-3")
  void refusesAKeyThatIsNotRegistered() {
    refused(token(ROOT.leaf("CN=anything at all").selfSigned(), "own-bot"));
    refused(token(CertificateLab.PINNED, "own-bot"));
    refused(token(CertificateLab.OWN, "pinned-bot"));
  }

  @Test
  @Covers("8705-3")
  void refusesARegisteredKeyUnderAnExpiredCertificate() {
    refused(
        token(
            ROOT.leaf("CN=old")
                .keys(CertificateLab.OWN.keys())
                .valid(Duration.ofHours(-2), Duration.ofSeconds(-2))
                .selfSigned(),
            "own-bot"));
  }

  @Test
  @Covers("8705-3")
  void refusesARetiredKeyAlsoUnderAGoodChain() {
    CertificateLab.realm();
    refused(token(CertificateLab.RETIRED, "own-bot"));
    refused(token(dnBot().keys(CertificateLab.RETIRED.keys()).identity(), "dn-bot"));
  }

  @Test
  @Covers({"8705-4", "8705-7"})
  void bindsTokensToTheCertificate() {
    var bot = CertificateLab.boundBot();
    var answer = token(bot, "bound-bot");
    granted(answer);
    String access = answer.body().get("access_token").asText();
    var confirmation = CertificateLab.realm().verified(access).getClaim("cnf");
    assertEquals(
        Map.of("x5t#S256", X509CertUtils.computeSHA256Thumbprint(bot.certificate()).toString()),
        confirmation);
    var seen =
        Peer.with(ISSUING.leaf("CN=api").name(GeneralName.dNSName, "api.lab.example").identity())
            .post(alias("introspection_endpoint"), Map.of("client_id", "lab-api", "token", access));
    assertTrue(seen.body().get("active").asBoolean(), seen.body()::toString);
    assertEquals(
        X509CertUtils.computeSHA256Thumbprint(bot.certificate()).toString(),
        seen.body().at("/cnf/x5t#S256").asText());
  }

  private static Map<String, String> refreshing(String clientId, Peer.Answer before) {
    return Map.of(
        "grant_type",
        "refresh_token",
        "client_id",
        clientId,
        "refresh_token",
        before.body().get("refresh_token").asText());
  }

  @Test
  @Covers("8705-7")
  void refreshesWithTheSameCertificateOnly() {
    var bot = CertificateLab.boundBot();
    var first = token(bot, "bound-bot");
    granted(first);
    var stolen =
        Peer.with(CertificateLab.boundBot())
            .post(alias("token_endpoint"), refreshing("bound-bot", first));
    assertEquals("400 invalid_grant", stolen.brief());
    granted(Peer.with(bot).post(alias("token_endpoint"), refreshing("bound-bot", first)));
  }

  @Test
  @Covers("8705-7")
  void bindsATokenAlsoWhereASecretAuthenticates() {
    Tool tool =
        new Tool(
            CertificateLab.realm(),
            "secret-bound-bot",
            new Tool.Credential.Secret("unknown yet"),
            java.util.Optional.empty());
    String secret = Admin.does("rotate-secret", tool).path("client_secret");
    String basic = ToolRequest.basicHeader("secret-bound-bot:" + secret);
    var form = Map.of("grant_type", "client_credentials", "scope", "orders:read");
    var without = Peer.without().post(alias("token_endpoint"), form, "Authorization", basic);
    assertEquals("400 invalid_request", without.brief());
    var any = ROOT.leaf("CN=its own").selfSigned();
    var answer = Peer.with(any).post(alias("token_endpoint"), form, "Authorization", basic);
    granted(answer);
    assertEquals(
        Map.of("x5t#S256", X509CertUtils.computeSHA256Thumbprint(any.certificate()).toString()),
        CertificateLab.realm()
            .verified(answer.body().get("access_token").asText())
            .getClaim("cnf"));
  }

  @Test
  @Covers("8705-4")
  void bindsNothingWhereItIsNotAskedFor() {
    var answer = token(dnBot().identity(), "dn-bot");
    granted(answer);
    assertEquals(
        null,
        CertificateLab.realm()
            .verified(answer.body().get("access_token").asText())
            .getClaim("cnf"));
  }

  @Test
  @Covers("8705-1")
  void revokesByCertificate() {
    var answer = token(dnBot().identity(), "dn-bot");
    granted(answer);
    var form = Map.of("client_id", "dn-bot", "token", answer.body().get("access_token").asText());
    var peer = Peer.with(dnBot().identity());
    assertFalse(peer.post(alias("introspection_endpoint"), form).body().isMissingNode());
    assertTrue(peer.post(alias("introspection_endpoint"), form).body().get("active").asBoolean());
    assertEquals(200, peer.post(alias("revocation_endpoint"), form).status());
    assertFalse(peer.post(alias("introspection_endpoint"), form).body().get("active").asBoolean());
  }
}
