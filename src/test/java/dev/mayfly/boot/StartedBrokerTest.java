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

  @Test
  void refusesAHeaderSectionOf64Kibibytes() {
    given().header("X-Large", "a".repeat(65_536)).get("/").then().statusCode(431);
  }

  @Test
  void keepsItsLogToTheOwner() throws Exception {
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(new Home(BrokerHome.folder()).log())));
  }
}
