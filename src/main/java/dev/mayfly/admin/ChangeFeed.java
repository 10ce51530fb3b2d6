package dev.mayfly.admin;

import dev.mayfly.identity.Admin;
import dev.mayfly.identity.SessionLife;
import dev.mayfly.ledger.AdminSessions;
import dev.mayfly.registry.LiveGrants;
import dev.mayfly.registry.Realms;
import io.quarkus.runtime.Application;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/// Tells open pages of the console that something has changed, so that they ask again at once; not
/// what, which is for the routes that know who may see it. A stream is no use of its session, and
/// ends with it.
@ApplicationScoped
class ChangeFeed implements AdminRoutesOf {
  /// For a page in each of an admin's windows, and for every admin's.
  static final int MOST_OF_ONE = 10;

  static final String EVENT_STREAM = "text/event-stream";
  private static final Logger LOG = Logger.getLogger(ChangeFeed.class);
  private static final int MOST = 500;

  private static final Duration LOOK = Duration.ofMillis(200);
  private static final int SESSIONS_EVERY = 10;

  /// A connection on which nothing is said for a minute is closed.
  private static final int SIGN_OF_LIFE_EVERY = 75;

  private final AdminSessions sessions;
  private final Realms realms;
  private final LiveGrants grants;
  private final Vertx vertx;
  private final Clock clock;
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
  private long version;
  private long learned;
  private int looks;
  private volatile boolean asking;
  private long timer;

  private record Stream(UUID session, UUID admin, HttpServerResponse response, Context context) {}

  @Inject
  ChangeFeed(AdminSessions sessions, Realms realms, LiveGrants grants, Vertx vertx, Clock clock) {
    this.sessions = sessions;
    this.realms = realms;
    this.grants = grants;
    this.vertx = vertx;
    this.clock = clock;
  }

  @Override
  public List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/events", Permission.signedIn(), this::open)
            .described(
                Operation.of("That something has changed, as server-sent events")
                    .streaming(EVENT_STREAM)));
  }

  void start(@Observes StartupEvent event) {
    timer = vertx.setPeriodic(LOOK.toMillis(), _ -> look());
  }

  void stop(@Observes ShutdownEvent event) {
    vertx.cancelTimer(timer);
    end(_ -> true);
  }

  /// Whoever takes anything else would wait for an end of the answer.
  private Uni<AdminAnswer> open(AdminRequest request) {
    Admin.InSession admin = request.session();
    if (request.header("Accept").filter(EVENT_STREAM::equals).isEmpty()) {
      throw new AdminRefusal(406, "this is a stream of events: accept " + EVENT_STREAM);
    }
    HttpServerResponse response = request.http().response();
    Stream stream =
        new Stream(admin.session().id(), admin.account().id(), response, Vertx.currentContext());
    if (!admit(stream)) {
      throw new AdminRefusal(429, "too many streams are open: close a page");
    }
    response
        .closeHandler(_ -> streams.remove(stream))
        .putHeader("Content-Type", EVENT_STREAM)
        .putHeader("Cache-Control", "no-store")
        .setChunked(true);
    write(stream, "retry: 5000\n\n");
    return Uni.createFrom().nothing();
  }

  private synchronized boolean admit(Stream stream) {
    long own = streams.stream().filter(one -> one.admin().equals(stream.admin())).count();
    return mayOpen(own, streams.size()) && streams.add(stream);
  }

  /// One more, for whom has `own` among `all` that are open.
  static boolean mayOpen(long own, int all) {
    return own < MOST_OF_ONE && all < MOST;
  }

  /// A broker that is stopping waits for requests under way: for these it need not.
  private void look() {
    boolean moved = realms.version() != version;
    boolean revoked = grants.learned() != learned;
    version = realms.version();
    learned = grants.learned();
    if (streams.isEmpty()) {
      return;
    }
    if (!Application.currentApplication().isStarted()) {
      end(_ -> true);
      return;
    }
    if (moved) {
      tell("data: registry\n\n");
    }
    if (revoked) {
      tell("data: grants\n\n");
    }
    looks++;
    if (looks % SIGN_OF_LIFE_EVERY == 0) {
      tell(": here\n\n");
    }
    if (looks % SESSIONS_EVERY == 0 && !asking) {
      endWithTheirSessions();
    }
  }

  private void tell(String lines) {
    streams.forEach(stream -> stream.context().runOnContext(_ -> write(stream, lines)));
  }

  /// Who does not read is not written to until the memory is full.
  private void write(Stream stream, String lines) {
    HttpServerResponse response = stream.response();
    if (response.ended() || response.closed()) {
      streams.remove(stream);
    } else if (response.writeQueueFull()) {
      streams.remove(stream);
      response.reset();
    } else {
      response.write(lines).onFailure(_ -> streams.remove(stream));
    }
  }

  /// Also when the sessions cannot be read: whoever is signed in still comes again.
  private void endWithTheirSessions() {
    asking = true;
    Set<UUID> asked = streams.stream().map(Stream::session).collect(Collectors.toSet());
    Instant now = clock.instant();
    sessions
        .open(asked, now, now.minus(SessionLife.IDLE))
        .onFailure()
        .recoverWithItem(
            failure -> {
              LOG.debugf("the sessions of streams cannot be read: %s", failure.getMessage());
              return Set.of();
            })
        .subscribe()
        .with(
            open -> {
              asking = false;
              end(stream -> asked.contains(stream.session()) && !open.contains(stream.session()));
            });
  }

  private void end(Predicate<Stream> which) {
    List<Stream> ended = streams.stream().filter(which).toList();
    streams.removeAll(ended);
    for (Stream stream : ended) {
      HttpServerResponse response = stream.response();
      stream
          .context()
          .runOnContext(
              _ -> {
                if (!response.ended() && !response.closed()) {
                  response.end();
                }
              });
    }
  }
}
