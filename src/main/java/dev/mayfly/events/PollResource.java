package dev.mayfly.events;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.events.ReceiverDoor.Entered;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EventStream;
import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.ledger.EventStream.Status;
import dev.mayfly.ledger.EventStreams;
import dev.mayfly.ledger.QueuedEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// The delivery of events to who asks for them, RFC 8936. What is not acknowledged is sent again,
/// under the same `jti`.
@Path("/realms/{realm}/ssf/poll")
@PermitAll
public class PollResource {
  private static final Duration LOOKED_EVERY = Duration.ofMillis(500);

  /// A receiver that wants to wait waits for so many looks at most.
  private static final int LOOKS = 20;

  private final ReceiverDoor door;
  private final EventStreams streams;
  private final MeterRegistry meters;

  @Inject
  PollResource(ReceiverDoor door, EventStreams streams, MeterRegistry meters) {
    this.door = door;
    this.streams = streams;
    this.meters = meters;
  }

  @POST
  @Path("{stream}")
  public Uni<Response> poll(
      @PathParam("realm") String realm,
      @PathParam("stream") String id,
      byte[] body,
      @Context RoutingContext http) {
    return switch (door.enter(http, realm, ReceiverDoor.READ)) {
      case Entered.Out(Response answer) -> Uni.createFrom().item(answer);
      case Entered.In in ->
          StreamResource.answered(
              in,
              _ -> {
                PollRequest request = PollRequest.read(body);
                if (request.errors() > 0) {
                  meters
                      .counter("mayfly.events.refused", "realm", in.realm().name().value())
                      .increment(request.errors());
                }
                return poll(in, id, request, request.settled(), LOOKS);
              });
    };
  }

  private Uni<Response> poll(
      Entered.In in, String id, PollRequest request, Set<UUID> settled, int looks) {
    return streams
        .find(in.realm().name(), in.receiver())
        .chain(
            found ->
                found.filter(stream -> stream.id().toString().equals(id)).isEmpty()
                    ? Uni.createFrom().item(StreamResource.notFound())
                    : poll(in, found.get(), request, settled, looks));
  }

  private Uni<Response> poll(
      Entered.In in, EventStream stream, PollRequest request, Set<UUID> settled, int looks) {
    if (stream.delivery() == Delivery.PUSH) {
      return Uni.createFrom()
          .item(Answers.problem(409, "The events of this stream are pushed").build());
    }
    int most = stream.status() == Status.PAUSED ? 0 : request.maxEvents();
    return streams
        // One more, to tell whether there are more.
        .exchange(stream, settled, most == 0 ? 0 : most + 1)
        .chain(
            waiting ->
                waiting.isEmpty()
                        && request.maxEvents() > 0
                        && !request.returnImmediately()
                        && looks > 1
                    ? Uni.createFrom()
                        .voidItem()
                        .onItem()
                        .delayIt()
                        .by(LOOKED_EVERY)
                        .chain(() -> poll(in, stream.id().toString(), request, Set.of(), looks - 1))
                    : answer(in, stream, waiting, most));
  }

  private static Uni<Response> answer(
      Entered.In in, EventStream stream, List<QueuedEvent> waiting, int most) {
    List<QueuedEvent> sent = waiting.subList(0, Math.min(most, waiting.size()));
    Uni<Map<String, String>> signed = Uni.createFrom().item(new LinkedHashMap<>());
    for (QueuedEvent event : new ArrayList<>(sent)) {
      signed =
          signed.chain(
              sets ->
                  in.realm()
                      .accessTokenKeys()
                      .sign(
                          SecurityEventToken.TYPE,
                          new SecurityEventToken(in.realm().issuer(), stream, event).toJson())
                      .invoke(set -> sets.put(event.id().toString(), set))
                      .replaceWith(sets));
    }
    return signed.map(
        sets -> {
          ObjectNode answer = Answers.JSON.createObjectNode();
          ObjectNode members = answer.putObject("sets");
          sets.forEach(members::put);
          return Answers.ok(answer.put("moreAvailable", waiting.size() > sent.size()));
        });
  }
}
