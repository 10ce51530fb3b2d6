package dev.mayfly.cli;

import java.io.InputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Requests to the admin API. What wants the second factor again is tried again once it was
/// shown.
record AdminClient(BrokerClient http, String base, AdminAuthority authority)
    implements AutoCloseable {
  private static final int NOBODY = 401;

  static AdminClient open(Invocation invocation, AdminOptions options) {
    return new AdminDoor(invocation, options).open();
  }

  Map<String, Object> getObject(String path) {
    return object(get(path));
  }

  private Answer get(String path) {
    return http.get(base + path, authority.headers());
  }

  /// A long answer, as it comes.
  InputStream stream(String path) {
    return http.stream(base + path, authority.headers());
  }

  /// Empty where there is no such thing.
  Optional<Map<String, Object>> find(String path) {
    Answer answer = get(path);
    return answer.status() == 404 ? Optional.empty() : Optional.of(object(answer));
  }

  List<Map<String, Object>> getList(String path) {
    Answer answer = get(path);
    if (!answer.isOk() || !(answer.json() instanceof List<?> list)) {
      throw refusal(answer);
    }
    return Json.objects(list);
  }

  Map<String, Object> post(String path, Map<String, Object> body) {
    return object(sent(path, body));
  }

  /// An act that can be previewed: `seen` of what it ends, if the caller says. With the answer's
  /// own tag as `etag`, if there is one.
  Map<String, Object> postSeen(String path, Map<String, Object> body, Optional<String> seen) {
    Answer answer = sent(path, body, seen.map(tag -> Map.of("If-Match", tag)).orElseGet(Map::of));
    Map<String, Object> told = new LinkedHashMap<>(object(answer));
    answer.header("ETag").ifPresent(tag -> told.put("etag", tag));
    return told;
  }

  /// An act that replaces something: only if that is as it is seen at this moment.
  Map<String, Object> replace(String seen, String path, Map<String, Object> body) {
    Answer held = get(seen);
    if (!held.isOk()) {
      throw refusal(held);
    }
    return object(sent(path, body, Map.of("If-Match", held.header("ETag").orElse("\"\""))));
  }

  private Answer sent(String path, Map<String, Object> body) {
    return sent(path, body, Map.of());
  }

  private Answer sent(String path, Map<String, Object> body, Map<String, String> more) {
    Answer answer = sentOnce(path, body, more);
    return answer.isStepUpNeeded() && authority.confirm() ? sentOnce(path, body, more) : answer;
  }

  private Answer sentOnce(String path, Map<String, Object> body, Map<String, String> more) {
    Map<String, String> headers = new HashMap<>(more);
    headers.putAll(authority.headers());
    headers.put("Content-Type", "application/json");
    return http.post(base + path, headers, Json.compact(body));
  }

  List<Map<String, Object>> postForList(String path, Map<String, Object> body) {
    Answer answer = sent(path, body);
    if (!answer.isOk() || !(answer.json() instanceof List<?> list)) {
      throw refusal(answer);
    }
    return Json.objects(list);
  }

  /// 202: it waits for a second admin, and what is told is the approval.
  private Map<String, Object> object(Answer answer) {
    if (!answer.isOk() && answer.status() != 202) {
      throw refusal(answer);
    }
    return answer.object();
  }

  private CliFailure refusal(Answer answer) {
    return answer.status() == NOBODY ? CliFailure.refused(authority.remedy()) : answer.problem();
  }

  @Override
  public void close() {
    http.close();
  }
}
