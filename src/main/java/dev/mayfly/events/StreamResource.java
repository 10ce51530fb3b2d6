package dev.mayfly.events;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.events.ReceiverDoor.Entered;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EventStream;
import dev.mayfly.ledger.EventStream.Status;
import dev.mayfly.ledger.EventStreams;
import dev.mayfly.realm.PushReceiver;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.resteasy.reactive.server.Cancellable;

/// The management of streams, SSF 1.0: each receiver has one, and knows of no other.
@Path("/realms/{realm}/ssf")
@PermitAll
@Cancellable(false) // a receiver that hangs up must not end the work before its audit row
public class StreamResource {
  static final Duration VERIFIED_EVERY = Duration.ofSeconds(10);

  private final ReceiverDoor door;
  private final EventStreams streams;

  @Inject
  StreamResource(ReceiverDoor door, EventStreams streams) {
    this.door = door;
    this.streams = streams;
  }

  @POST
  @Path("streams")
  public Uni<Response> create(
      @PathParam("realm") String realm, byte[] body, @Context RoutingContext http) {
    return entered(
        http,
        realm,
        ReceiverDoor.MANAGE,
        in -> {
          StreamTerms terms = StreamTerms.NEW.changedBy(StreamRequest.read(body), named(in));
          EventStream stream =
              new EventStream(
                  UUID.randomUUID(),
                  in.realm().name(),
                  in.receiver(),
                  terms.delivery(),
                  in.audiences(),
                  terms.requested(),
                  terms.delivered(),
                  Status.ENABLED,
                  "",
                  terms.description());
          return streams
              .create(stream, in.at().facts().received(), changed(in, stream, "created"))
              .map(
                  made ->
                      made
                          ? Answers.json(201, document(in, stream)).build()
                          : Answers.problem(409, "This receiver has a stream already").build());
        });
  }

  @GET
  @Path("streams")
  public Uni<Response> read(
      @PathParam("realm") String realm,
      @QueryParam("stream_id") String id,
      @Context RoutingContext http) {
    return entered(
        http,
        realm,
        ReceiverDoor.READ,
        in ->
            id != null
                ? withStream(
                    in, id, stream -> Uni.createFrom().item(Answers.ok(document(in, stream))))
                : streams.find(in.realm().name(), in.receiver()).map(found -> list(in, found)));
  }

  private static Response list(Entered.In in, Optional<EventStream> found) {
    ArrayNode list = Answers.JSON.createArrayNode();
    found.ifPresent(stream -> list.add(document(in, stream)));
    return Answers.ok(list);
  }

  /// What is not said stays.
  @PATCH
  @Path("streams")
  public Uni<Response> update(
      @PathParam("realm") String realm, byte[] body, @Context RoutingContext http) {
    return change(
        realm,
        body,
        http,
        "updated",
        (in, stream, request) ->
            StreamTerms.of(stream).changedBy(request, named(in)).appliedTo(stream));
  }

  /// What is not said is as in a new stream.
  @PUT
  @Path("streams")
  public Uni<Response> replace(
      @PathParam("realm") String realm, byte[] body, @Context RoutingContext http) {
    return change(
        realm,
        body,
        http,
        "updated",
        (in, stream, request) -> StreamTerms.NEW.changedBy(request, named(in)).appliedTo(stream));
  }

  @DELETE
  @Path("streams")
  public Uni<Response> delete(
      @PathParam("realm") String realm,
      @QueryParam("stream_id") String id,
      @Context RoutingContext http) {
    return entered(
        http,
        realm,
        ReceiverDoor.MANAGE,
        in ->
            withStream(
                in,
                id == null ? "" : id,
                stream ->
                    streams
                        .delete(stream, changed(in, stream, "deleted"))
                        .map(gone -> gone ? Response.noContent().build() : notFound())));
  }

  @GET
  @Path("status")
  public Uni<Response> status(
      @PathParam("realm") String realm,
      @QueryParam("stream_id") String id,
      @Context RoutingContext http) {
    return entered(
        http,
        realm,
        ReceiverDoor.READ,
        in ->
            withStream(
                in,
                id == null ? "" : id,
                stream -> Uni.createFrom().item(Answers.ok(status(stream)))));
  }

  @POST
  @Path("status")
  public Uni<Response> changeStatus(
      @PathParam("realm") String realm, byte[] body, @Context RoutingContext http) {
    return change(
        realm,
        body,
        http,
        "status",
        (_, stream, request) ->
            stream.with(
                switch (request.text("status").orElse("")) {
                  case "enabled" -> Status.ENABLED;
                  case "paused" -> Status.PAUSED;
                  case "disabled" -> Status.DISABLED;
                  default ->
                      throw new StreamRequest.Malformed(
                          "status must be enabled, paused or disabled");
                },
                request.text("reason").orElse("")));
  }

