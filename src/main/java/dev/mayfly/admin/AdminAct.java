package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.smallrye.mutiny.Uni;

/// What a route does. Errors: [AdminRefusal].
@FunctionalInterface
interface AdminAct {
  Uni<AdminAnswer> on(AdminRequest request);

  /// The most frequent kind: 200 and JSON, or a refusal.
  @FunctionalInterface
  interface Told {
    Uni<? extends JsonNode> on(AdminRequest request);
  }

  static AdminAct telling(Told act) {
    return request -> act.on(request).map(AdminAnswer::ok);
  }
}
