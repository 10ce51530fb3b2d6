package dev.mayfly.boot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

/// `broker.json`: what replicas and the command line need to know of the running home.
final class BrokerFacts {
  private static final ObjectMapper JSON = new ObjectMapper();

  private BrokerFacts() {}

  static void write(
      Home home, String baseUrl, Optional<String> mtlsBaseUrl, List<Pids.Broker> live) {
    var json = JsonNodeFactory.instance.objectNode().put("base_url", baseUrl);
    mtlsBaseUrl.ifPresent(url -> json.put("mtls_base_url", url));
    var replicas = json.putArray("replicas");
    for (var broker : live) {
      replicas
          .addObject()
          .put("pid", broker.pid())
          .put("url", broker.url())
          .put("management_url", broker.managementUrl());
    }
    PrivateFiles.write(home.broker(), json.toPrettyString() + "\n");
  }

  static Optional<String> baseUrl(Home home) {
    return text(home, "base_url");
  }

  /// Empty where the first broker asks nobody for a certificate.
  static Optional<String> mtlsBaseUrl(Home home) {
    return text(home, "mtls_base_url");
  }

  private static Optional<String> text(Home home, String member) {
    if (!Files.exists(home.broker())) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(
          JSON.readTree(PrivateFiles.read(home.broker())).path(member).textValue());
    } catch (JsonProcessingException e) {
      throw new BootException(home.broker() + " is not JSON; delete it and start again", e);
    }
  }
}
