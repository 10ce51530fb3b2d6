package dev.mayfly.events;

import dev.mayfly.fetch.FetchFailedException;
import dev.mayfly.fetch.Fetcher;
import dev.mayfly.ledger.EventStream;
import dev.mayfly.ledger.QueuedEvent;
import dev.mayfly.realm.PushReceiver;
import dev.mayfly.registry.AppliedRealm;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Signs one event and sends it where the realm's file says, RFC 8935 §2.1.
@ApplicationScoped
class PushSender {
  /// Of a file with what is sent as `Authorization`; more is no such file.
  private static final int LARGEST = 4 * 1024;

  private static final Logger LOG = Logger.getLogger(PushSender.class);

  private final Fetcher fetcher;
  private final Vertx vertx;
  private final Clock clock;

  @Inject
  PushSender(Fetcher fetcher, Vertx vertx, Clock clock) {
    this.fetcher = fetcher;
    this.vertx = vertx;
    this.clock = clock;
  }

  /// Never fails.
  Uni<PushAnswer> send(
      AppliedRealm realm, PushReceiver receiver, EventStream stream, QueuedEvent event) {
    return headers(receiver)
        .chain(headers -> send(realm, receiver, stream, event, headers))
        .onFailure(failure -> !(failure instanceof FetchFailedException))
        .transform(
            failure -> {
              LOG.error("a security event cannot be pushed", failure);
              return new FetchFailedException("a fault of ours");
            })
        .onFailure()
        .recoverWithItem(failure -> new PushAnswer.Later(failure.getMessage(), Optional.empty()));
  }

  private Uni<PushAnswer> send(
      AppliedRealm realm,
      PushReceiver receiver,
      EventStream stream,
      QueuedEvent event,
      Map<String, String> headers) {
    return realm
        .accessTokenKeys()
        .sign(
            SecurityEventToken.TYPE, new SecurityEventToken(realm.issuer(), stream, event).toJson())
        .onFailure()
        .transform(_ -> new FetchFailedException("no key signs at this moment"))
        .chain(set -> fetcher.push(receiver.endpoint(), headers, set))
        .map(
            reply ->
                PushAnswer.of(reply.status(), reply.retryAfter(), reply.body(), clock.instant()));
  }

  private Uni<Map<String, String>> headers(PushReceiver receiver) {
    Map<String, String> headers = new HashMap<>();
    headers.put("Content-Type", "application/" + SecurityEventToken.TYPE);
    headers.put("Accept", "application/json");
    return receiver
        .authorizationFile()
        .map(
            file ->
                authorization(file)
                    .map(
                        value -> {
                          headers.put("Authorization", value);
                          return headers;
                        }))
        .orElseGet(() -> Uni.createFrom().item(headers));
  }

  /// Read each time, so that it may be replaced at any moment.
  private Uni<String> authorization(String file) {
    return Uni.createFrom()
        .completionStage(() -> read(file).toCompletionStage())
        .map(text -> text.strip())
        .onFailure()
        .transform(_ -> new FetchFailedException(file + " cannot be read"))
        .invoke(
            value -> {
              if (!value.matches("[\\x20-\\x7e]{1," + LARGEST + "}")) {
                throw new FetchFailedException(
                    file + " is not one line with the value of an Authorization header");
              }
            });
  }

  /// No more of it than can be right.
  private Future<String> read(String file) {
    return vertx
        .fileSystem()
        .open(file, new OpenOptions().setRead(true).setWrite(false).setCreate(false))
        .compose(
            open -> open.read(Buffer.buffer(), 0, 0, LARGEST + 1).eventually(() -> open.close()))
        .map(content -> content.toString(StandardCharsets.UTF_8));
  }
}
