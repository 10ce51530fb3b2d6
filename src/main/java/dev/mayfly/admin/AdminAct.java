package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.ledger.EntityTag;
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

  /// Of what changes and is asked for by version.
  @FunctionalInterface
  interface Tagged {
    Uni<EntityTag> of(AdminRequest request);
  }

  /// With the entity tag of what is told.
  static AdminAct tagging(Told act, Tagged tag) {
    return request ->
        tag.of(request).chain(now -> act.on(request).map(told -> AdminAnswer.ok(told).with(now)));
  }

  static AdminAct telling(Told act) {
    return request -> act.on(request).map(AdminAnswer::ok);
  }
}
