package dev.mayfly.boot;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class StartedBrokerTest {
  @ConfigProperty(name = "quarkus.management.test-port")
  int managementPort;

  @Test
  void isReadyOnTheManagementPort() {
    given().port(managementPort).get("/health/ready").then().statusCode(200);
  }

  @Test
  void showsNoMetricsOnThePublicPort() {
    given().get("/metrics").then().statusCode(404);
  }

  /// Hardly more: the broker reads no further and closes, and whoever still writes then hears of
  /// that, and not the answer.
  @Test
  void refusesAHeaderSectionOfMoreThan16Kibibytes() {
    given().header("X-Large", "a".repeat(16 * 1024)).get("/").then().statusCode(431);
    given().header("X-Large", "a".repeat(15 * 1024)).get("/").then().statusCode(404);
  }

  @Test
  void keepsItsLogToTheOwner() throws Exception {
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(new Home(BrokerHome.folder()).log())));
  }
}
