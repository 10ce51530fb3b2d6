package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.mayfly.identity.Role;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What rows become in the document.
class OpenApiTest {
  private static AdminRoute post(String path, Permission permission) {
    return AdminRoute.post(path, permission, _ -> Uni.createFrom().nothing());
  }

  private static ObjectNode document(AdminRoute... rows) {
    return OpenApi.of(List.of(rows), "1");
  }

  /// The schema that the OpenAPI Initiative publishes for documents of version 3.1.
  static List<String> objections(JsonNode document) {
    try (InputStream schema =
        OpenApiTest.class.getResourceAsStream("/openapi/openapi-3.1.schema.json")) {
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(new String(schema.readAllBytes(), StandardCharsets.UTF_8))
          .validate(document.toString(), InputFormat.JSON)
          .stream()
          .map(Object::toString)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final AdminRoute REVOKE =
      post("/realms/:realm/things/:id/revoke", Permission.inRealmAfresh(Role.SECURITY_ADMIN))
          .described(
              Operation.of("Ends a thing")
                  .taking(AdminShapes.REASON, AdminShapes.DRY_RUN)
                  .answering(Shape.object(Shape.text("id"), Shape.text("key").shownOnce()))
                  .tagged()
                  .when(Operation.Condition.NEEDED));

  private static JsonNode operation() {
    return document(REVOKE).at("/paths/~1realms~1{realm}~1things~1{id}~1revoke/post");
  }

  @Test
  void theJudgeFindsNothingAndWouldFindSomething() {
    ObjectNode document = document(REVOKE);
    assertEquals(List.of(), objections(document));
    document.remove("info");
    assertFalse(objections(document).isEmpty());
  }

  @Test
  void saysWhoMayAndWhetherAStepUpIsNeeded() {
    JsonNode operation = operation();
    assertEquals(
        "[{\"session\":[\"security_admin\"],\"csrf\":[]},{\"token\":[\"security_admin\"]},"
            + "{\"home\":[\"security_admin\"]}]",
        operation.path("security").toString());
    assertEquals("realm", operation.path("x-role-in").asText());
    assertTrue(operation.path("x-step-up").asBoolean());
  }

  @Test
  void whatIsOpenHasNoRequirement() {
    AdminRoute open = post("/session/x", Permission.open()).described(Operation.of("A way in"));
    JsonNode operation = document(open).at("/paths/~1session~1x/post");
    assertEquals("[]", operation.path("security").toString());
    assertFalse(operation.path("responses").has("401"));
  }

  @Test
  void namesTheParametersOfThePathAndTheCondition() {
    List<String> names = new ArrayList<>();
    operation()
        .path("parameters")
        .forEach(one -> names.add(one.path("in").asText() + " " + one.path("name").asText()));
    assertEquals(
        List.of("path realm", "path id", "header If-Match", "header Idempotency-Key"), names);
    assertTrue(operation().path("responses").has("412"));
    assertTrue(operation().path("responses").has("428"));
  }

  @Test
  void aRequestHasTheMembersThatAreDescribedAndNoOthers() {
    JsonNode schema = operation().at("/requestBody/content/application~1json/schema");
    assertFalse(schema.path("additionalProperties").asBoolean(true));
    assertEquals("[\"reason\"]", schema.path("required").toString());
    assertTrue(schema.path("properties").has("dry_run"));
  }

  @Test
  void whatIsSharedStandsOnce() {
    AdminRoute account =
        post("/a", Permission.inBroker(Role.ROOT))
            .described(Operation.of("An account").answering(AdminShapes.ACCOUNT));
    ObjectNode document = document(account, REVOKE);
    assertEquals(
        "{\"$ref\":\"#/components/schemas/Account\"}",
        document.at("/paths/~1a/post/responses/200/content/application~1json/schema").toString());
    assertTrue(document.at("/components/schemas/Passkey/properties/synced").isObject());
    assertEquals(List.of(), objections(document));
  }

  @Test
  void aRowWithoutADescriptionHasNoOperation() {
    assertTrue(document(post("/a", Permission.inBroker(Role.ROOT))).path("paths").isEmpty());
  }

  @Test
  void twoMembersOfOneNameAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> Shape.object(Shape.text("a"), Shape.number("a")));
  }

  @Test
  void aSummaryIsASentenceWithoutItsFullStop() {
    assertThrows(IllegalArgumentException.class, () -> Operation.of(" "));
    assertThrows(IllegalArgumentException.class, () -> Operation.of("Does it."));
  }

  @Test
  void whatIsKeptHasNoSecretAndNothingThatIsNotDescribed() {
    Shape shape =
        Shape.object(
            Shape.text("id"),
            Shape.text("secret").shownOnce(),
            Shape.member("inner", Shape.listOf(Shape.object(Shape.text("code").shownOnce()))));
    JsonNode answer =
        DescribedAnswers.json(
            "{\"id\":\"1\",\"secret\":\"s\",\"inner\":[{\"code\":\"c\"}],\"more\":\"m\"}");
    assertEquals("{\"id\":\"1\",\"inner\":[{}]}", shape.kept(answer).toString());
    assertTrue(shape.hasSecrets());
    assertFalse(AdminShapes.GRANT.hasSecrets());
  }
}
