package dev.mayfly.cli;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Requests to the admin endpoint, each signed with the home's admin credential.
record AdminClient(BrokerClient http, String base, EcPrivateJwk key, String kid, Proofs proofs)
    implements AutoCloseable {

  static AdminClient open(Invocation invocation, AdminOptions options) {
    HomeFiles home = invocation.home();
    Map<String, Object> credential =
        HomeFiles.readJson(home.adminCredential(), HomeFiles.IS_IT_RUNNING);
    EcPrivateJwk key;
    try {
      key = EcPrivateJwk.of(Json.asObject(credential.get("jwk")).orElse(Map.of()));
    } catch (IllegalArgumentException wrong) {
      throw CliFailure.unreachable("%s: %s".formatted(home.adminCredential(), wrong.getMessage()));
    }
    String base = BrokerAddress.findManagement(invocation, options.managementUrl());
    return new AdminClient(
        base.startsWith("https:")
            ? BrokerClient.trusting(home.certificateAuthority())
            : BrokerClient.loopback(),
        base,
        key,
        Json.string(credential, "kid").orElse(""),
        new Proofs(invocation.clock()));
  }

  Map<String, Object> getObject(String path) {
    return object(http.get(base + path, authorization()));
  }

  /// A long answer, as it comes.
  InputStream stream(String path) {
    return http.stream(base + path, authorization());
  }

  /// Empty where there is no such thing.
  Optional<Map<String, Object>> find(String path) {
    Answer answer = http.get(base + path, authorization());
    return answer.status() == 404 ? Optional.empty() : Optional.of(object(answer));
  }

  List<Map<String, Object>> getList(String path) {
    Answer answer = http.get(base + path, authorization());
    if (!answer.isOk() || !(answer.json() instanceof List<?> list)) {
      throw answer.problem();
    }
    return Json.objects(list);
  }

  Map<String, Object> post(String path, Map<String, Object> body) {
    return object(sent(path, body));
  }

  private Answer sent(String path, Map<String, Object> body) {
    Map<String, String> headers =
        Map.of(
            "Authorization",
            "Bearer " + proofs.admin(key, kid),
            "Content-Type",
            "application/json");
    return http.post(base + path, headers, Json.compact(body));
  }

  List<Map<String, Object>> postForList(String path, Map<String, Object> body) {
    Answer answer = sent(path, body);
    if (!answer.isOk() || !(answer.json() instanceof List<?> list)) {
      throw answer.problem();
    }
    return Json.objects(list);
  }

  private Map<String, String> authorization() {
    return Map.of("Authorization", "Bearer " + proofs.admin(key, kid));
  }

  private static Map<String, Object> object(Answer answer) {
    if (!answer.isOk()) {
      throw answer.problem();
    }
    return answer.object();
  }

  @Override
  public void close() {
    http.close();
  }
}
