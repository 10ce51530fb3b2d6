package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.mayfly.network.Location;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Holds the published schema and the loader together, with a judge that others wrote.
class RealmSchemaTest {
  /// Without the matters of YAML itself, which end before a schema begins.
  static final List<Path> BAD =
      RealmFixtures.realmFiles(RealmFixtures.BAD).stream()
          .filter(file -> !RealmFixtures.header(file, "schema").equals("does not see"))
          .toList();

  static final List<Path> GOOD =
      Stream.of(RealmFixtures.GOOD, RealmFixtures.EXAMPLES)
          .flatMap(folder -> RealmFixtures.realmFiles(folder).stream())
          .toList();

  private static final String TEXT =
      RealmFixtures.text(RealmFixtures.EXAMPLES.resolve("realm.schema.json"));
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(TEXT);

  @ParameterizedTest
  @FieldSource("BAD")
  void refusesABadFileWhereASchemaCan(Path file) {
    String expected =
        SCHEMA.validate(RealmFixtures.text(file), InputFormat.YAML).isEmpty()
            ? "cannot say"
            : "refuses";
    assertEquals(expected, RealmFixtures.header(file, "schema"), file.toString());
  }

  @ParameterizedTest
  @FieldSource("GOOD")
  void acceptsAGoodFileAndItsStoredForm(Path file) {
    assertEquals(List.of(), SCHEMA.validate(RealmFixtures.text(file), InputFormat.YAML));
    assertEquals(List.of(), SCHEMA.validate(RealmFixtures.load(file).toJson(), InputFormat.JSON));
  }

  @Test
  void knowsTheCountriesOfTheLoader() throws IOException {
    JsonNode codes = new ObjectMapper().readTree(TEXT).at("/$defs/country/enum");
    List<String> known = new ArrayList<>();
    codes.forEach(code -> known.add(code.asText()));
    assertEquals(Location.countries(), known);
  }

  @Test
  void describesEveryField() throws IOException {
    List<String> bare = new ArrayList<>();
    JsonNode schema = new ObjectMapper().readTree(TEXT);
    for (JsonNode properties : schema.findValues("properties")) {
      properties
          .properties()
          .forEach(
              field -> {
                JsonNode definition =
                    schema.at(field.getValue().path("$ref").asText("#/").substring(1));
                if (isField(field.getValue())
                    && !field.getValue().has("description")
                    && !definition.has("description")) {
                  bare.add(field.getKey());
                }
              });
    }
    assertTrue(bare.isEmpty(), bare.toString());
  }

  /// JWK members are described by RFC 7517; `const`, `contains` and `not` occur in conditions only.
  private static boolean isField(JsonNode definition) {
    return definition.isObject()
        && !definition.has("const")
        && !definition.has("contains")
        && !definition.has("not")
        && !definition.path("$ref").asText().endsWith("/base64url");
  }
}
