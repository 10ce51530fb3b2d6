package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.assertions.jwt.JWTAssertionFactory;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretJWT;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.JWTAuthenticationClaimsSet;
import com.nimbusds.oauth2.sdk.auth.PKITLSClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.auth.X509CertificateConfirmation;
import com.nimbusds.oauth2.sdk.dpop.DPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.AccessTokenType;
import com.nimbusds.oauth2.sdk.token.Token;
import com.nimbusds.openid.connect.sdk.Nonce;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The broker seen by the Nimbus OAuth SDK. All the suite adds are the two attestation headers.
class NimbusClientTest {
  private static ClientAuthentication basic(Tool tool) {
    return new ClientSecretBasic(new ClientID(tool.clientId()), new Secret(tool.secret()));
  }

  private static HTTPResponse sent(Tool tool, HTTPRequest request) throws Exception {
    request.setSSLSocketFactory(Broker.TLS.getSocketFactory());
    tool.instance()
        .ifPresent(
            instance -> {
              request.setHeader(ToolRequest.ATTESTATION, instance.attestation());
              request.setHeader(
                  ToolRequest.POP, JwtDraft.pop(tool.realm()).signedBy(instance.key()));
            });
    return request.send();
  }

  private static TokenResponse asked(
      Tool tool, ClientAuthentication authentication, AuthorizationGrant grant, String scope)
      throws Exception {
    var request =
        new TokenRequest.Builder(
            URI.create(tool.realm().endpoint("token_endpoint")), authentication, grant);
    if (scope != null) {
      request.scope(Scope.parse(scope));
    }
    return TokenResponse.parse(sent(tool, request.build().toHTTPRequest()));
  }

  private static AccessTokenResponse granted(TokenResponse response) {
    assertTrue(
        response.indicatesSuccess(),
        () -> response.toErrorResponse().getErrorObject().toJSONObject().toJSONString());
    return response.toSuccessResponse();
  }

  private static TokenIntrospectionResponse introspected(Token token) throws Exception {
    Tool checker = Tool.resourceServer();
    var request =
        new TokenIntrospectionRequest(
            URI.create(checker.realm().endpoint("introspection_endpoint")), basic(checker), token);
    return TokenIntrospectionResponse.parse(sent(checker, request.toHTTPRequest()));
  }

  @Test
  @Covers({"6749-7", "6749-12", "7662-3", "7009-4"})
  void goesThroughTheLifeOfAGrant() throws Exception {
    Tool bot = Tool.tradingBot();
    var first =
        granted(asked(bot, basic(bot), new ClientCredentialsGrant(), "orders:read balance:read"))
            .getTokens();
    assertEquals("Bearer", first.getAccessToken().getType().getValue());
    assertEquals(
        Set.of("orders:read", "balance:read"),
        Set.copyOf(first.getAccessToken().getScope().toStringList()));

    var second =
        granted(asked(bot, basic(bot), new RefreshTokenGrant(first.getRefreshToken()), null))
            .getTokens();
    assertNotEquals(first.getRefreshToken(), second.getRefreshToken());

    var seen = introspected(second.getAccessToken()).toSuccessResponse();
    assertTrue(seen.isActive());
    assertEquals("trading-bot", seen.getClientID().getValue());
    assertEquals(bot.key().computeThumbprint(), seen.getJWKThumbprintConfirmation().getValue());

    var revocation =
        new TokenRevocationRequest(
            URI.create(bot.realm().endpoint("revocation_endpoint")),
            basic(bot),
            second.getRefreshToken());
    assertEquals(200, sent(bot, revocation.toHTTPRequest()).getStatusCode());
    assertFalse(introspected(second.getAccessToken()).toSuccessResponse().isActive());
  }

  @Test
  @Covers("21-1")
  void authenticatesInTheBodyWithoutAnAttestation() throws Exception {
    Tool dashboard = Tool.webDashboard();
    var post =
        new ClientSecretPost(new ClientID(dashboard.clientId()), new Secret(dashboard.secret()));
    var tokens =
        granted(asked(dashboard, post, new ClientCredentialsGrant(), "balance:read")).getTokens();
    assertTrue(tokens.getAccessToken().getLifetime() <= 900);
  }

  @Test
  @Covers({"7523-1", "7523-3"})
  void authenticatesWithAKey() throws Exception {
    Tool bot = Lab.plainKeyBot();
    var authentication =
        new PrivateKeyJWT(
            new JWTAuthenticationClaimsSet(
                new ClientID(bot.clientId()), new Audience(bot.realm().issuer())),
            JWSAlgorithm.ES256,
            Lab.assertionKey().toPrivateKey(),
            Lab.assertionKey().getKeyID(),
            null);
    granted(asked(bot, authentication, new ClientCredentialsGrant(), "orders:read"));
  }

  private static AccessTokenResponse grantedByCertificate(
      Authority.Identity identity, AuthorizationGrant grant) throws Exception {
    var request =
        new TokenRequest.Builder(
                URI.create(CertificateLab.alias("token_endpoint")),
                new PKITLSClientAuthentication(new ClientID("bound-bot"), identity.certificate()),
                grant)
            .scope(grant instanceof ClientCredentialsGrant ? Scope.parse("orders:read") : null)
            .build()
            .toHTTPRequest();
    request.setSSLSocketFactory(Peer.with(identity).tls().getSocketFactory());
    return granted(TokenResponse.parse(request.send()));
  }

