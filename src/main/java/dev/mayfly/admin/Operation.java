package dev.mayfly.admin;

import dev.mayfly.admin.Shape.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What programs may rely on of a route, in the words of OpenAPI. Stands in the route's own row,
/// and is more than prose: a member of the request that is not here is refused.
/// `summary`: one sentence. `query`: the parameters; `body`: the members of the request. `canWait`:
/// for a second admin, where the realm asks for one.
record Operation(
    String summary,
    List<Member> query,
    List<Member> body,
    Answer answer,
    Condition condition,
    boolean canWait) {
  Operation {
    query = List.copyOf(query);
    body = List.copyOf(body);
    if (summary.isBlank() || summary.endsWith(".")) {
      throw new IllegalArgumentException("a summary is a sentence without its full stop");
    }
  }

  /// What comes when nothing stands against it. `shape`: empty for no content, or for what is not
  /// JSON. `headers`: beside those that every answer has.
  record Answer(int status, String contentType, Optional<Shape> shape, List<String> headers) {
    Answer {
      headers = List.copyOf(headers);
    }
  }

  /// What `If-Match` means here (RFC 9110 §13.1.1).
  enum Condition {
    /// Nothing: there is no entity tag, and the header is refused.
    NONE,
    /// Whoever sends it wants the act only if nothing has changed.
    HONOURED,
    /// The act replaces what it names: it must be said which version was seen.
    NEEDED
  }

  private static final String JSON = "application/json";

  static Operation of(String summary) {
    return new Operation(
        summary,
        List.of(),
        List.of(),
        new Answer(200, JSON, Optional.empty(), List.of()),
        Condition.NONE,
        false);
  }

  Operation asking(Member... parameters) {
    return new Operation(summary, List.of(parameters), body, answer, condition, canWait);
  }

  Operation taking(Member... members) {
    return new Operation(summary, query, List.of(members), answer, condition, canWait);
  }

  Operation answering(Shape shape) {
    return answering(new Answer(answer.status(), JSON, Optional.of(shape), answer.headers()));
  }

  /// 201.
  Operation creating(Shape shape) {
    return answering(new Answer(201, JSON, Optional.of(shape), answer.headers()));
  }

  /// 204.
  Operation answeringNothing() {
    return answering(new Answer(204, "", Optional.empty(), answer.headers()));
  }

  /// Something that is not JSON.
  Operation streaming(String contentType) {
    return answering(new Answer(200, contentType, Optional.empty(), answer.headers()));
  }

  Operation telling(String header) {
    List<String> headers = new ArrayList<>(answer.headers());
    headers.add(header);
    return answering(new Answer(answer.status(), answer.contentType(), answer.shape(), headers));
  }

  /// The answer has an entity tag.
  Operation tagged() {
    return telling("ETag");
  }

  Operation when(Condition on) {
    return new Operation(summary, query, body, answer, on, canWait);
  }

  /// 202 instead, with the approval that it waits for.
  Operation orWaiting() {
    return new Operation(summary, query, body, answer, condition, true);
  }

  /// What an answer of this status looks like.
  Optional<Shape> told(int status) {
    if (status == answer.status()) {
      return answer.shape();
    }
    return canWait && status == 202 ? Optional.of(AdminShapes.APPROVAL) : Optional.empty();
  }

  private Operation answering(Answer with) {
    return new Operation(summary, query, body, with, condition, canWait);
  }

  /// Errors: 400 for a member or a condition that means nothing here, and must not look as if it
  /// had counted; 428 where a version has to be named.
  void requireKnown(AdminRequest request) {
    Optional<String> seen = request.header("If-Match");
    if (condition == Condition.NONE && seen.isPresent()) {
      throw new AdminRefusal(400, "there is no entity tag here: If-Match means nothing");
    }
    if (condition == Condition.NEEDED && request.ifMatch().isAny()) {
      throw new AdminRefusal(428, "If-Match with the entity tag of what was seen is needed");
    }
    if (!body.isEmpty() && request.hasBody()) {
      SearchParameters.only(request.body(), body.stream().map(Member::name).toList());
    }
  }
}
