package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.TrailPosition;
import dev.mayfly.audit.TrailRow;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Role;
import dev.mayfly.ledger.AuditCheckpoints;
import dev.mayfly.ledger.AuditSearch;
import dev.mayfly.registry.TrailExport;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/// The audit trail: searches of a realm or of all, rows in the order of their commits, and the
/// whole as an export that can be verified.
@ApplicationScoped
class AuditRoutes implements AdminRoutesOf {
  private static final Logger LOG = Logger.getLogger(AuditRoutes.class);
  private static final int PAGE = 50;
  private static final int LONGEST_VALUE = 200;
  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");
  private static final Set<String> FILTERS =
      Set.of(
          "client",
          "grant",
          "address",
          "country",
          "event",
          "severity",
          "from",
          "until",
          "after",
          "limit");

  /// An export reads the whole trail.
  private static final int EXPORTS_AT_ONCE = 2;

  private final AuditSearch search;
  private final AuditCheckpoints checkpoints;
  private final TrailExport export;
  private final Semaphore exports = new Semaphore(EXPORTS_AT_ONCE);

  @Inject
  AuditRoutes(AuditSearch search, AuditCheckpoints checkpoints, TrailExport export) {
    this.search = search;
    this.checkpoints = checkpoints;
    this.export = export;
  }

  @Override
  public List<AdminRoute> routes() {
    return List.of(
        AdminRoute.get(
                "/realms/:realm/audit",
                Permission.inRealm(Role.AUDITOR),
                request -> find(request, Optional.of(request.realm().name().value())))
            .described(
                Operation.of("A page of a realm's audit rows, newest first")
                    .asking(filters())
                    .answering(AdminShapes.AUDIT_PAGE)),
        AdminRoute.get(
                "/audit",
                Permission.inBroker(Role.AUDITOR),
                request -> find(request, value(request, "realm")))
            .described(
                Operation.of("A page of all audit rows, newest first")
                    .asking(filters(Shape.text("realm").optional()))
                    .answering(AdminShapes.AUDIT_PAGE)),
        AdminRoute.get("/audit/rows", Permission.inBroker(Role.AUDITOR), this::rows)
            .described(
                Operation.of("Audit rows in the order of the commits, as far as it is settled")
                    .asking(AdminShapes.AFTER, AdminShapes.LIMIT)
                    .answering(AdminShapes.AUDIT_PAGE)),
        AdminRoute.get(
                "/audit/keys",
                Permission.inBroker(Role.AUDITOR),
                _ -> Uni.createFrom().item(export.jwks()))
            .described(
                Operation.of("The public keys of checkpoints, a JWK set").answering(Shape.free())),
        new AdminRoute(
                HttpMethod.GET, "/audit/export", Permission.inBroker(Role.AUDITOR), this::export)
            .described(
                Operation.of("The whole trail, to be verified").streaming("application/jsonl")));
  }

  private static Shape.Member[] filters(Shape.Member... more) {
    return Stream.concat(Stream.of(more), FILTERS.stream().sorted().map(AuditRoutes::filter))
        .toArray(Shape.Member[]::new);
  }

  private static Shape.Member filter(String name) {
    return switch (name) {
      case "from", "until" -> Shape.moment(name).optional();
      case "limit" -> AdminShapes.LIMIT;
      default -> Shape.text(name).optional();
    };
  }

  private Uni<ObjectNode> find(AdminRequest request, Optional<String> realm) {
    known(request, FILTERS, realm.isPresent() && request.applied().isEmpty());
    AuditSearch.Wanted wanted =
        new AuditSearch.Wanted(
            realm,
            value(request, "client"),
            value(request, "grant", UUID::fromString),
            value(request, "address"),
            value(request, "country"),
            value(request, "event"),
            value(request, "severity"),
            value(request, "from", AuditRoutes::instant),
            value(request, "until", AuditRoutes::instant),
            value(request, "after", UUID::fromString),
            limit(request, AuditSearch.MOST));
    return search
        .find(wanted)
        .map(
            found -> {
              ObjectNode answer = Answers.JSON.createObjectNode();
              answer.set("rows", views(found.rows()));
              answer.put("after", found.after().map(UUID::toString).orElse(null));
              return answer;
            });
  }

