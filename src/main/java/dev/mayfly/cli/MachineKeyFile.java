package dev.mayfly.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The file of a machine's private key: `{"machine": name, "jwk": ...}`, mode 0600.
record MachineKeyFile(String machine, EcPrivateJwk key) {
  private static final String WHAT_TO_DO = "./mayfly admin machine new-key makes one";

  static MachineKeyFile read(Path file) {
    Map<String, Object> members = HomeFiles.readJson(file, WHAT_TO_DO);
    String machine = Json.string(members, "machine").orElse("");
    if (machine.isEmpty()) {
      throw CliFailure.unreachable("%s names no machine; %s".formatted(file, WHAT_TO_DO));
    }
    try {
      return new MachineKeyFile(
          machine, EcPrivateJwk.of(Json.asObject(members.get("jwk")).orElse(Map.of())));
    } catch (IllegalArgumentException wrong) {
      throw CliFailure.unreachable("%s: %s".formatted(file, wrong.getMessage()));
    }
  }

  void write(Path file) {
    SequencedMap<String, Object> members = new LinkedHashMap<>();
    members.put("machine", machine);
    members.put("jwk", key.members());
    HomeFiles.writePrivately(file, Json.pretty(members) + "\n");
  }

  Map<String, Object> jwks() {
    return Map.of("keys", List.of(key.publicJwk().members()));
  }

  @Override
  public String toString() {
    return "MachineKeyFile[" + machine + ", redacted]";
  }
}
