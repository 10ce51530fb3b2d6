package dev.mayfly.admin;

import dev.mayfly.identity.Admin;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Realms;
import io.quarkus.vertx.http.ManagementInterface;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Serves the table: who asks, may they, JSON in and out. On the management port the home's
/// credential is asked for before anything is read.
@ApplicationScoped
class AdminPorts {
  private static final long LARGEST_BODY = 1024 * 1024;
  private static final String ADMIN = "mayfly.admin";

  private final AdminTable table;
  private final Realms realms;
  private final RefusedAdmins refused;
  private final Path home;
  private final Clock clock;

  /// Who asks, from where; nobody as yet where the route is open.
  private record Caller(Optional<Admin> admin, String requestId, String address) {}

  @Inject
  AdminPorts(
      AdminTable table,
      Realms realms,
      RefusedAdmins refused,
      @ConfigProperty(name = "mayfly.home") Path home,
      Clock clock) {
    this.table = table;
    this.realms = realms;
    this.refused = refused;
    this.home = home;
    this.clock = clock;
  }

  void register(@Observes ManagementInterface management) {
    AdminAuthenticator admins =
        AdminAuthenticator.of(home.resolve("admin").resolve("public.jwk"), clock);
    Router router = management.router();
    String below = AdminTable.BASE + "/*";
    router
        .route(below)
        .handler(http -> authenticate(admins, http))
        .failureHandler(AdminAnswers::fail);
    router
        .route(below)
        .handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY))
        .failureHandler(AdminAnswers::fail);
    for (AdminRoute row : table.routes()) {
      router
          .route(row.method(), AdminTable.BASE + row.path())
          .handler(http -> answer(http, row, Uni.createFrom().item(() -> local(http))))
          .failureHandler(AdminAnswers::fail);
    }
    router.route(below).handler(AdminAnswers::nothingHere);
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
              refused.note(http, 401, "nobody");
              http.response().putHeader("WWW-Authenticate", "Bearer");
              AdminAnswers.problem(
                  http, 401, "sign the request with the home's admin/credential.json");
            });
  }

  private static Caller local(RoutingContext http) {
    return new Caller(Optional.of(http.<Admin>get(ADMIN)), UUID.randomUUID().toString(), "local");
  }

  private void answer(RoutingContext http, AdminRoute row, Uni<Caller> caller) {
    caller
        .chain(known -> answer(http, row, known))
        .subscribe()
        .with(
            answer -> http.vertx().runOnContext(_ -> AdminAnswers.send(http, answer)),
            failure -> http.vertx().runOnContext(_ -> http.fail(failure)));
  }

  private Uni<AdminAnswer> answer(RoutingContext http, AdminRoute row, Caller caller) {
    Instant now = clock.instant();
    Optional<AppliedRealm> realm =
        Optional.ofNullable(http.pathParam("realm")).flatMap(realms::find);
    AdminGate.Decision decision =
        AdminGate.decide(row.permission(), caller.admin(), realm.map(AppliedRealm::name), now);
    switch (decision) {
      case NOT_SIGNED_IN -> refused.note(http, 401, "nobody");
      case ROLE_TOO_SMALL -> refused.note(http, 403, caller.admin().orElseThrow().name());
      // A realm that is not there, and the first half of an act that is confirmed next.
      case NO_SUCH_REALM, STEP_UP_NEEDED, ALLOWED -> {}
    }
    return switch (decision) {
      case ALLOWED ->
          row.act()
              .on(
                  new AdminRequest(
                      http, caller.admin(), realm, caller.requestId(), caller.address(), now));
      case NOT_SIGNED_IN -> throw new AdminRefusal(401, "sign in first");
      case NO_SUCH_REALM -> throw new AdminRefusal(404, "there is no such realm");
      case ROLE_TOO_SMALL -> throw new AdminRefusal(403, "your role does not allow this");
      case STEP_UP_NEEDED ->
          throw new AdminRefusal(
              403, AdminRefusal.Kind.STEP_UP_NEEDED, "confirm with your second factor first");
    };
  }
}