  /// Oldest first, as far as the order is settled: whoever goes on from the last row misses none.
  private Uni<ObjectNode> rows(AdminRequest request) {
    known(request, Set.of("after", "limit"), false);
    TrailPosition after =
        value(request, "after", TrailPosition::parse).orElse(TrailPosition.BEGINNING);
    return checkpoints
        .settled(after, limit(request, AuditSearch.MOST))
        .map(
            rows -> {
              ObjectNode answer = Answers.JSON.createObjectNode();
              answer.set("rows", views(rows));
              answer.put(
                  "after",
                  rows.isEmpty()
                      ? (after.equals(TrailPosition.BEGINNING) ? null : after.toString())
                      : rows.getLast().position().toString());
              return answer;
            });
  }

  private static ArrayNode views(List<TrailRow> rows) {
    ArrayNode all = Answers.JSON.createArrayNode();
    for (TrailRow row : rows) {
      all.add(view(row));
    }
    return all;
  }

  private static ObjectNode view(TrailRow row) {
    try {
      return (ObjectNode) Answers.JSON.readTree(row.line());
    } catch (JsonProcessingException notOurs) {
      // The row was written by somebody else; an export shows it as it is.
      return Answers.JSON
          .createObjectNode()
          .put("event_id", row.position().event().toString())
          .put("place", row.position().place())
          .put("unreadable", true);
    }
  }

  /// JSON lines, as long as the trail is: written page by page, the next when the one before has
  /// gone out. If it ends early the connection is cut, so that nobody takes it for the whole.
  private Uni<AdminAnswer> export(AdminRequest request) {
    known(request, Set.of(), false);
    if (!exports.tryAcquire()) {
      throw new AdminRefusal(429, "two exports are under way already: try again later");
    }
    HttpServerResponse response = request.http().response();
    Context context = Vertx.currentContext();
    response
        .putHeader("Content-Type", "application/jsonl")
        .putHeader("Cache-Control", "no-store")
        .setChunked(true);
    return export
        .write(lines -> on(context, () -> response.write(Buffer.buffer(lines))))
        .chain(() -> on(context, response::end))
        .onTermination()
        .invoke(() -> exports.release())
        .map(_ -> AdminAnswer.nothing())
        .onFailure(failure -> response.headWritten())
        .recoverWithUni(
            failure -> {
              LOG.warnf("an export of the audit trail ended early: %s", failure.getMessage());
              context.runOnContext(_ -> response.reset());
              return Uni.createFrom().nothing();
            });
  }

  private static Uni<Void> on(Context context, Supplier<Future<Void>> write) {
    return Uni.createFrom()
        .emitter(
            caller ->
                context.runOnContext(
                    _ -> write.get().onSuccess(caller::complete).onFailure(caller::fail)));
  }

  private static void known(AdminRequest request, Set<String> names, boolean realm) {
    for (String name : request.http().queryParams().names()) {
      if (!names.contains(name) && !(realm && name.equals("realm"))) {
        throw new AdminRefusal(400, "there is no such filter; there are " + listed(names));
      }
    }
  }

  private static String listed(Set<String> names) {
    return String.join(", ", names.stream().sorted().toList());
  }

  private static Optional<String> value(AdminRequest request, String name) {
    return value(request, name, text -> text);
  }

  private static <T> Optional<T> value(
      AdminRequest request, String name, Function<String, T> parse) {
    Optional<String> text = request.query(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (text.get().isEmpty()
        || text.get().length() > LONGEST_VALUE
        || text.get().chars().anyMatch(Character::isISOControl)) {
      throw malformed(name);
    }
    try {
      return text.map(parse);
    } catch (IllegalArgumentException | DateTimeException wrong) {
      throw malformed(name);
    }
  }

  private static AdminRefusal malformed(String name) {
    return new AdminRefusal(400, "the value of " + name + " is malformed");
  }

  private static Instant instant(String text) {
    Instant at = Instant.parse(text);
    if (at.isBefore(EARLIEST) || at.isAfter(LATEST)) {
      throw new IllegalArgumentException("not a time of an audit row");
    }
    return at;
  }

  private static int limit(AdminRequest request, int most) {
    int limit = value(request, "limit", Integer::valueOf).orElse(PAGE);
    if (limit < 1 || limit > most) {
      throw malformed("limit");
    }
    return limit;
  }
}
