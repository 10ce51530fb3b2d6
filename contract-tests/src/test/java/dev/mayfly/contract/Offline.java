package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// A realm with status lists and quotas, applied once per run; its file is `offline.yaml`.
final class Offline {
  private static final Map<String, String> SECRETS = new ConcurrentHashMap<>();

  private static final class Opened {
    static final Realm REALM = open();
  }

  private Offline() {}

  static Realm realm() {
    return Opened.REALM;
  }

  private static Realm open() {
    String name = "offline-" + Long.toString(System.currentTimeMillis(), 36);
    try (var in = Offline.class.getResourceAsStream("/offline.yaml")) {
      String file = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("${realm}", name);
      var answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file)));
      assertEquals(
          200, answer.statusCode(), () -> "offline.yaml was refused: " + answer.asString());
      return Realm.named(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Tool tool(String clientId) {
    var unknown =
        new Tool(realm(), clientId, new Tool.Credential.Secret("unknown yet"), Optional.empty());
    return unknown.withSecret(
        SECRETS.computeIfAbsent(
            clientId, _ -> Admin.does("rotate-secret", unknown).path("client_secret")));
  }
}
