package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpClient;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2RefreshTokenGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.web.client.RestClient;

/// The broker seen by Spring Security's OAuth client: stock for a client without attestation,
/// and with an interceptor that adds the two headers for one with it.
class SpringClientTest {
  private static ClientRegistration registration(Tool tool, String method, String... scopes) {
    return ClientRegistration.withRegistrationId("mayfly")
        .clientId(tool.clientId())
        .clientSecret(tool.secret())
        .clientAuthenticationMethod(new ClientAuthenticationMethod(method))
        .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
        .tokenUri(tool.realm().endpoint("token_endpoint"))
        .scope(scopes)
        .build();
  }

  private static RestClient http(Tool tool) {
    ClientHttpRequestInterceptor attesting =
        (request, body, execution) -> {
          tool.instance()
              .ifPresent(
                  instance -> {
                    request.getHeaders().set(ToolRequest.ATTESTATION, instance.attestation());
                    request
                        .getHeaders()
                        .set(ToolRequest.POP, JwtDraft.pop(tool.realm()).signedBy(instance.key()));
                  });
          return execution.execute(request, body);
        };
    return RestClient.builder()
        .requestFactory(
            new JdkClientHttpRequestFactory(HttpClient.newBuilder().sslContext(Broker.TLS).build()))
        .configureMessageConverters(
            converters ->
                converters
                    .addCustomConverter(new FormHttpMessageConverter())
                    .addCustomConverter(new OAuth2AccessTokenResponseHttpMessageConverter()))
        .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
        .requestInterceptor(attesting)
        .build();
  }

  private static OAuth2AccessTokenResponse asked(Tool tool, ClientRegistration registration) {
    var client = new RestClientClientCredentialsTokenResponseClient();
    client.setRestClient(http(tool));
    return client.getTokenResponse(new OAuth2ClientCredentialsGrantRequest(registration));
  }

  @ParameterizedTest
  @ValueSource(strings = {"client_secret_basic", "client_secret_post"})
  @Covers({"6749-7", "6749-9", "21-1"})
  void getsATokenWithoutAnythingOfOurs(String method) {
    Tool dashboard = Tool.webDashboard();
    var response = asked(dashboard, registration(dashboard, method, "balance:read"));
    var token = response.getAccessToken();
    assertEquals(OAuth2AccessToken.TokenType.BEARER, token.getTokenType());
    assertEquals(Set.of("balance:read"), token.getScopes());
    dashboard.realm().verified(token.getTokenValue());
  }

  @Test
  @Covers({"6749-12", "ATT-18"})
  void refreshesForAnAttestedClient() {
    Tool bot = Tool.tradingBot();
    var registration = registration(bot, "client_secret_basic", "orders:read");
    var first = asked(bot, registration);
    var refreshToken = first.getRefreshToken();
    assertNotNull(refreshToken);
    var client = new RestClientRefreshTokenTokenResponseClient();
    client.setRestClient(http(bot));
    var second =
        client.getTokenResponse(
            new OAuth2RefreshTokenGrantRequest(registration, first.getAccessToken(), refreshToken));
    assertNotNull(second.getRefreshToken());
    assertNotEquals(refreshToken.getTokenValue(), second.getRefreshToken().getTokenValue());
    bot.realm().verified(second.getAccessToken().getTokenValue());
  }

  @Test
  @Covers({"6749-15", "6749-16"})
  void readsARefusal() {
    Tool dashboard = Tool.webDashboard();
    var refused =
        assertThrows(
            OAuth2AuthorizationException.class,
            () -> asked(dashboard, registration(dashboard, "client_secret_basic", "no:such")));
    assertTrue(refused.getMessage().contains("invalid_scope"), refused::getMessage);
  }
}
