package dev.mayfly.events;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.events.ReceiverDoor.Entered;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EventStream;
import dev.mayfly.ledger.EventStream.Status;
import dev.mayfly.ledger.EventStreams;
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
  static final String POLL = "urn:ietf:rfc:8936";
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
          StreamRequest request = StreamRequest.read(body);
          request.requirePolling();
          List<String> requested = request.eventsRequested().orElseGet(StreamResource::all);
          EventStream stream =
              new EventStream(
                  UUID.randomUUID(),
                  in.realm().name(),
                  in.receiver(),
                  in.audiences(),
                  requested,
                  delivered(requested),
                  Status.ENABLED,
                  "",
                  request.text("description").orElse(""));
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
        (stream, request) -> {
          request.requirePolling();
          List<String> requested = request.eventsRequested().orElse(stream.requested());
          return stream.with(
              requested,
              delivered(requested),
              request.text("description").orElse(stream.description()));
        });
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
        (stream, request) -> {
          request.requirePolling();
          List<String> requested = request.eventsRequested().orElseGet(StreamResource::all);
          return stream.with(
              requested, delivered(requested), request.text("description").orElse(""));
        });
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
        (stream, request) ->
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
    EventStream apply(EventStream stream, StreamRequest request);
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
                EventStream next = change.apply(stream, request);
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
        stream.status().word());
  }

  private static List<String> all() {
    return EventType.ON_REQUEST.stream().map(EventType::uri).toList();
  }

  private static List<String> delivered(List<String> requested) {
    return EventType.ON_REQUEST.stream()
        .filter(type -> requested.contains(type.uri()))
        .map(EventType::word)
        .toList();
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
    put(document, "events_supported", all());
    put(document, "events_requested", stream.requested());
    put(
        document,
        "events_delivered",
        stream.delivered().stream()
            .map(word -> EventType.ofWord(word).orElseThrow().uri())
            .toList());
    document
        .putObject("delivery")
        .put("method", POLL)
        .put("endpoint_url", issuer + "/ssf/poll/" + stream.id());
    document.put("min_verification_interval", VERIFIED_EVERY.toSeconds());
    return stream.description().isEmpty()
        ? document
        : document.put("description", stream.description());
  }

  private static void put(ObjectNode document, String name, List<String> values) {
    values.forEach(document.putArray(name)::add);
  }
}
