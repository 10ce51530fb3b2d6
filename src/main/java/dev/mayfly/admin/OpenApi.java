package dev.mayfly.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.admin.Shape.Member;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Role;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The table as an OpenAPI 3.1 document. Pure: whatever it says follows from the rows.
final class OpenApi {
  private static final Pattern VARIABLE = Pattern.compile(":([a-z]+)");
  private static final String SHARED = "#/components/schemas/";
  private static final Map<String, String> VARIABLES =
      Map.ofEntries(
          Map.entry("realm", "The name of a realm in which the admin has a role"),
          Map.entry("client", "A client id"),
          Map.entry("grant", "A grant id"),
          Map.entry("kid", "The kid of a key"),
          Map.entry("jti", "The jti of an attestation"),
          Map.entry("jkt", "The thumbprint of an instance key, RFC 7638"),
          Map.entry("attester", "The name of an attester of the realm"),
          Map.entry("secret", "The id of a live secret"),
          Map.entry("token", "The id of an initial access token"),
          Map.entry("rotation", "The name that the caller gives a rotation"),
          Map.entry("admin", "The name of an admin"),
          Map.entry("approval", "The id of an approval"),
          Map.entry("id", "The id of a passkey"));

  private final Map<String, Shape> shared = new TreeMap<>();

  private OpenApi() {}

  /// `version`: the broker's. A row without a description has no operation.
  static ObjectNode of(List<AdminRoute> routes, String version) {
    return new OpenApi().document(routes, version);
  }

