package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.restassured.response.Response;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// A realm of a test's own, applied over the API.
record RealmForTests(String name) {
  /// `more`: lines of its file.
  static RealmForTests apply(SignedInAdmin root, String more) {
    RealmForTests realm = new RealmForTests("test-" + UUID.randomUUID().toString().substring(0, 8));
    Response answer = realm.apply(root, more, "read");
    assertEquals(200, answer.statusCode(), answer::asString);
    return realm;
  }

  /// `scopes`: those of the client in the file.
  Response apply(SignedInAdmin root, String more, String scopes) {
    return root.post("/realms/apply", files(more, scopes));
  }

  Map<String, Object> files(String more, String scopes) {
    return Map.of("files", Map.of(name + ".yaml", file(more, scopes)));
  }

  private String file(String more, String scopes) {
    return """
    realm: %s
    audiences: ["https://api.open.example/"]
    scopes:
      read: {max_lifetime: 15m, minimum_attestation: none}
      write: {max_lifetime: 5m, minimum_attestation: none}
    registration: {scopes: [read, write], unattested: true}
    %s
    clients:
      - client_id: in-the-file
        vendor: Acme
        token_endpoint_auth_methods: [client_secret_basic]
        attestation: none
        scopes: [%s]
    """
        .formatted(name, more, scopes);
  }

  String path(String below) {
    return "/realms/" + name + below;
  }

  static Map<String, Object> document(String id, String... scopes) {
    return Map.of(
        "client_id",
        id,
        "vendor",
        "Acme",
        "token_endpoint_auth_methods",
        List.of("client_secret_basic"),
        "attestation",
        "none",
        "scopes",
        List.of(scopes));
  }

  static Map<String, Object> registration(String id, String... scopes) {
    return Map.of("client", document(id, scopes), "reason", "a test");
  }
}
