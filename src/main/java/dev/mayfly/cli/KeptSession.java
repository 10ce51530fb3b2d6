package dev.mayfly.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Where somebody is signed in. `token` is a secret; `trust`: the CA file that the login named.
record KeptSession(String server, String name, String token, Optional<Path> trust) {
  /// Errors: `IllegalArgumentException` when a part is missing.
  static KeptSession of(Map<String, Object> members) {
    return new KeptSession(
        text(members, "server"),
        text(members, "name"),
        text(members, "token"),
        Json.string(members, "ca").map(Path::of));
  }

  private static String text(Map<String, Object> members, String name) {
    return Json.string(members, name)
        .orElseThrow(() -> new IllegalArgumentException("there is no " + name));
  }

  SequencedMap<String, Object> members() {
    SequencedMap<String, Object> members = new LinkedHashMap<>();
    members.put("server", server);
    members.put("name", name);
    members.put("token", token);
    trust.ifPresent(ca -> members.put("ca", ca.toString()));
    return members;
  }

  BrokerClient client() {
    return trust.map(BrokerClient::trusting).orElseGet(BrokerClient::publiclyTrusted);
  }

  @Override
  public String toString() {
    return "KeptSession[server=%s, redacted]".formatted(server);
  }
}
