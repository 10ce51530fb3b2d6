package dev.mayfly.admin;

import static io.restassured.RestAssured.given;

import dev.mayfly.identity.AdminsForTests;
import io.restassured.filter.Filter;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.List;
import java.util.Map;

/// An admin at a browser of ours. `watching`: what looks at every answer.
record SignedInAdmin(AdminsForTests.Made made, String origin, List<Filter> watching) {
  private RequestSpecification request() {
    RequestSpecification request =
        given()
            .header("Origin", origin)
            .header("Cookie", AdminCookies.SESSION + "=" + made.cookie())
            .header(AdminBrowser.CSRF, made.csrf());
    watching.forEach(request::filter);
    return request;
  }

  String name() {
    return made.name();
  }

  Response get(String path) {
    return request().get(AdminTable.BASE + path);
  }

  Response post(String path, Object body) {
    return send("POST", path, Map.of(), body);
  }

  Response act(String path) {
    return post(path, Map.of("reason", "a test"));
  }

  Response send(String method, String path, Map<String, String> headers, Object body) {
    return request()
        .headers(headers)
        .contentType("application/json")
        .body(body)
        .request(method, AdminTable.BASE + path);
  }
}
