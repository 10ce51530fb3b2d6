package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.mayfly.http.Answers;
import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Holds every answer of the admin API that a test sees against the OpenAPI document, more
/// strictly than the document asks of others: a member that it does not know is an objection.
final class DescribedAnswers implements Filter {
  private final AdminTable table;
  private final JsonNode document;
  private final Map<String, Integer> seen = new TreeMap<>();
  private final List<String> objections = new ArrayList<>();

  DescribedAnswers(AdminTable table) {
    this.table = table;
    this.document = OpenApi.of(table.routes(), "test");
  }

  /// What did not fit, in words.
  List<String> objections() {
    return List.copyOf(objections);
  }

  /// The rows of which an answer that was no refusal was held against the document.
  List<String> seen() {
    return List.copyOf(seen.keySet());
  }

  @Override
  public Response filter(
      FilterableRequestSpecification request,
      FilterableResponseSpecification specification,
      FilterContext context) {
    Response answer = context.next(request, specification);
    String path = URI.create(request.getURI()).getRawPath();
    if (path.startsWith(AdminTable.BASE + "/")) {
      table.routes().stream()
          .filter(row -> row.method().name().equals(request.getMethod()))
          .filter(row -> fits(row, path.substring(AdminTable.BASE.length())))
          .findFirst()
          .ifPresent(row -> hold(row, answer));
    }
    return answer;
  }

  private static boolean fits(AdminRoute row, String path) {
    return path.matches(row.path().replace(".", "\\.").replaceAll(":[a-z]+", "[^/]+"));
  }

  private void hold(AdminRoute row, Response answer) {
    String which = row.method() + " " + row.path();
    JsonNode operation =
        document
            .path("paths")
            .path(row.path().replaceAll(":([a-z]+)", "{$1}"))
            .path(row.method().name().toLowerCase(java.util.Locale.ROOT));
    String status = Integer.toString(answer.statusCode());
    JsonNode responses = operation.path("responses");
    if (answer.statusCode() < 400) {
      seen.merge(which, 1, Integer::sum);
      if (!responses.has(status)) {
        objections.add(which + ": the status " + status + " is not described");
        return;
      }
    }
    JsonNode response = responses.has(status) ? responses.path(status) : responses.path("default");
    JsonNode content = response.path("content");
    if (content.isEmpty()) {
      if (!answer.asString().isEmpty()) {
        objections.add(which + ": " + status + " has a body that is not described");
      }
      return;
    }
    String type = content.fieldNames().next();
    if (!answer.contentType().startsWith(type)) {
      objections.add(which + ": " + answer.contentType() + " instead of " + type);
      return;
    }
    JsonNode schema = content.path(type).path("schema");
    if (!schema.isMissingNode()) {
      hold(which + " " + status, schema, answer.asString());
    }
  }

  private void hold(String which, JsonNode schema, String body) {
    ObjectNode whole = schema.deepCopy();
    whole.set("components", document.path("components").deepCopy());
    String found =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(closed(whole).toString())
            .validate(body, InputFormat.JSON)
            .stream()
            .map(Object::toString)
            .collect(Collectors.joining("; "));
    if (!found.isEmpty()) {
      objections.add(which + ": " + found + " in " + body);
    }
  }

  /// No object may have a member that is not described.
  private static JsonNode closed(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && object.has("properties")
        && object.path("type").asText().equals("object")) {
      object.put("additionalProperties", false);
    }
    schema.forEach(DescribedAnswers::closed);
    return schema;
  }

  static JsonNode json(String text) {
    try {
      return Answers.JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
  }
}