  private ObjectNode document(List<AdminRoute> routes, String version) {
    ObjectNode document = node().put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "Mayfly admin API")
        .put("version", version)
        .put(
            "description",
            "Who may use an operation is in its security requirement, as the role; x-step-up says"
                + " that the second factor must have been shown in the last five minutes. A member"
                + " of a request that is not described is refused; answers may get more members.");
    document.putArray("servers").addObject().put("url", AdminTable.BASE);
    ObjectNode paths = document.putObject("paths");
    for (AdminRoute route : routes) {
      route
          .operation()
          .ifPresent(
              operation -> {
                String path = VARIABLE.matcher(route.path()).replaceAll("{$1}");
                ObjectNode item =
                    paths.has(path) ? (ObjectNode) paths.get(path) : paths.putObject(path);
                item.set(method(route), operation(route, operation));
              });
    }
    ObjectNode components = document.putObject("components");
    components.set("securitySchemes", securitySchemes());
    components.set("headers", headers());
    schemas(components.putObject("schemas"));
    return document;
  }

  private static String method(AdminRoute route) {
    return route.method().name().toLowerCase(Locale.ROOT);
  }

  static boolean isChange(AdminRoute route) {
    return !route.method().equals(HttpMethod.GET);
  }

  private ObjectNode operation(AdminRoute route, Operation operation) {
    ObjectNode view =
        node()
            .put("operationId", method(route) + route.path().replaceAll("[^a-z0-9]+", "_"))
            .put("summary", operation.summary());
    view.putArray("tags").add(tag(route.path()));
    security(view, route);
    ArrayNode parameters = Answers.JSON.createArrayNode();
    Matcher variables = VARIABLE.matcher(route.path());
    while (variables.find()) {
      String name = variables.group(1);
      parameter(parameters, "path", name, Shape.anyText(), true)
          .put("description", VARIABLES.getOrDefault(name, name));
    }
    operation.query().forEach(one -> parameter(parameters, "query", one));
    condition(parameters, operation.condition());
    if (IdempotentActs.takesKey(route)) {
      parameter(parameters, "header", IdempotentActs.KEY, Shape.anyText(), false)
          .put(
              "description",
              "1 to 64 characters in double quotes, good for a day: asked again, it is done once");
    }
    if (!parameters.isEmpty()) {
      view.set("parameters", parameters);
    }
    if (!operation.body().isEmpty()) {
      ObjectNode schema = schema(new Shape.Members(operation.body()));
      view.putObject("requestBody")
          .put("required", operation.body().stream().anyMatch(Member::needed))
          .putObject("content")
          .putObject("application/json")
          .set("schema", schema.put("additionalProperties", false));
    }
    view.set("responses", responses(route, operation));
    return view;
  }

  /// What the path is about: the first word that is no realm.
  private static String tag(String path) {
    String[] parts = path.split("/", -1);
    return path.startsWith("/realms/:realm/") ? parts[3] : parts[1];
  }

  private static void security(ObjectNode view, AdminRoute route) {
    ArrayNode any = view.putArray("security");
    Optional<Role> least =
        switch (route.permission()) {
          case Permission.Open _, Permission.SignedIn _ -> Optional.empty();
          case Permission.InRealm(Role role, _) -> Optional.of(role);
          case Permission.InBroker(Role role, _) -> Optional.of(role);
        };
    if (route.permission() instanceof Permission.Open) {
      return;
    }
    ObjectNode session = any.addObject();
    ArrayNode roles = session.putArray("session");
    least.ifPresent(role -> roles.add(role.word()));
    if (isChange(route)) {
      session.putArray("csrf");
    }
    ArrayNode program = any.addObject().putArray("token");
    least.ifPresent(role -> program.add(role.word()));
    ArrayNode owner = any.addObject().putArray("home");
    least.ifPresent(role -> owner.add(role.word()));
    least.ifPresent(
        _ ->
            view.put(
                "x-role-in",
                route.permission() instanceof Permission.InRealm ? "realm" : "broker"));
    view.put("x-step-up", care(route.permission()) == Permission.Care.STEP_UP);
  }

  private static Permission.Care care(Permission permission) {
    return switch (permission) {
      case Permission.Open _ -> Permission.Care.ROUTINE;
      case Permission.SignedIn(Permission.Care care) -> care;
      case Permission.InRealm(_, Permission.Care care) -> care;
      case Permission.InBroker(_, Permission.Care care) -> care;
    };
  }

  private void condition(ArrayNode parameters, Operation.Condition condition) {
    switch (condition) {
      case NONE -> {}
      case HONOURED ->
          parameter(parameters, "header", "If-Match", Shape.anyText(), false)
              .put("description", "The entity tag that was seen; if there is another now: 412");
      case NEEDED ->
          parameter(parameters, "header", "If-Match", Shape.anyText(), true)
              .put("description", "The entity tag that was seen; without: 428, another now: 412");
    }
  }

  private void parameter(ArrayNode parameters, String in, Member member) {
    parameter(parameters, in, member.name(), member.shape(), member.needed());
  }

  private ObjectNode parameter(
      ArrayNode parameters, String in, String name, Shape shape, boolean needed) {
    ObjectNode parameter =
        parameters.addObject().put("name", name).put("in", in).put("required", needed);
    parameter.set("schema", schema(shape));
    return parameter;
  }

  private ObjectNode responses(AdminRoute route, Operation operation) {
    ObjectNode responses = node();
    Operation.Answer answer = operation.answer();
    ObjectNode good =
        responses
            .putObject(Integer.toString(answer.status()))
            .put("description", answer.status() == 204 ? "Done" : "What is told");
    if (!answer.headers().isEmpty()) {
      ObjectNode headers = good.putObject("headers");
      answer
          .headers()
          .forEach(name -> headers.putObject(name).put("$ref", "#/components/headers/" + name));
    }
    if (answer.shape().isPresent()) {
      content(good, answer.contentType(), answer.shape().get());
    } else if (!answer.contentType().isEmpty()) {
      good.putObject("content").putObject(answer.contentType());
    }
    if (operation.canWait()) {
      content(
          responses.putObject("202").put("description", "It waits for a second admin"),
          "application/json",
          AdminShapes.APPROVAL);
    }
    problem(responses, "400", "The request is malformed");
    if (!(route.permission() instanceof Permission.Open)) {
      problem(responses, "401", "Nobody is signed in");
      problem(responses, "403", "The role is too small, or (by type) a step-up is needed");
    }
    if (route.path().contains(":")) {
      problem(responses, "404", "There is no such thing, or nothing of the admin's");
    }
    if (operation.condition() != Operation.Condition.NONE) {
      problem(responses, "412", "It was changed meanwhile");
    }
    if (operation.condition() == Operation.Condition.NEEDED) {
      problem(responses, "428", "If-Match is missing");
    }
    if (isChange(route)) {
      problem(responses, "409", "It cannot be done as things are, or was done under this key");
      problem(responses, "422", "It contradicts itself or a policy, or the key is another's");
      problem(responses, "429", "Too many");
    }
    problem(responses, "503", "The database or the key store is away");
    problem(responses, "default", "Another refusal");
    return responses;
  }

  private void problem(ObjectNode responses, String status, String description) {
    content(
        responses.putObject(status).put("description", description),
        "application/problem+json",
        AdminShapes.PROBLEM);
  }

  private void content(ObjectNode response, String contentType, Shape shape) {
    response.putObject("content").putObject(contentType).set("schema", schema(shape));
  }

  private static ObjectNode securitySchemes() {
    ObjectNode schemes = node();
    schemes
        .putObject("session")
        .put("type", "apiKey")
        .put("in", "cookie")
        .put("name", AdminCookies.SESSION)
        .put("description", "On the public port: the cookie of a sign-in with two factors.");
    schemes
        .putObject("csrf")
        .put("type", "apiKey")
        .put("in", "header")
        .put("name", AdminBrowser.CSRF)
        .put("description", "With each change of a session, as GET /me tells it; and Origin.");
    schemes
        .putObject("token")
        .put("type", "http")
        .put("scheme", "bearer")
        .put("description", "On the public port: the session of a terminal, or of a machine.");
    schemes
        .putObject("home")
        .put("type", "http")
        .put("scheme", "bearer")
        .put("bearerFormat", "admin+jwt")
        .put(
            "description", "On the management port: signed with the home's admin/credential.json.");
    return schemes;
  }

  private ObjectNode headers() {
    ObjectNode headers = node();
    header(headers, "ETag", "The version of what was told, for If-Match");
    header(headers, "Link", "With rel=\"next\" where there may be another page");
    header(headers, "Set-Cookie", "Of the browser, or of the session");
    return headers;
  }

  private void header(ObjectNode headers, String name, String description) {
    headers.putObject(name).put("description", description).set("schema", schema(Shape.anyText()));
  }

  /// Those that were named, and what they name in turn.
  private void schemas(ObjectNode schemas) {
    while (schemas.size() < shared.size()) {
      Map.copyOf(shared)
          .forEach(
              (name, shape) -> {
                if (!schemas.has(name)) {
                  schemas.set(name, schema(shape));
                }
              });
    }
  }

  private ObjectNode schema(Shape shape) {
    return switch (shape) {
      case Shape.Text(List<String> words) -> {
        ObjectNode text = node().put("type", "string");
        if (!words.isEmpty()) {
          words.forEach(text.putArray("enum")::add);
        }
        yield text;
      }
      case Shape.Moment _ -> node().put("type", "string").put("format", "date-time");
      case Shape.Whole _ -> node().put("type", "integer");
      case Shape.Truth _ -> node().put("type", "boolean");
      case Shape.Free _ -> node().put("type", "object");
      case Shape.Listed(Shape of) -> node().put("type", "array").set("items", schema(of));
      case Shape.Keyed(Shape of) ->
          node().put("type", "object").set("additionalProperties", schema(of));
      case Shape.Either(List<Shape> shapes) -> {
        ObjectNode either = node();
        ArrayNode all = either.putArray("anyOf");
        shapes.forEach(one -> all.add(schema(one)));
        yield either;
      }
      case Shape.Members(List<Member> members) -> members(members);
      case Shape.Named(String name, Shape named) -> {
        shared.put(name, named);
        yield node().put("$ref", SHARED + name);
      }
    };
  }

  private ObjectNode members(List<Member> members) {
    ObjectNode object = node().put("type", "object");
    ObjectNode properties = object.putObject("properties");
    members.forEach(member -> properties.set(member.name(), property(member)));
    List<String> needed = members.stream().filter(Member::needed).map(Member::name).toList();
    if (!needed.isEmpty()) {
      needed.forEach(object.putArray("required")::add);
    }
    return object;
  }

  private ObjectNode property(Member member) {
    ObjectNode schema = schema(member.shape());
    if (member.canBeNull()) {
      String type = schema.path("type").asText();
      schema.putArray("type").add(type).add("null");
    }
    return member.secret() ? schema.put("description", "Shown this once") : schema;
  }

  private static ObjectNode node() {
    return Answers.JSON.createObjectNode();
  }
}