  @Test
  @Covers({"8705-1", "8705-4", "8705-6"})
  void authenticatesByCertificateAndRefreshesWhatIsBoundToIt() throws Exception {
    Authority.Identity identity = CertificateLab.boundBot();
    var first = grantedByCertificate(identity, new ClientCredentialsGrant()).getTokens();
    var second =
        grantedByCertificate(identity, new RefreshTokenGrant(first.getRefreshToken())).getTokens();
    assertNotEquals(first.getRefreshToken(), second.getRefreshToken());
    var claims = CertificateLab.realm().verified(second.getAccessToken().getValue());
    assertEquals(
        X509CertificateConfirmation.of(identity.certificate()),
        X509CertificateConfirmation.parse(claims));
  }

  private static ClientAuthentication bySecret(Tool tool, String clientId, String secret)
      throws Exception {
    var claims =
        new JWTAuthenticationClaimsSet(new ClientID(clientId), new Audience(tool.realm().issuer()));
    return new ClientSecretJWT(
        JWTAssertionFactory.create(claims, JWSAlgorithm.HS256, new Secret(secret)));
  }

  @Test
  @Covers({"7523-1", "7523-3"})
  void authenticatesWithASecretThatSigns() throws Exception {
    Tool signer = Lab.unattested("secret-signer");
    var authentication = bySecret(signer, signer.clientId(), signer.secret());
    granted(asked(signer, authentication, new ClientCredentialsGrant(), "orders:read"));
    assertEquals(401, refused(signer, authentication), "an assertion counts once");
    assertEquals(401, refused(signer, basic(signer)), "the secret itself is not its method");
    assertEquals(401, refused(signer, bySecret(signer, signer.clientId(), "ms_" + "0".repeat(43))));
  }

  /// Key confusion: each kind of signature at a client that is registered with the other.
  @Test
  @Covers({"7523-1", "8414-6"})
  void aKeyIsNoSecretAndASecretNoKey() throws Exception {
    Tool signer = Lab.unattested("secret-signer");
    Tool keyed = Lab.plainKeyBot();
    String publicKey = Lab.assertionKey().toPublicJWK().toJSONString();
    assertEquals(401, refused(keyed, bySecret(keyed, keyed.clientId(), publicKey)));
    assertEquals(401, refused(keyed, bySecret(keyed, keyed.clientId(), signer.secret())));
    var byKey =
        new PrivateKeyJWT(
            new JWTAuthenticationClaimsSet(
                new ClientID(signer.clientId()), new Audience(signer.realm().issuer())),
            JWSAlgorithm.ES256,
            Lab.assertionKey().toPrivateKey(),
            Lab.assertionKey().getKeyID(),
            null);
    assertEquals(401, refused(signer, byKey));
  }

  private static int refused(Tool tool, ClientAuthentication authentication) throws Exception {
    return asked(tool, authentication, new ClientCredentialsGrant(), "orders:read")
        .toErrorResponse()
        .getErrorObject()
        .getHTTPStatusCode();
  }

  /// The first proof has no nonce; the SDK reads the one of the refusal, and asks again.
  @Test
  @Covers({"9449-4", "9449-5", "9449-6", "7523-1"})
  void bindsItsTokensByDpop() throws Exception {
    Tool bot = Lab.dpopBot();
    var proofs = new DefaultDPoPProofFactory(JwtDraft.newKey(), JWSAlgorithm.ES256);
    var refused = askedWithProof(bot, proofs, new ClientCredentialsGrant(), null);
    assertEquals(
        "use_dpop_nonce",
        TokenResponse.parse(refused).toErrorResponse().getErrorObject().getCode());
    var first =
        granted(
                TokenResponse.parse(
                    askedWithProof(
                        bot, proofs, new ClientCredentialsGrant(), refused.getDPoPNonce())))
            .getTokens();
    assertEquals(AccessTokenType.DPOP, first.getAccessToken().getType());
    var refresh = new RefreshTokenGrant(first.getRefreshToken());
    var second =
        granted(TokenResponse.parse(askedWithProof(bot, proofs, refresh, refused.getDPoPNonce())));
    assertEquals(AccessTokenType.DPOP, second.getTokens().getAccessToken().getType());
  }

  private static HTTPResponse askedWithProof(
      Tool bot, DPoPProofFactory proofs, AuthorizationGrant grant, Nonce nonce) throws Exception {
    var endpoint = URI.create(bot.realm().endpoint("token_endpoint"));
    var authentication =
        new PrivateKeyJWT(
            new JWTAuthenticationClaimsSet(
                new ClientID(bot.clientId()), new Audience(bot.realm().issuer())),
            JWSAlgorithm.ES256,
            Lab.assertionKey().toPrivateKey(),
            Lab.assertionKey().getKeyID(),
            null);
    var builder = new TokenRequest.Builder(endpoint, authentication, grant);
    if (grant instanceof ClientCredentialsGrant) {
      builder.scope(Scope.parse("orders:read"));
    }
    var request = builder.build().toHTTPRequest();
    request.setDPoP(proofs.createDPoPJWT("POST", endpoint, nonce));
    return sent(bot, request);
  }

  @Test
  @Covers({"6749-15", "6749-16"})
  void readsARefusal() throws Exception {
    Tool wrong = Tool.webDashboard().withSecret("not-the-secret-of-anybody");
    var response = asked(wrong, basic(wrong), new ClientCredentialsGrant(), "balance:read");
    var error = response.toErrorResponse().getErrorObject();
    assertEquals(401, error.getHTTPStatusCode());
    assertEquals("invalid_client", error.getCode());
  }
}
