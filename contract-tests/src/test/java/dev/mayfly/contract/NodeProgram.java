package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program of the `node` folder. Needs Node.js 20 or later. Credentials go in through standard
/// input, results come back as JSON.
final class NodeProgram {
  private static final Path FOLDER = Path.of(System.getProperty("contract.node", "node"));

  private NodeProgram() {}

  static synchronized void installPackages() throws Exception {
    if (!Files.exists(FOLDER.resolve("node_modules/http-message-signatures/package.json"))) {
      run(List.of("npm", "ci", "--ignore-scripts"), "");
    }
  }

  static JsonNode run(String program, JsonNode input) throws Exception {
    return Broker.json(run(List.of("node", program), input.toString()));
  }

  private static String run(List<String> command, String input) throws Exception {
    var builder = new ProcessBuilder(command).directory(FOLDER.toFile());
    builder.environment().put("NODE_EXTRA_CA_CERTS", Broker.caCertificate().toString());
    Path errors = Files.createTempFile("node", ".err");
    Process process;
    try {
      process = builder.redirectError(errors.toFile()).start();
    } catch (IOException e) {
      throw new AssertionError(command.getFirst() + " is needed for this test (Node.js 20)", e);
    }
    try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
      in.write(input);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(90, TimeUnit.SECONDS), "no end");
    assertEquals(0, process.exitValue(), () -> output + contents(errors));
    Files.delete(errors);
    return output;
  }

  private static String contents(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
