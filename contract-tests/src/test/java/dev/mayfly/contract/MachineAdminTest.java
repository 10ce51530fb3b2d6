package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.ECKey;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Admins that are machines, on the public port: by a signed assertion, and by a certificate.
class MachineAdminTest {
  private final String name = "deploy-" + UUID.randomUUID().toString().substring(0, 8);
  private final ECKey key = JwtDraft.newKey();
  private final OpenRealm realm = OpenRealm.open("");

  private void add(Map<String, ?> by, String... may) {
    Map<String, Object> body = new java.util.HashMap<>(by);
    body.put("name", name);
    body.put("roles", Map.of(realm.name(), "security_admin"));
    body.put("reason", "contract test");
    if (may.length > 0) {
      body.put("may", List.of(may));
    }
    Response added = Admin.post("/machines", body);
    assertEquals(200, added.statusCode(), added::asString);
  }

  private static Map<String, ?> jwks(ECKey key) {
    return Map.of("jwks", Map.of("keys", List.of(key.toPublicJWK().toJSONObject())));
  }

  private String assertion() {
    return JwtDraft.machine(Broker.URL + "/admin/api", name).signedBy(key);
  }

  private static Response enter(URI broker, String assertion) {
    return Broker.given()
        .header("Sec-Fetch-Site", "same-origin")
        .contentType(ContentType.JSON)
        .body(Map.of("client_assertion", assertion))
        .post(broker + "/admin/api/session/machine");
  }

  private static Response act(String token, String path) {
    return Broker.given()
        .header("Authorization", "Bearer " + token)
        .contentType(ContentType.JSON)
        .body(Map.of("reason", "contract test"))
        .post(Broker.URL + "/admin/api" + path);
  }

  private String client() {
    return "/realms/" + realm.name() + "/clients/machine-bot";
  }

  @Test
  void aPipelineSuspendsAClientByItsKey() {
    realm.added("machine-bot", "Acme");
    add(jwks(key));
    Response in = enter(Broker.URL, assertion());
    assertEquals(200, in.statusCode(), in::asString);
    String token = in.jsonPath().getString("token");
    assertEquals(200, act(token, client() + "/suspend").statusCode());
    assertEquals(200, act(token, client() + "/resume").statusCode());
    Response refused = act(token, client() + "/revoke");
    assertEquals(403, refused.statusCode());
    assertEquals("this machine was not given this act", refused.jsonPath().getString("detail"));
    assertEquals(404, act(token, "/realms/nevocoin/clients/trading-bot/suspend").statusCode());
  }

  @Test
  void aMachineThatWasGivenToRevokeRevokesAndNothingElse() {
    realm.added("machine-bot", "Acme");
    add(jwks(key), "POST /realms/:realm/clients/:client/revoke");
    String token = enter(Broker.URL, assertion()).jsonPath().getString("token");
    assertEquals(403, act(token, client() + "/suspend").statusCode());
    assertEquals(200, act(token, client() + "/revoke").statusCode());
  }

  @Test
  void anAssertionCountsOnceOnAllReplicas() {
    add(jwks(key));
    String assertion = assertion();
    assertEquals(200, enter(Broker.URL, assertion).statusCode());
    for (URI broker : Broker.URLS) {
      assertEquals(401, enter(broker, assertion).statusCode());
    }
    assertEquals(200, enter(Broker.URLS.getLast(), assertion()).statusCode());
  }

  private HttpResponse<String> ask(Peer peer, String path, Map<String, ?> body, String... headers) {
    URI alias = URI.create(CertificateLab.alias("token_endpoint"));
    URI uri = alias.resolve("/admin/api" + path);
    var request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json")
            .headers(headers);
    if (body.isEmpty()) {
      request.GET();
    } else {
      request.POST(HttpRequest.BodyPublishers.ofString(Broker.JSON.valueToTree(body).toString()));
    }
    try (HttpClient http = HttpClient.newBuilder().sslContext(peer.tls()).build()) {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(uri.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Test
  void aCertificateIsAskedForWithEachRequest() {
    Authority.Identity identity = Authority.root("machines").leaf("CN=deploy").selfSigned();
    Authority.Identity other = Authority.root("machines").leaf("CN=deploy").selfSigned();
    add(Map.of("certificate", identity.certificatePem()));
    String[] asAPage = {"Sec-Fetch-Site", "same-origin"};
    Map<String, String> me = Map.of("name", name);
    assertEquals(401, ask(Peer.with(other), "/session/machine", me, asAPage).statusCode());
    assertEquals(400, ask(Peer.without(), "/session/machine", me, asAPage).statusCode());
    var in = ask(Peer.with(identity), "/session/machine", me, asAPage);
    assertEquals(200, in.statusCode(), in::body);
    JsonNode told = Broker.json(in.body());
    assertEquals("machine_certificate", told.at("/session/method").asText());
    String[] token = {"Authorization", "Bearer " + told.path("token").asText()};
    assertEquals(200, ask(Peer.with(identity), "/me", Map.of(), token).statusCode());
    assertEquals(401, ask(Peer.with(other), "/me", Map.of(), token).statusCode());
    assertEquals(401, ask(Peer.without(), "/me", Map.of(), token).statusCode());
    assertNotEquals(
        200,
        ask(Peer.without(), "/session/machine", me, "Client-Cert", ":AAAA:").statusCode(),
        "anybody's header is believed");
  }
}
