package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.restassured.response.Response;
import java.nio.charset.StandardCharsets;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients whose keys are at a `jwks_uri`, served by the suite over TLS. Each test has a client,
/// and a document, of its own.
class JwksUriTest {
  private static final List<String> CLIENTS =
      List.of(
          "plain",
          "rotating",
          "unknown",
          "down",
          "lapsing",
          "redirected",
          "confused",
          "leaking",
          "garbled",
          "retired",
          "revoked",
          "heir");
  private static final ECKey RETIRED = JwtDraft.newKey();
  private static final Authority.Identity OWN =
      Authority.root("nobody").leaf("CN=own").selfSigned();
  private static KeyServer server;
  private static Realm realm;

  @BeforeAll
  static void open() {
    server = new KeyServer();
    String name = "uri-" + Long.toString(System.currentTimeMillis(), 36);
    // First with a key in the file, which the second file drops: that retires it.
    apply(
        name,
        file(
            name,
            """
              - client_id: retired
                token_endpoint_auth_methods: [private_key_jwt]
                jwks: {keys: [%s]}
                attestation: none
                scopes: ["orders:read"]
            """
                .formatted(RETIRED.toPublicJWK().toJSONString())));
    apply(
        name,
        file(
            name,
            Stream.concat(
                    CLIENTS.stream().map(id -> client(id, "private_key_jwt")),
                    Stream.of(client("own", "self_signed_tls_client_auth")))
                .collect(Collectors.joining())));
    realm = Realm.named(name);
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private static void apply(String name, String file) {
    Response answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file)));
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  private static String file(String name, String clients) {
    return """
    realm: %s
    audiences: [https://api.lab.example/]
    scopes:
      orders:read: {minimum_attestation: none}
    clients:
    """
            .formatted(name)
        + clients
        + """
        resource_servers:
          - client_id: api
            audience: https://api.lab.example/
            token_endpoint_auth_methods: [private_key_jwt]
        """
        + document("api");
  }

  private static String client(String id, String method) {
    return """
      - client_id: %s
        token_endpoint_auth_methods: [%s]
        attestation: none
        scopes: ["orders:read"]
    """
            .formatted(id, method)
        + document(id);
  }

  private static String document(String id) {
    return """
        jwks_uri: %s
        allow_private: true
        ca: ["%s"]
    """
        .formatted(server.url("/" + id), KeyServer.CA.base64());
  }

  private static Tool tool(String id, ECKey key) {
    return new Tool(realm, id, new Tool.Credential.AssertionKey(key), Optional.empty());
  }

  private static Response asking(String id, String assertion) {
    return tool(id, JwtDraft.newKey()).clientCredentials("orders:read").assertion(assertion).send();
  }

  private static JwtDraft assertion(String id) {
    return JwtDraft.clientAssertion(realm, id);
  }

  /// With the key's `kid`.
  private static Response asking(String id, ECKey key) {
    return asking(id, assertion(id).header("kid", key.getKeyID()).signedBy(key));
  }

  private static void accepted(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  private static void refused(Response answer) {
    Refusal.is(401, "invalid_client", answer);
  }

  /// A 503 is what is due here, though [Broker] takes every one for a fault.
  private static void unavailable(String id, ECKey key) {
    Map<String, String> form = CertificateLab.asking(id);
    form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.put("client_assertion", assertion(id).header("kid", key.getKeyID()).signedBy(key));
    assertEquals(
        "503 temporarily_unavailable",
        Peer.without().post(realm.endpoint("token_endpoint"), form).brief());
  }

  @Test
  @Covers({"7523-9", "7591-3"})
  void acceptsAnAssertionByAKeyOfTheDocumentWithAndWithoutKid() {
    ECKey key = JwtDraft.newKey();
    server.shows("/plain", JwtDraft.newKey(), key);
    accepted(asking("plain", key));
    accepted(asking("plain", assertion("plain").signedBy(key)));
    assertEquals(1, server.askedFor("/plain"));
    refused(asking("plain", assertion("plain").signedBy(JwtDraft.newKey())));
    refused(
        asking(
            "plain", assertion("plain").header("kid", key.getKeyID()).signedBy(JwtDraft.newKey())));
    refused(asking("plain", assertion("plain").claim("sub", "unknown").signedBy(key)));
  }

  @Test
  @Covers("7523-9")
  void aResourceServerMayHaveItsKeysThereToo() {
    ECKey key = JwtDraft.newKey();
    server.shows("/api", key);
    assertEquals(200, tool("api", key).introspect("nothing").send().statusCode());
  }

  @Test
  @Covers("7523-9")
  void aRotatedKeyIsFoundWithoutAChangeOfTheRealm() {
    ECKey first = JwtDraft.newKey();
    ECKey next = JwtDraft.newKey();
    server.shows("/rotating", first);
    accepted(asking("rotating", first));
    server.shows("/rotating", next);
    Soon.within(Duration.ofSeconds(20), () -> asking("rotating", next).statusCode() == 200);
    refused(asking("rotating", first));
  }

  @Test
  @Covers({"7523-9", "8725-4"})
  void unknownKidsDoNotMakeUsAskAgainAtOnce() {
    ECKey key = JwtDraft.newKey();
    server.shows("/unknown", key);
    accepted(asking("unknown", key));
    for (int i = 0; i < 5; i++) {
      refused(asking("unknown", JwtDraft.newKey()));
    }
    assertEquals(1, server.askedFor("/unknown"));
  }

  @Test
  @Covers("7523-9")
  void nothingIsFetchedForAnAssertionThatIsRefusedAnyway() {
    ECKey key = JwtDraft.newKey();
    server.shows("/lapsing", key);
    String aud = realm.endpoint("token_endpoint");
    refused(asking("lapsing", assertion("lapsing").claim("aud", aud).signedBy(key)));
    refused(
        asking("lapsing", assertion("lapsing").claim("exp", JwtDraft.now() - 60).signedBy(key)));
    assertEquals(0, server.askedFor("/lapsing"));
    // And what was fetched goes on to count while the server is away.
    accepted(asking("lapsing", key));
    server.fails("/lapsing");
    accepted(asking("lapsing", key));
    refused(asking("lapsing", JwtDraft.newKey()));
  }

  @Test
  @Covers("7523-9")
  void withoutAnyKeysTheBrokerCannotSay() {
    server.fails("/down");
    unavailable("down", JwtDraft.newKey());
  }

  @Test
  @Covers("8725-4")
  void followsNoRedirect() {
    ECKey key = JwtDraft.newKey();
    server.shows("/elsewhere", key);
    server.redirects("/redirected", "/elsewhere");
    unavailable("redirected", key);
    assertEquals(0, server.askedFor("/elsewhere"));
  }

  @Test
  @Covers({"8725-1", "7523-8"})
  void onlyKeysThatAClientMayHaveInTheFileCount() throws JOSEException {
    ECKey good = JwtDraft.newKey();
    ECKey encrypting = use(JwtDraft.newKey(), KeyUse.ENCRYPTION);
    RSAKey rs256 =
        new RSAKeyGenerator(2048).keyID("rs256").algorithm(JWSAlgorithm.RS256).generate();
    ECKey otherAlgorithm =
        new ECKey.Builder(JwtDraft.newKey()).algorithm(JWSAlgorithm.ES384).build();
    server.showsText(
        "/confused",
        "{\"keys\":["
            + Stream.<JWK>of(good, encrypting, rs256, otherAlgorithm)
                .map(key -> key.toPublicJWK().toJSONString())
                .collect(Collectors.joining(","))
            + ",{\"kty\":\"oct\",\"kid\":\"secret\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"
            + ",{\"kty\":\"unheard-of\"}]}");
    // A symmetric key that everybody can read is a private one: nothing of such a set counts.
    unavailable("confused", good);
    server.shows("/garbled", good, encrypting, rs256, otherAlgorithm);
    accepted(asking("garbled", good));
    refused(asking("garbled", encrypting));
    refused(asking("garbled", otherAlgorithm));
    refused(
        asking(
            "garbled",
            assertion("garbled").header("kid", "rs256").signedBy(rs256, JWSAlgorithm.RS256)));
    refused(
        asking(
            "garbled",
            assertion("garbled")
                .header("kid", good.getKeyID())
                .hmac(good.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8))));
  }

  private static ECKey use(ECKey key, KeyUse use) {
    return new ECKey.Builder(key).keyUse(use).build();
  }

  @Test
  @Covers("7517-1")
  void aPrivateKeyMakesTheDocumentWorthless() {
    ECKey key = JwtDraft.newKey();
    server.showsText("/leaking", "{\"keys\":[" + key.toJSONString() + "]}");
    unavailable("leaking", key);
  }

  @Test
  @Covers("7523-9")
  void aRetiredKeyStaysRetiredWhereverItIsShown() {
    ECKey fresh = JwtDraft.newKey();
    server.shows("/retired", RETIRED, fresh);
    accepted(asking("retired", fresh));
    refused(asking("retired", RETIRED));
    refused(asking("retired", assertion("retired").signedBy(RETIRED)));
  }

  /// With the client its keys are retired, also those that stand in no file.
  @Test
  @Covers("7523-9")
  void theKeysOfARevokedClientAreRetiredWhereverTheyWere() {
    ECKey key = JwtDraft.newKey();
    server.shows("/revoked", key);
    accepted(asking("revoked", key));
    server.shows("/heir", key);
    accepted(asking("heir", key));
    Admin.does("revoke", tool("revoked", key));
    refused(asking("revoked", key));
    refused(asking("heir", key));
  }

  @Test
  @Covers("8705-3")
  void aCertificateOfItsOwnMayBeKnownByTheDocument() {
    server.shows(
        "/own",
        new ECKey.Builder(Curve.P_256, (ECPublicKey) OWN.keys().getPublic()).keyID("a").build());
    String alias = realm.metadata().at("/mtls_endpoint_aliases/token_endpoint").asText();
    assertEquals("200", Peer.with(OWN).post(alias, CertificateLab.asking("own")).brief());
    assertEquals(
        "401 invalid_client",
        Peer.with(Authority.root("nobody").leaf("CN=own").selfSigned())
            .post(alias, CertificateLab.asking("own"))
            .brief());
  }

  /// A name that resolves into our own network as well as an address.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://localhost/keys",
        "https://127.0.0.1/keys",
        "https://[::1]/keys",
        "https://169.254.169.254/keys",
        "https://10.0.0.1/keys",
        "http://keys.example/keys",
        "https://me@keys.example/keys",
        "https://keys.example/keys#1",
        "ftp://keys.example/keys"
      })
  @Covers({"8725-4", "7523-9"})
  void refusesARealmFileWithABadDocument(String uri) {
    String file =
        file("uri-bad", client("bot", "private_key_jwt"))
            .replace(server.url("/bot"), '"' + uri + '"')
            .replace("allow_private: true", "allow_private: false");
    Response answer = Admin.post("/realms/apply", Map.of("files", Map.of("uri-bad.yaml", file)));
    assertEquals(422, answer.statusCode(), answer::asString);
    assertTrue(answer.asString().contains("uri-bad.yaml"), answer::asString);
  }
}
