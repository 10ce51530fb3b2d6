package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// A realm that takes registrations, of its own name for each class that opens one.
record OpenRealm(String name) {
  static OpenRealm open(String more) {
    String name = "open-" + UUID.randomUUID().toString().substring(0, 8);
    OpenRealm realm = new OpenRealm(name);
    Response answer = realm.apply(realm.file(more, ""));
    assertEquals(200, answer.statusCode(), answer::asString);
    return realm;
  }

  String file(String more, String clients) {
    return """
    realm: %s
    audiences: ["https://api.open.example/", "https://more.open.example/"]
    scopes:
      read: {max_lifetime: 15m, minimum_attestation: none}
      write: {max_lifetime: 5m, minimum_attestation: none}
      admin: {max_lifetime: 1m, minimum_attestation: none}
    registration:
      scopes: [read, write]
      audiences: ["https://api.open.example/"]
      networks: [127.0.0.0/8, "::1/128"]
      unattested: true
    %s
    clients:
      - client_id: in-the-file
        vendor: Acme
        token_endpoint_auth_methods: [client_secret_basic]
        attestation: none
        scopes: [read]
    %s
    """
        .formatted(name, more.indent(2).stripTrailing(), clients);
  }

  Response apply(String text) {
    return Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", text)));
  }

  String clients() {
    return "/realms/" + name + "/clients";
  }

  static Map<String, Object> document(String id, String vendor) {
    return Map.of(
        "client_id",
        id,
        "vendor",
        vendor,
        "token_endpoint_auth_methods",
        List.of("client_secret_basic"),
        "attestation",
        "none",
        "scopes",
        List.of("read"),
        "audiences",
        List.of("https://api.open.example/"));
  }

  Response add(Map<String, ?> document) {
    return Admin.post(clients(), Map.of("client", document, "reason", "contract test"));
  }

  Tool added(String id, String vendor) {
    Response answer = add(document(id, vendor));
    assertEquals(201, answer.statusCode(), answer::asString);
    return tool(id, answer.path("client_secret"));
  }

  Tool tool(String id, String secret) {
    return new Tool(Realm.named(name), id, new Tool.Credential.Secret(secret), Optional.empty());
  }

  static Response send(String method, String path, Map<String, String> headers, Object body) {
    var request =
        Broker.given()
            .header("Authorization", "Bearer " + Admin.token())
            .contentType(ContentType.JSON);
    headers.forEach(request::header);
    return request.body(body).request(method, Broker.MANAGEMENT + "/admin/api" + path);
  }

  Response act(String client, String act) {
    return Admin.post(clients() + "/" + client + "/" + act, Map.of("reason", "contract test"));
  }
}
