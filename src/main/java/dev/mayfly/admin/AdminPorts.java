package dev.mayfly.admin;

import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.MachineKeys;
import dev.mayfly.identity.Sessions;
import dev.mayfly.identity.SignedIn;
import dev.mayfly.ledger.StaleException;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Arrivals;
import dev.mayfly.registry.Realms;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.vertx.http.ManagementInterface;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Serves the table on both ports: who asks, may they, JSON in and out. The management port
/// knows the home's key, the public one sessions, in a cookie or a header; neither knows the
// other's.
@ApplicationScoped
class AdminPorts {
  private static final long LARGEST_BODY = 1024 * 1024;
  private static final long LARGEST_PUBLIC_BODY = 64 * 1024;
  private static final String ADMIN = "mayfly.admin";
  private static final String BELOW = AdminTable.BASE + "/*";

  private final AdminTable table;
  private final Realms realms;
  private final Sessions sessions;
  private final Arrivals arrivals;
  private final AdminBrowser browsers;
  private final RefusedAdmins refused;
  private final IdempotentActs once;
  private final Path home;
  private final Clock clock;

  /// Who asks, from where, with which browser; nobody as yet where the route is open.
  private record Caller(
      Optional<Admin> admin, String requestId, String address, InetAddress peer, String browser) {}

  @Inject
  AdminPorts(
      AdminTable table,
      Realms realms,
      Sessions sessions,
      Arrivals arrivals,
      RegistrySettings settings,
      RefusedAdmins refused,
      IdempotentActs once,
      @ConfigProperty(name = "mayfly.home") Path home,
      Clock clock) {
    this.table = table;
    this.realms = realms;
    this.sessions = sessions;
    this.arrivals = arrivals;
    this.browsers = new AdminBrowser(settings.baseUrl());
    this.refused = refused;
    this.once = once;
    this.home = home;
    this.clock = clock;
  }

  void manage(@Observes ManagementInterface management) {
    AdminAuthenticator admins =
        AdminAuthenticator.of(home.resolve("admin").resolve("public.jwk"), clock);
    Router router = management.router();
    router
        .route(BELOW)
        .handler(http -> authenticate(admins, http))
        .failureHandler(AdminAnswers::fail);
    serve(router, LARGEST_BODY, (http, _) -> Uni.createFrom().item(local(http)));
  }

  void publish(@Observes Router router) {
    router.route("/admin*").handler(AdminPorts::protect);
    serve(router, LARGEST_PUBLIC_BODY, this::caller);
  }

  private static void protect(RoutingContext http) {
    AdminBrowser.protect(http.response());
    http.next();
  }

  private interface Door {
    Uni<Caller> caller(RoutingContext http, AdminRoute row);
  }

  private void serve(Router router, long largestBody, Door door) {
    router
        .route(BELOW)
        .handler(BodyHandler.create(false).setBodyLimit(largestBody))
        .failureHandler(AdminAnswers::fail);
    for (AdminRoute row : table.routes()) {
      router
          .route(row.method(), AdminTable.BASE + row.path())
          .handler(http -> answer(http, row, door))
          .failureHandler(AdminAnswers::fail);
    }
    router.route(BELOW).handler(AdminAnswers::nothingHere);
  }

  private void authenticate(AdminAuthenticator admins, RoutingContext http) {
    admins
        .authenticate(http.request().headers().getAll("Authorization"))
        .ifPresentOrElse(
            name -> {
              http.put(ADMIN, new Admin.Local(name));
              http.next();
            },
            () -> {
              refused.note(http, http.request().remoteAddress().hostAddress(), 401, "nobody");
              http.response().putHeader("WWW-Authenticate", "Bearer");
              AdminAnswers.problem(
                  http, 401, "sign the request with the home's admin/credential.json");
            });
  }

  private static Caller local(RoutingContext http) {
    return new Caller(
        Optional.of(http.<Admin>get(ADMIN)),
        UUID.randomUUID().toString(),
        "local",
        InetAddress.getLoopbackAddress(),
        "");
  }

