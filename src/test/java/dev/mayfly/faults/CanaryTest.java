package dev.mayfly.faults;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.jose.JwtMaker;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/// A full dump of the database, and its data directory with the write-ahead log, hold nothing
/// usable: known values are planted through the real endpoints and looked for in every form. The
/// search is proved by a value that it must find.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class CanaryTest {
  private static final String REALM = "canaries";
  private static final Path HOME = BrokerHome.folder();

  @Inject DataSource database;

  @TestHTTPResource URI url;

  @ConfigProperty(name = "quarkus.management.test-port")
  int managementPort;

  private final Canaries canaries = new Canaries();

  private String admin() {
    try {
      ECKey key =
          ECKey.parse(
              Caller.JSON
                  .readTree(Files.readString(HOME.resolve("admin/credential.json")))
                  .path("jwk")
                  .toString());
      Instant now = Instant.now();
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256)
                  .type(new JOSEObjectType("admin+jwt"))
                  .keyID(
                      Caller.JSON
                          .readTree(Files.readString(HOME.resolve("admin/credential.json")))
                          .path("kid")
                          .asText())
                  .build(),
              new JWTClaimsSet.Builder()
                  .issuer("mayfly-admin-cli")
                  .subject("mayfly-admin-cli")
                  .audience("mayfly-admin")
                  .issueTime(Date.from(now))
                  .expirationTime(Date.from(now.plusSeconds(30)))
                  .jwtID(UUID.randomUUID().toString())
                  .build());
      jwt.sign(new ECDSASigner(key));
      return "Bearer " + jwt.serialize();
    } catch (IOException | ParseException | JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private io.restassured.path.json.JsonPath admin(String path, Object body) {
    return given()
        .port(managementPort)
        .header("Authorization", admin())
        .contentType("application/json")
        .body(body)
        .post("/admin/api" + path)
        .then()
        .log()
        .ifValidationFails()
        .statusCode(200)
        .extract()
        .jsonPath();
  }

  private String secretOf(String client) {
    return admin(
            "/realms/" + REALM + "/clients/" + client + "/rotate-secret",
            Map.of("reason", "a canary"))
        .getString("client_secret");
  }

  @Test
  void neitherADumpNorTheDataDirectoryHoldsAnythingUsable() throws Exception {
    admin(
        "/realms/apply",
        Map.of(
            "files",
            Map.of(
                REALM + ".yaml",
                """
                realm: canaries
                audiences: ["https://api.example/"]
                scopes:
                  read: {minimum_attestation: none}
                attesters:
                  - {name: mayfly, type: builtin}
                policy: {client_secret_jwt: true}
                clients:
                  - client_id: bot
                    token_endpoint_auth_methods: [client_secret_post]
                    attesters: [mayfly]
                    scopes: [read]
                  - client_id: signer
                    token_endpoint_auth_methods: [client_secret_jwt]
                    attestation: none
                    scopes: [read]
                """)));
    canaries.plant("client secret", secretOf("bot"));
    String shared = secretOf("signer");
    canaries.plant("client_secret_jwt secret", shared);
    String assertion = assertion(shared);
    canaries.plant("client_secret_jwt assertion", lastPart(assertion));
    assertEquals(200, tokenBy(assertion));
    assertEquals(401, tokenBy(assertion), "an assertion counts once");
    assertEquals(401, tokenBy(assertion(shared + "x")));
    canaries.plant(
        "join secret",
        admin("/realms/" + REALM + "/clients/bot/join-secret", Map.of("reason", "a canary"))
            .getString("join_secret"));
    canaries.plant("PIN", Files.readString(HOME.resolve("hsm/pin")).strip());
    plantTokens();
    assertEquals(Set.of(), canaries.in(dump()), "in the dump");
    checkpoint();
    assertEquals(Set.of(), canaries.below(HOME.resolve("postgres")), "in the data directory");
    assertTrue(dump().contains("client_secret/"), "the dump has the sealed row");
  }

  private static String assertion(String secret) throws IOException {
    String base =
        Caller.JSON
            .readTree(Files.readString(HOME.resolve("broker.json")))
            .path("base_url")
            .asText();
    return JwtMaker.hs256(
        "{\"alg\":\"HS256\"}",
        "{\"iss\":\"signer\",\"sub\":\"signer\",\"aud\":\"%s/realms/%s\",\"jti\":\"%s\",\"exp\":%d}"
            .formatted(base, REALM, UUID.randomUUID(), Instant.now().getEpochSecond() + 60),
        secret.getBytes(UTF_8));
  }

  private static int tokenBy(String assertion) {
    return given()
        .formParam("grant_type", "client_credentials")
        .formParam("scope", "read")
        .formParam(
            "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .formParam("client_assertion", assertion)
        .post("/realms/" + REALM + "/token")
        .statusCode();
  }

  /// The demo tool's secret, attestation and tokens, with a refresh in between.
  private void plantTokens() throws IOException {
    JsonNode demo =
        Caller.JSON.readTree(Files.readString(HOME.resolve("demo/nevocoin/trading-bot.json")));
    canaries.plant("demo secret", demo.path("client_secret").asText());
    // Its payload holds the client's name and the public key, which are no secrets.
    canaries.plant("attestation", lastPart(demo.path("attestation").asText()));
    Caller caller = new Caller(HOME);
    Tool tool = Tool.demo(HOME, caller, "trading-bot");
    BrokerProcess broker = new BrokerProcess(null, url, url, 0);
    Reply.Answered first = answered(caller.ask(tool.clientCredentials(broker)));
    Reply.Answered second = answered(caller.ask(tool.refresh(broker, first.text("refresh_token"))));
    for (Reply.Answered answer : List.of(first, second)) {
      canaries.plant("access token", lastPart(answer.text("access_token")));
      // The grant's id and the generation come first; what makes it usable is the MAC.
      String refresh = answer.text("refresh_token");
      byte[] bytes = Base64.getUrlDecoder().decode(refresh.substring("rt_".length()));
      canaries.plant("refresh token", refresh.substring(refresh.length() - 43));
      canaries.plant(
          "refresh token's MAC",
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(Arrays.copyOfRange(bytes, bytes.length - 32, bytes.length)));
    }
  }

  private static String lastPart(String jwt) {
    return jwt.substring(jwt.lastIndexOf('.') + 1);
  }

  private static Reply.Answered answered(Reply reply) {
    assertEquals(200, reply.status(), reply::toString);
    return (Reply.Answered) reply;
  }

  /// Every row of every table, as `pg_dump` writes them: by COPY.
  private String dump() throws SQLException, IOException {
    StringWriter all = new StringWriter();
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      List<String> tables = new ArrayList<>();
      try (ResultSet names =
          statement.executeQuery(
              "select quote_ident(table_schema) || '.' || quote_ident(table_name) from"
                  + " information_schema.tables where table_type = 'BASE TABLE' and table_schema"
                  + " not in ('pg_catalog', 'information_schema')")) {
        while (names.next()) {
          tables.add(names.getString(1));
        }
      }
      assertTrue(tables.contains("public.sealed_secrets"), tables::toString);
      for (String table : tables) {
        all.write("\n" + table + "\n");
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut("copy " + table + " to stdout", all);
      }
    }
    return all.toString();
  }

  /// What is in memory only would not be looked at.
  private void checkpoint() {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("select pg_switch_wal()");
    } catch (SQLException mayNot) {
      // The log has every row already; the tables' own files follow by themselves.
    }
  }

  @Test
  void theSearchFindsWhatIsThere() throws Exception {
    String value = "mc_" + UUID.randomUUID() + UUID.randomUUID();
    Canaries planted = new Canaries();
    planted.plant("planted", value);
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table if not exists planted (text text)");
      statement.execute("insert into planted values ('" + value + "')");
    }
    try {
      assertTrue(planted.in(dump()).contains("planted"));
      assertFalse(planted.below(HOME.resolve("postgres")).isEmpty(), "in the log, or the table");
      Path folder = Files.createTempDirectory(Path.of("target"), "canaries");
      byte[] bytes = value.getBytes(UTF_8);
      for (String form :
          List.of(
              "x" + value,
              "xy" + HexFormat.of().formatHex(bytes),
              Base64.getEncoder().encodeToString(("abcd" + value + "e").getBytes(UTF_8)),
              value.substring(value.length() / 2))) {
        Files.writeString(folder.resolve("file"), form);
        assertFalse(planted.below(folder).isEmpty(), form);
      }
    } finally {
      drop();
    }
  }

  private void drop() {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("drop table planted");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
