package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.IdempotencyKeys;
import dev.mayfly.ledger.IdempotencyKeys.Asked;
import dev.mayfly.ledger.IdempotencyKeys.Claim;
import dev.mayfly.ledger.IdempotencyKeys.End;
import dev.mayfly.realm.RealmConfigException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/// An act with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) is done once. Who
/// asks again is told the same again, but for what was shown only once: that nobody has kept.
@ApplicationScoped
class IdempotentActs {
  static final String KEY = "Idempotency-Key";
  private static final Logger LOG = Logger.getLogger(IdempotentActs.class);

  /// A string of structured fields (RFC 8941 §3.3.3) without escapes.
  private static final Pattern FORM = Pattern.compile("\"([ !#-\\[\\]-~]{1,64})\"");

  private static final int LARGEST = 64 * 1024;

  private final IdempotencyKeys keys;

  @Inject
  IdempotentActs(IdempotencyKeys keys) {
    this.keys = keys;
  }

  /// Acts of a role. Whatever else changes something says by `If-Match` what it changes, or is
  /// about the caller's own session and account.
  static boolean takesKey(AdminRoute row) {
    return row.method().equals(HttpMethod.POST)
        && switch (row.permission()) {
          case Permission.Open _, Permission.SignedIn _ -> false;
          case Permission.InRealm _, Permission.InBroker _ -> true;
        };
  }

  /// On the request's own context, which the act is begun on too.
  Uni<AdminAnswer> once(AdminRoute row, AdminRequest request, Supplier<Uni<AdminAnswer>> act) {
    Optional<String> header = request.header(KEY);
    if (header.isEmpty()) {
      return act.get();
    }
    if (!takesKey(row)) {
      throw new AdminRefusal(400, "this request takes no " + KEY);
    }
    Matcher key = FORM.matcher(header.get());
    if (!key.matches()) {
      throw new AdminRefusal(400, KEY + " is 1 to 64 printable characters in double quotes");
    }
    Asked asked = new Asked(request.person().id(), key.group(1), fingerprint(request));
    Context context = Vertx.currentContext();
    return keys.claim(asked, request.received())
        .emitOn(task -> context.runOnContext(_ -> task.run()))
        .chain(
            claim ->
                switch (claim) {
                  case Claim.Ours _ -> act(row, asked, act);
                  case Claim.Ended(Instant at, End end) ->
                      Uni.createFrom().item(() -> again(at, end));
                  case Claim.OfAnother _ ->
                      throw new AdminRefusal(422, "the key was used for another request");
                  case Claim.UnderWay _ ->
                      throw new AdminRefusal(409, "the same request is being served");
                  case Claim.Unknown(Instant at) ->
                      throw new AdminRefusal(
                          409,
                          AdminRefusal.Kind.OUTCOME_UNKNOWN,
                          "a request with this key began at %s, and how it ended is not known: look,"
                                  .formatted(at)
                              + " and use another key");
                  case Claim.TooMany _ ->
                      throw new AdminRefusal(
                          429,
                          "you have used %d keys within a day".formatted(IdempotencyKeys.MOST));
                });
  }

  private static String fingerprint(AdminRequest request) {
    Buffer body = request.http().body().buffer();
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String head =
          request.http().request().method().name()
              + "\n"
              + request.http().request().uri()
              + "\n"
              + request.header("If-Match").orElse("")
              + "\n";
      digest.update(head.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(digest.digest(body == null ? new byte[0] : body.getBytes()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// A refusal has changed nothing and gives the key back. Whatever else fails may have been done
  /// all the same: a transaction that is late commits.
  private Uni<AdminAnswer> act(AdminRoute row, Asked asked, Supplier<Uni<AdminAnswer>> act) {
    return Uni.createFrom()
        .deferred(() -> act.get())
        .onFailure(
            failure -> failure instanceof AdminRefusal || failure instanceof RealmConfigException)
        .call(() -> quietly(keys.release(asked)))
        .call(answer -> quietly(keys.end(asked, end(row, answer))));
  }

  /// The act is done, or refused, and the caller is told so whether or not this was written.
  private static Uni<Void> quietly(Uni<Void> note) {
    return note.onFailure()
        .invoke(failure -> LOG.warnf("an idempotency key is left open: %s", failure.getMessage()))
        .onFailure()
        .recoverWithNull();
  }

  private static End end(AdminRoute row, AdminAnswer answer) {
    Optional<Shape> shape = row.operation().flatMap(operation -> operation.told(answer.status()));
    Optional<JsonNode> known =
        answer.body().flatMap(body -> shape.map(described -> described.kept(body)));
    Optional<String> kept = known.map(JsonNode::toString).filter(text -> text.length() <= LARGEST);
    boolean whole = known.equals(answer.body()) && kept.isPresent() == known.isPresent();
    return new End(
        answer.status(),
        kept,
        Optional.ofNullable(answer.headers().get("ETag")).map(List::getFirst),
        !whole);
  }

  private static AdminAnswer again(Instant at, End end) {
    if (end.withheld()) {
      ObjectNode problem =
          AdminAnswers.problemOf(
              409,
              AdminRefusal.Kind.SHOWN_ONCE,
              "this was done at %s; what was told then is told only once".formatted(at));
      end.answer().ifPresent(text -> problem.set("answer", parsed(text)));
      return AdminAnswers.asProblem(409, problem);
    }
    AdminAnswer same =
        new AdminAnswer(end.status(), end.answer().map(IdempotentActs::parsed), Map.of());
    return end.tag().map(tag -> same.with("ETag", tag)).orElse(same);
  }

  private static JsonNode parsed(String json) {
    try {
      return Answers.JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an answer that was kept is no JSON", e);
    }
  }
}