  private Uni<Caller> caller(RoutingContext http, AdminRoute row) {
    HttpServerRequest request = http.request();
    InetAddress peer =
        arrivals
            .address(request)
            .orElseThrow(() -> new AdminRefusal(400, "your address cannot be established"));
    Optional<String> bearer = AdminBearer.read(request.headers());
    boolean ofNoBrowser = bearer.isPresent() && AdminBrowser.isOfNone(request.headers());
    if (!ofNoBrowser && !browsers.isOurs(request.method(), request.headers())) {
      throw new AdminRefusal(403, "another site's page began this request");
    }
    Caller nobody =
        new Caller(
            Optional.empty(),
            http.get(Arrivals.REQUEST_ID),
            peer.getHostAddress(),
            peer,
            AdminCookies.browser(request));
    if (row.permission() instanceof Permission.Open) {
      return Uni.createFrom().item(nobody);
    }
    // A browser sends the cookie by itself, and so for others too: it has to show more. A token in
    // the header was put there by whoever asks.
    Optional<String> cookie = AdminCookies.read(request, AdminCookies.SESSION);
    return cookie
        .or(() -> bearer)
        .map(token -> sessions.enter(token, clock.instant()))
        .orElseGet(() -> Uni.createFrom().item(Optional.empty()))
        .map(
            signedIn ->
                signedIn
                    .filter(known -> holdsItsCertificate(request, known.admin()))
                    .map(known -> caller(request, nobody, known, cookie.isPresent()))
                    .orElse(nobody));
  }

  private boolean holdsItsCertificate(HttpServerRequest request, Admin admin) {
    return !(admin instanceof Admin.Machine machine)
        || machine
            .boundTo()
            .map(
                thumbprint ->
                    arrivals.certificate(request) instanceof PresentedCertificate.Chain chain
                        && thumbprint.equals(MachineKeys.thumbprint(chain.leaf())))
            .orElse(true);
  }

  private Caller caller(
      HttpServerRequest request, Caller nobody, SignedIn signedIn, boolean byCookie) {
    if (byCookie && !browsers.carries(signedIn.csrf(), request.method(), request.headers())) {
      throw new AdminRefusal(403, "the header " + AdminBrowser.CSRF + " is missing or wrong");
    }
    return new Caller(
        Optional.of(signedIn.admin()),
        nobody.requestId(),
        nobody.address(),
        nobody.peer(),
        nobody.browser());
  }

  /// Acts and answers on the request's own context: who asks is found out elsewhere.
  private void answer(RoutingContext http, AdminRoute row, Door door) {
    Context context = http.vertx().getOrCreateContext();
    Executor here = task -> context.runOnContext(_ -> task.run());
    Uni.createFrom()
        .deferred(() -> door.caller(http, row))
        .emitOn(here)
        .chain(known -> answer(http, row, known))
        .emitOn(here)
        .subscribe()
        .with(answer -> AdminAnswers.send(http, answer), http::fail);
  }

  private static Uni<AdminAnswer> asItWasSeen(AdminRoute row, AdminRequest request) {
    return row.act()
        .on(request)
        .onFailure(StaleException.class)
        .transform(changed -> new AdminRefusal(412, changed.getMessage()));
  }

  private Uni<AdminAnswer> answer(RoutingContext http, AdminRoute row, Caller caller) {
    Instant now = clock.instant();
    Optional<AppliedRealm> realm =
        Optional.ofNullable(http.pathParam("realm")).flatMap(realms::find);
    AdminGate.Decision decision =
        AdminGate.decide(row, caller.admin(), realm.map(AppliedRealm::name), now);
    switch (decision) {
      case NOT_SIGNED_IN -> refused.note(http, caller.peer().getHostAddress(), 401, "nobody");
      case ROLE_TOO_SMALL, NOT_GIVEN ->
          refused.note(
              http, caller.peer().getHostAddress(), 403, caller.admin().orElseThrow().name());
      // A realm that is not there, and the first half of an act that is confirmed next.
      case NO_SUCH_REALM, STEP_UP_NEEDED, ALLOWED -> {}
    }
    return switch (decision) {
      case ALLOWED -> {
        AdminRequest request =
            new AdminRequest(
                http,
                caller.admin(),
                realm,
                caller.requestId(),
                caller.address(),
                caller.peer(),
                caller.browser(),
                now);
        row.operation().ifPresent(operation -> operation.requireKnown(request));
        yield once.once(row, request, () -> asItWasSeen(row, request));
      }
      case NOT_SIGNED_IN -> throw new AdminRefusal(401, "sign in first");
      case NO_SUCH_REALM -> throw new AdminRefusal(404, "there is no such realm");
      case ROLE_TOO_SMALL -> throw new AdminRefusal(403, "your role does not allow this");
      case NOT_GIVEN -> throw new AdminRefusal(403, "this machine was not given this act");
      case STEP_UP_NEEDED ->
          throw new AdminRefusal(
              403, AdminRefusal.Kind.STEP_UP_NEEDED, "confirm with your second factor first");
    };
  }
}
