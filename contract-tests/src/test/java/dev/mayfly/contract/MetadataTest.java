package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8414 metadata: what it says, and that the server does what it says.
class MetadataTest {
  private static List<String> list(Realm realm, String member) {
    var values = new ArrayList<String>();
    JsonNode array = realm.metadata().path(member);
    assertTrue(array.isArray(), () -> member + " is missing: clients would assume its default");
    array.forEach(value -> values.add(value.asText()));
    return values;
  }

  @ParameterizedTest
  @ValueSource(strings = {"nevocoin", "betpro"})
  @Covers({"8414-1", "FAPI-1", "9700-6"})
  void standsBetweenHostAndPath(String realm) {
    var answer =
        Broker.given().get(Broker.URL + "/.well-known/oauth-authorization-server/realms/" + realm);
    assertEquals(200, answer.statusCode());
    assertTrue(answer.contentType().startsWith("application/json"), answer.contentType());
  }

  @ParameterizedTest
  @ValueSource(strings = {"openid-configuration", "oauth-authorization-server"})
  @Covers("8414-1")
  void isTheSameBelowTheIssuer(String document) {
    Realm realm = Realm.named("nevocoin");
    var answer = Broker.given().get(realm.issuer() + "/.well-known/" + document);
    assertEquals(200, answer.statusCode());
    assertEquals(realm.metadata(), Broker.json(answer.asString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nevocoin", "betpro"})
  @Covers({"8414-2", "8414-3"})
  void namesTheIssuerExactlyAndEveryEndpointOverHttps(String name) {
    Realm realm = Realm.named(name);
    assertEquals(Broker.URL + "/realms/" + name, realm.issuer());
    for (String member :
        List.of(
            "token_endpoint",
            "revocation_endpoint",
            "introspection_endpoint",
            "jwks_uri",
            "challenge_endpoint")) {
      URI endpoint = URI.create(realm.endpoint(member));
      assertEquals("https", endpoint.getScheme(), member);
      assertTrue(endpoint.toString().startsWith(realm.issuer() + "/"), member);
    }
  }

  @Test
  @Covers("8414-3")
  void isReadByNimbus() throws Exception {
    Realm realm = Realm.named("nevocoin");
    var parsed = AuthorizationServerMetadata.parse(realm.metadata().toString());
    assertEquals(realm.issuer(), parsed.getIssuer().getValue());
    assertEquals(realm.endpoint("token_endpoint"), parsed.getTokenEndpointURI().toString());
  }

  /// RFC 8414 requires the member and also says that empty ones are omitted: we publish it
  /// empty.
  @Test
  @Covers({"C9", "8414-5"})
  void publishesThatThereAreNoResponseTypes() {
    assertEquals(List.of(), list(Realm.named("nevocoin"), "response_types_supported"));
  }

  @Test
  @Covers("C10")
  void publishesTheGrantTypesInsteadOfLeavingThemToBadDefaults() {
    assertEquals(
        Set.of("client_credentials", "refresh_token"),
        Set.copyOf(list(Realm.named("nevocoin"), "grant_types_supported")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"token", "revocation", "introspection"})
  @Covers({"C10", "8414-4"})
  void publishesTheAuthenticationMethodsAndTheirAlgorithms(String endpoint) {
    Realm realm = Realm.named("nevocoin");
    var methods = list(realm, endpoint + "_endpoint_auth_methods_supported");
    assertTrue(methods.contains("client_secret_basic"), methods::toString);
    assertTrue(methods.contains("client_secret_post"), methods::toString);
    assertTrue(methods.contains("private_key_jwt"), methods::toString);
    assertFalse(methods.contains("none"), methods::toString);
    var algorithms = list(realm, endpoint + "_endpoint_auth_signing_alg_values_supported");
    assertTrue(algorithms.contains("ES256"), algorithms::toString);
    assertFalse(algorithms.contains("none"), algorithms::toString);
    assertTrue(algorithms.stream().noneMatch(alg -> alg.startsWith("HS")), algorithms::toString);
  }

  @Test
  @Covers({"ATT-12", "ATT-17"})
  void publishesTheAttestationAlgorithmsAndTheChallengeEndpoint() {
    Realm realm = Realm.named("nevocoin");
    for (String member :
        List.of(
            "client_attestation_signing_alg_values_supported",
            "client_attestation_pop_signing_alg_values_supported")) {
      var algorithms = list(realm, member);
      assertTrue(algorithms.contains("ES256"), algorithms::toString);
      assertFalse(algorithms.contains("none"), algorithms::toString);
    }
    assertFalse(realm.endpoint("challenge_endpoint").isEmpty());
  }

  /// Leaving out `none` would demand an attestation from everybody; listing it means some
  /// client may go without.
  @Test
  @Covers({"ATT-20", "8414-6"})
  void saysHowAttestationIsProvenAndWhetherItMayBeLeftOut() {
    Tool dashboard = Tool.webDashboard();
    var methods = list(dashboard.realm(), "client_attestation_pop_methods_supported");
    assertTrue(methods.contains("attestation_pop_jwt"), methods::toString);
    assertTrue(
        Set.of("attestation_pop_jwt", "dpop_combined", "none").containsAll(methods),
        methods::toString);
    boolean mayBeLeftOut = dashboard.clientCredentials("balance:read").send().statusCode() == 200;
    assertEquals(mayBeLeftOut, methods.contains("none"));
  }

  @Test
  @Covers({"ATT-15", "ATT-17", "ATT-20", "8414-6"})
  void combinedModeIsListedAndWorks() {
    Tool bot = Lab.bot();
    var methods = list(bot.realm(), "client_attestation_pop_methods_supported");
    assertTrue(methods.contains("dpop_combined"), methods::toString);
    Tool.Tokens.of(bot.clientCredentials("orders:read").combined().send());
  }

  @Test
  @Covers({"9449-9", "8414-6"})
  void listsTheDpopAlgorithms() {
    assertEquals(
        List.of("ES256"), list(Realm.named("nevocoin"), "dpop_signing_alg_values_supported"));
  }

  @Test
  @Covers({"ATT-17", "8414-6"})
  void listsTheAttestationAsAMethodOnlyWhereAClientIsRegisteredSo() {
    var lab = list(Lab.realm(), "token_endpoint_auth_methods_supported");
    var nevocoin = list(Realm.named("nevocoin"), "token_endpoint_auth_methods_supported");
    for (String method : List.of("attest_jwt_client_auth", "attest_jwt_client_auth_dpop")) {
      assertTrue(lab.contains(method), lab::toString);
      assertFalse(nevocoin.contains(method), nevocoin::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"client_secret_basic", "client_secret_post", "private_key_jwt"})
  @Covers({"8414-6", "21-1"})
  void everyListedAuthenticationMethodWorks(String method) {
    assertTrue(list(Lab.realm(), "token_endpoint_auth_methods_supported").contains(method));
    var answer =
        switch (method) {
          case "client_secret_basic" -> Lab.bot().clientCredentials("orders:read").send();
          case "client_secret_post" ->
              Lab.bot().clientCredentials("orders:read").secretInBody().send();
          default -> Lab.keyBot().clientCredentials("orders:read").send();
        };
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  @Test
  @Covers("8414-6")
  void listsClientSecretJwtWhereTheRealmTurnsItOn() {
    assertTrue(
        list(Lab.realm(), "token_endpoint_auth_methods_supported").contains("client_secret_jwt"));
    assertTrue(
        list(Lab.realm(), "token_endpoint_auth_signing_alg_values_supported").contains("HS256"));
  }

  @Test
  @Covers("8414-6")
  void listsNoAuthenticationMethodThatThisSuiteDoesNotTry() {
    assertEquals(
        Set.of(
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "self_signed_tls_client_auth"), // MutualTlsTest
        Set.copyOf(list(Realm.named("nevocoin"), "token_endpoint_auth_methods_supported")));
  }

  @Test
  @Covers({"8414-6", "C11", "7523-8"})
  void refusesClientSecretJwtBecauseItIsNotListed() {
    Tool bot = Lab.bot();
    byte[] secret = bot.secret().getBytes(StandardCharsets.UTF_8);
    String assertion = JwtDraft.clientAssertion(bot.realm(), bot.clientId()).hmac(secret);
    Refusal.is(
        401, "invalid_client", bot.clientCredentials("orders:read").assertion(assertion).send());
  }

  /// For this client the attestation is an additional signal, not a method of its own.
  @Test
  @Covers({"8414-6", "ATT-20"})
  void refusesAnAttestationAloneBecauseItIsNotListedAsAMethod() {
    Tool bot = Lab.bot();
    Refusal.is(
        401,
        "invalid_client",
        bot.clientCredentials("orders:read")
            .unauthenticated()
            .with("client_id", bot.clientId())
            .send());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password",
        "authorization_code",
        "implicit",
        "CLIENT_CREDENTIALS",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code"
      })
  @Covers({"8414-6", "21-3", "9700-4", "FAPI-2", "ASVS-10.4.4"})
  void refusesEveryGrantTypeThatIsNotListed(String grantType) {
    Refusal.is(
        400,
        "unsupported_grant_type",
        Tool.webDashboard().clientCredentials("balance:read").with("grant_type", grantType).send());
  }

  @Test
  @Covers("8414-6")
  void listsTheScopesOfTheRealm() {
    var scopes = list(Realm.named("nevocoin"), "scopes_supported");
    assertTrue(
        Set.copyOf(scopes)
            .containsAll(
                Set.of("balance:read", "orders:read", "orders:write", "withdrawals:write")),
        scopes::toString);
  }

  @Test
  @Covers("8414-1")
  void anUnknownRealmHasNoMetadata() {
    var answer =
        Broker.given().get(Broker.URL + "/.well-known/oauth-authorization-server/realms/nowhere");
    assertEquals(404, answer.statusCode());
  }
}
