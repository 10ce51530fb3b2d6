package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.cli.FakeBroker.Reply;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerClientTest {
  @TempDir private Path folder;
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker();
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void trustsOnlyTheCaItWasGiven() throws Exception {
    try (FakeBroker other = new FakeBroker();
        BrokerClient client = BrokerClient.trusting(ca(other))) {
      CliFailure failure = failure(client, broker.url());
      assertTrue(failure.getMessage().contains("is not trusted by"), failure.getMessage());
      assertTrue(broker.seen.isEmpty());
    }
  }

  @Test
  void followsNoRedirect() throws Exception {
    broker.script("/a", new Reply(302, Map.of("Location", broker.url() + "/b"), ""));
    try (BrokerClient client = BrokerClient.trusting(ca(broker))) {
      assertEquals(302, client.get(broker.url() + "/a", Map.of()).status());
      assertTrue(broker.seenAt("/b").isEmpty());
    }
  }

  @Test
  void takesAnAnswerOfTheLargestSizeAndRefusesALargerOne() throws Exception {
    String largest = "x".repeat((int) BrokerClient.LARGEST_ANSWER);
    broker.script("/a", Reply.json(200, largest));
    broker.script("/a", Reply.json(200, largest + "x"));
    try (BrokerClient client = BrokerClient.trusting(ca(broker))) {
      assertEquals(largest, client.get(broker.url() + "/a", Map.of()).body());
      assertEquals(CliFailure.UNREACHABLE, failure(client, broker.url() + "/a").exitCode());
    }
  }

  @Test
  void givesUpOnAServerThatNeverAnswers() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("localhost"));
        BrokerClient client = BrokerClient.trusting(ca(broker), Duration.ofMillis(300))) {
      CliFailure failure = failure(client, "https://localhost:" + silent.getLocalPort());
      assertTrue(failure.getMessage().startsWith("no answer from"), failure.getMessage());
    }
  }

  @Test
  void saysSoWhenTheCaFileHoldsNoCertificate() throws Exception {
    Path file = Files.writeString(folder.resolve("empty.crt"), "nothing\n");
    CliFailure failure = assertThrows(CliFailure.class, () -> BrokerClient.trusting(file));
    assertEquals(CliFailure.UNREACHABLE, failure.exitCode());
  }

  @Test
  void anAnswerDoesNotShowItsBodyInText() throws Exception {
    broker.script("/a", Reply.json(200, "hush"));
    try (BrokerClient client = BrokerClient.trusting(ca(broker))) {
      assertFalse(client.get(broker.url() + "/a", Map.of()).toString().contains("hush"));
    }
  }

  private static CliFailure failure(BrokerClient client, String uri) {
    return assertThrows(CliFailure.class, () -> client.get(uri, Map.of()));
  }

  private Path ca(FakeBroker of) throws Exception {
    return Files.writeString(folder.resolve("ca.crt"), of.certificate());
  }
}
