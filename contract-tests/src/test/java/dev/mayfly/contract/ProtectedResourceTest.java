package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.restassured.response.Response;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// RFC 9728, as the broker keeps it ready for the proxy in front of an API.
class ProtectedResourceTest {
  private final Realm realm = Offline.realm();

  private Response metadata(String query) {
    return Broker.given().get(realm.issuer() + "/protected-resource" + query);
  }

  private static String of(String resource) {
    return "?resource=" + URLEncoder.encode(resource, StandardCharsets.UTF_8);
  }

  @Test
  @Covers({"9728-1", "9728-2", "9728-3"})
  void everyProtectedResourceOfTheRealmHasItsDocument() {
    List<String> resources =
        List.of("https://api.offline.example/", "https://market.offline.example/");
    assertEquals(resources.toString(), texts("protected_resources").toString());
    for (String resource : resources) {
      Response answer = metadata(of(resource));
      assertEquals(200, answer.statusCode());
      assertEquals("application/json", answer.contentType());
      assertEquals(resource, answer.path("resource"));
      assertEquals(List.of(realm.issuer()), answer.path("authorization_servers"));
      assertEquals(
          List.of("orders:read", "orders:write", "ssf.manage", "ssf.read"),
          answer.path("scopes_supported"));
      assertEquals(List.of("header"), answer.path("bearer_methods_supported"));
    }
  }

  private List<String> texts(String member) {
    var texts = new java.util.ArrayList<String>();
    realm.metadata().path(member).forEach(text -> texts.add(text.asText()));
    return texts;
  }

  @Test
  @Covers("9728-1")
  void withoutANameItIsTheFirst() {
    assertEquals("https://api.offline.example/", metadata("").path("resource"));
  }

  @Test
  void whatTheRealmDoesNotHaveIsNotFound() {
    assertEquals(404, metadata(of("https://api.offline.example")).statusCode());
    assertEquals(404, metadata(of("https://other.example/")).statusCode());
    String twice = of("https://api.offline.example/");
    assertEquals(404, metadata(twice + "&" + twice.substring(1)).statusCode());
  }

  @Test
  void noMemberIsEmpty() {
    Broker.json(metadata("").asString())
        .forEach(member -> assertFalse(member.isArray() && member.isEmpty()));
  }
}