  /// The event comes by the stream, whatever has been asked of it.
  @POST
  @Path("verify")
  public Uni<Response> verify(
      @PathParam("realm") String realm, byte[] body, @Context RoutingContext http) {
    return entered(
        http,
        realm,
        ReceiverDoor.READ,
        in -> {
          StreamRequest request = StreamRequest.read(body);
          String state = request.text("state").orElse("");
          return withStream(
              in,
              request.text("stream_id").orElse(""),
              stream ->
                  streams
                      .verify(stream, state, in.at().facts().received(), VERIFIED_EVERY)
                      .map(
                          queued ->
                              queued
                                  ? Response.noContent().build()
                                  : Answers.problem(429, "One verification in 10 seconds")
                                      .header(
                                          "Retry-After", Long.toString(VERIFIED_EVERY.toSeconds()))
                                      .build()));
        });
  }

  private interface Change {
    EventStream apply(Entered.In in, EventStream stream, StreamRequest request);
  }

  private Uni<Response> change(
      String realm, byte[] body, RoutingContext http, String word, Change change) {
    return entered(
        http,
        realm,
        ReceiverDoor.MANAGE,
        in -> {
          StreamRequest request = StreamRequest.read(body);
          return withStream(
              in,
              request.text("stream_id").orElse(""),
              stream -> {
                EventStream next = change.apply(in, stream, request);
                return streams
                    .update(next, changed(in, next, word))
                    .map(
                        there ->
                            there
                                ? Answers.ok(
                                    word.equals("status") ? status(next) : document(in, next))
                                : notFound());
              });
        });
  }

  private Uni<Response> entered(
      RoutingContext http, String realm, String scope, Function<Entered.In, Uni<Response>> work) {
    return switch (door.enter(http, realm, scope)) {
      case Entered.Out(Response answer) -> Uni.createFrom().item(answer);
      case Entered.In in -> answered(in, work);
    };
  }

  static Uni<Response> answered(Entered.In in, Function<Entered.In, Uni<Response>> work) {
    return Uni.createFrom()
        .deferred(() -> work.apply(in))
        .onFailure(StreamRequest.Malformed.class)
        .recoverWithItem(malformed -> Answers.problem(400, malformed.getMessage()).build());
  }

  /// Another receiver's stream does not exist.
  private Uni<Response> withStream(
      Entered.In in, String id, Function<EventStream, Uni<Response>> work) {
    return streams
        .find(in.realm().name(), in.receiver())
        .chain(
            found ->
                found.filter(stream -> stream.id().toString().equals(id)).isPresent()
                    ? work.apply(found.get())
                    : Uni.createFrom().item(notFound()));
  }

  static Response notFound() {
    return Answers.problem(404, "There is no such stream").build();
  }

  private static AuditEvent changed(Entered.In in, EventStream stream, String change) {
    return new AuditEvent.EventStreamChanged(
        in.at().facts().context(Optional.of(in.receiver())),
        stream.id().toString(),
        change,
        stream.status().word(),
        stream.delivery().word());
  }

  /// Where this receiver may be pushed to.
  private static Optional<PushReceiver> named(Entered.In in) {
    return Optional.ofNullable(in.realm().config().pushReceivers().get(in.receiver()));
  }

  private static ObjectNode status(EventStream stream) {
    ObjectNode status =
        Answers.JSON
            .createObjectNode()
            .put("stream_id", stream.id().toString())
            .put("status", stream.status().word());
    return stream.reason().isEmpty() ? status : status.put("reason", stream.reason());
  }

  private static ObjectNode document(Entered.In in, EventStream stream) {
    String issuer = in.realm().issuer();
    ObjectNode document = Answers.JSON.createObjectNode();
    document.put("stream_id", stream.id().toString()).put("iss", issuer);
    document.put("aud", stream.receiver().value());
    put(document, "events_supported", StreamTerms.all());
    put(document, "events_requested", stream.requested());
    put(
        document,
        "events_delivered",
        stream.delivered().stream()
            .map(word -> EventType.ofWord(word).orElseThrow().uri())
            .toList());
    document.set("delivery", delivery(in, stream));
    document.put("min_verification_interval", VERIFIED_EVERY.toSeconds());
    return stream.description().isEmpty()
        ? document
        : document.put("description", stream.description());
  }

  /// Without an address where the realm's file names none any more: then the events wait.
  private static ObjectNode delivery(Entered.In in, EventStream stream) {
    ObjectNode delivery = Answers.JSON.createObjectNode();
    switch (stream.delivery()) {
      case POLL ->
          delivery
              .put("method", StreamRequest.POLL)
              .put("endpoint_url", in.realm().issuer() + "/ssf/poll/" + stream.id());
      case PUSH -> {
        delivery.put("method", StreamRequest.PUSH);
        named(in).ifPresent(one -> delivery.put("endpoint_url", one.endpoint().uri().toString()));
      }
    }
    return delivery;
  }

  private static void put(ObjectNode document, String name, List<String> values) {
    values.forEach(document.putArray(name)::add);
  }
}
