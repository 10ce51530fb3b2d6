package dev.mayfly.admin;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.AdminsForTests.Ages;
import dev.mayfly.identity.AdminsForTests.Made;
import dev.mayfly.identity.Role;
import dev.mayfly.identity.Site;
import dev.mayfly.registry.Realms;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.http.HttpMethod;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Every row of the table against every kind of caller, over HTTP: a route that is added is held
/// to its permission by being in the table.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class AdminMatrixTest {
  @Inject AdminTable table;
  @Inject AdminsForTests admins;
  @Inject Realms realms;
  @Inject RegistrySettings settings;

  /// Who asks. `role`: here, in the realm that the path names; `everywhere`: in the broker.
  private enum Caller {
    NOBODY(null, null),
    CLIENT_TOKEN(null, null),
    OTHER_REALMS_ADMIN(null, null),
    AUDITOR(Role.AUDITOR, null),
    OPERATOR(Role.OPERATOR, null),
    SECURITY_ADMIN(Role.SECURITY_ADMIN, null),
    AUDITOR_OF_ALL(Role.AUDITOR, Role.AUDITOR),
    ROOT(Role.ROOT, Role.ROOT),
    ROOT_NOT_FRESH(Role.ROOT, Role.ROOT),
    RECOVERING(null, null),
    IDLE(Role.ROOT, Role.ROOT),
    EXPIRED(Role.ROOT, Role.ROOT),
    SUSPENDED(Role.ROOT, Role.ROOT),
    SIGNED_OUT(Role.ROOT, Role.ROOT),
    FORGED_COOKIE(Role.ROOT, Role.ROOT),
    PERSON_IN_A_TERMINAL(Role.SECURITY_ADMIN, null),
    MACHINE(Role.SECURITY_ADMIN, null),
    MACHINE_THAT_WAS_GIVEN_ALL(Role.SECURITY_ADMIN, null),
    MACHINE_THAT_WAS_GIVEN_LITTLE(Role.SECURITY_ADMIN, null),
    OTHER_REALMS_MACHINE(null, null),
    REVOKED_MACHINE(Role.SECURITY_ADMIN, null),
    EXPIRED_MACHINE(Role.SECURITY_ADMIN, null),
    MACHINE_WITHOUT_ITS_CERTIFICATE(Role.SECURITY_ADMIN, null);

    private final Optional<Role> here;
    private final Optional<Role> everywhere;

    Caller(Role here, Role everywhere) {
      this.here = Optional.ofNullable(here);
      this.everywhere = Optional.ofNullable(everywhere);
    }

    boolean isSignedIn() {
      return switch (this) {
        case NOBODY,
            CLIENT_TOKEN,
            IDLE,
            EXPIRED,
            SUSPENDED,
            SIGNED_OUT,
            FORGED_COOKIE,
            REVOKED_MACHINE,
            EXPIRED_MACHINE,
            MACHINE_WITHOUT_ITS_CERTIFICATE ->
            false;
        case OTHER_REALMS_ADMIN,
            AUDITOR,
            OPERATOR,
            SECURITY_ADMIN,
            AUDITOR_OF_ALL,
            ROOT,
            ROOT_NOT_FRESH,
            RECOVERING,
            PERSON_IN_A_TERMINAL,
            MACHINE,
            MACHINE_THAT_WAS_GIVEN_ALL,
            MACHINE_THAT_WAS_GIVEN_LITTLE,
            OTHER_REALMS_MACHINE ->
            true;
      };
    }

    boolean isMachine() {
      return name().contains("MACHINE");
    }

    /// Sends its token in the header.
    boolean isProgram() {
      return isMachine() || this == PERSON_IN_A_TERMINAL;
    }
  }

  private static final Duration SECOND = Duration.ofSeconds(1);

  private String here() {
    return realms.all().iterator().next().name().value();
  }

  private Optional<Made> session(Caller caller) {
    String here = here();
    return switch (caller) {
      case NOBODY, CLIENT_TOKEN -> Optional.empty();
      case OTHER_REALMS_ADMIN -> made("elsewhere=security_admin", "active", "passkey", Ages.FRESH);
      case AUDITOR -> made(here + "=auditor", "active", "passkey", Ages.FRESH);
      case OPERATOR -> made(here + "=operator", "active", "totp", Ages.FRESH);
      case SECURITY_ADMIN -> made(here + "=security_admin", "active", "passkey", Ages.FRESH);
      case AUDITOR_OF_ALL -> made("*=auditor", "active", "passkey", Ages.FRESH);
      case ROOT -> made("*=root", "active", "passkey", Ages.FRESH);
      case ROOT_NOT_FRESH ->
          made(
              "*=root", "active", "passkey", Ages.FRESH.proved(Duration.ofMinutes(5).plus(SECOND)));
      case RECOVERING -> made("*=root", "active", "recovery_code", Ages.FRESH);
      case IDLE -> made("*=root", "active", "passkey", Ages.FRESH.used(Duration.ofMinutes(15)));
      case EXPIRED -> made("*=root", "active", "passkey", Ages.FRESH.ending(Duration.ZERO));
      case SUSPENDED -> made("*=root", "suspended", "passkey", Ages.FRESH);
      case SIGNED_OUT -> {
        Optional<Made> gone = made("*=root", "active", "passkey", Ages.FRESH);
        admins.sql("delete from admin_sessions where session_id = ?", gone.get().session());
        yield gone;
      }
      case FORGED_COOKIE -> made("*=root", "active", "passkey", Ages.FRESH).map(this::forged);
      case PERSON_IN_A_TERMINAL -> made(here + "=security_admin", "active", "terminal", Ages.FRESH);
      case MACHINE -> machine("active", List.of(), Ages.FRESH);
      case MACHINE_THAT_WAS_GIVEN_ALL -> machine("active", inRealms(), Ages.FRESH);
      case MACHINE_THAT_WAS_GIVEN_LITTLE -> machine("active", List.of(LITTLE), Ages.FRESH);
      case OTHER_REALMS_MACHINE ->
          Optional.of(admins.machine("elsewhere=security_admin", "active", inRealms(), Ages.FRESH));
      case REVOKED_MACHINE -> machine("suspended", inRealms(), Ages.FRESH);
      case EXPIRED_MACHINE -> machine("active", inRealms(), Ages.FRESH.ending(Duration.ZERO));
      case MACHINE_WITHOUT_ITS_CERTIFICATE -> {
        Optional<Made> bound = machine("active", inRealms(), Ages.FRESH);
        admins.sql(
            "update admin_sessions set method = 'machine_certificate' where session_id = ?",
            bound.get().session());
        admins.sql(
            "update admins set machine_jwks = null, machine_x5t = ? where admin_id = ?",
            "A".repeat(43),
            bound.get().admin());
        yield bound;
      }
    };
  }

  private static final String LITTLE = "GET /realms/:realm/clients";

  private Optional<Made> machine(String state, List<String> may, Ages ages) {
    return Optional.of(admins.machine(here() + "=security_admin", state, may, ages));
  }

  private List<String> inRealms() {
    return table.routes().stream()
        .filter(route -> route.permission() instanceof Permission.InRealm)
        .map(AdminRoute::text)
        .toList();
  }

  private Optional<Made> made(String roles, String state, String method, Ages ages) {
    return Optional.of(admins.signedIn(roles, state, method, ages));
  }

  /// The right session, another secret.
  private Made forged(Made genuine) {
    String cookie = genuine.cookie().substring(0, 40) + "A".repeat(24);
    return new Made(genuine.session(), genuine.admin(), genuine.name(), cookie, genuine.csrf());
  }

  private RequestSpecification request(Caller caller) {
    if (caller.isProgram()) {
      return given().header("Authorization", "Bearer " + session(caller).orElseThrow().cookie());
    }
    RequestSpecification request =
        given().header("Origin", Site.origin(URI.create(settings.baseUrl())));
    session(caller)
        .ifPresent(
            made ->
                request
                    .header("Cookie", AdminCookies.SESSION + "=" + made.cookie())
                    .header(AdminBrowser.CSRF, made.csrf()));
    if (caller == Caller.CLIENT_TOKEN) {
      request.header("Authorization", "Bearer eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.AAAA");
    }
    return request;
  }

  private Response ask(RequestSpecification request, AdminRoute route, String realm) {
    String path =
        AdminTable.BASE + route.path().replace(":realm", realm).replaceAll(":[a-z]+", "x");
    return route.method().equals(HttpMethod.GET)
        ? request.get(path)
        : request.contentType("application/json").body("{}").request(route.method().name(), path);
  }

  private AdminGate.Decision expected(AdminRoute route, Caller caller) {
    AdminGate.Decision byRole = expectedByRole(route, caller);
    boolean asked = !(route.permission() instanceof Permission.Open) && caller.isMachine();
    return asked && byRole == AdminGate.Decision.ALLOWED && !isGiven(route, caller)
        ? AdminGate.Decision.NOT_GIVEN
        : byRole;
  }

  /// A machine cannot be asked for a second factor: what asks people for one has to be given.
  private boolean isGiven(AdminRoute route, Caller caller) {
    boolean inRealm = route.permission() instanceof Permission.InRealm;
    return route.text().equals("GET /me")
        || switch (caller) {
          case MACHINE ->
              switch (route.permission()) {
                case Permission.Open _ -> true;
                case Permission.SignedIn(Permission.Care care) -> care == Permission.Care.ROUTINE;
                case Permission.InRealm(_, Permission.Care care) -> care == Permission.Care.ROUTINE;
                case Permission.InBroker(_, Permission.Care care) ->
                    care == Permission.Care.ROUTINE;
              };
          case MACHINE_THAT_WAS_GIVEN_LITTLE -> route.text().equals(LITTLE);
          default -> inRealm;
        };
  }

  private static AdminGate.Decision expectedByRole(AdminRoute route, Caller caller) {
    if (!(route.permission() instanceof Permission.Open) && !caller.isSignedIn()) {
      return AdminGate.Decision.NOT_SIGNED_IN;
    }
    return switch (route.permission()) {
      case Permission.Open _ -> AdminGate.Decision.ALLOWED;
      case Permission.SignedIn(Permission.Care care) -> care(care, caller);
      case Permission.InRealm(Role least, Permission.Care care) ->
          caller.here.isEmpty()
              ? AdminGate.Decision.NO_SUCH_REALM
              : covers(caller.here, least, care, caller);
      case Permission.InBroker(Role least, Permission.Care care) ->
          covers(caller.everywhere, least, care, caller);
    };
  }

  private static AdminGate.Decision covers(
      Optional<Role> role, Role least, Permission.Care care, Caller caller) {
    return role.isPresent() && role.get().ordinal() >= least.ordinal()
        ? care(care, caller)
        : AdminGate.Decision.ROLE_TOO_SMALL;
  }

  private static AdminGate.Decision care(Permission.Care care, Caller caller) {
    return care == Permission.Care.STEP_UP && caller == Caller.ROOT_NOT_FRESH
        ? AdminGate.Decision.STEP_UP_NEEDED
        : AdminGate.Decision.ALLOWED;
  }

  private static String stands(AdminGate.Decision expected, Response answer) {
    int status = answer.statusCode();
    String detail = status < 400 ? "" : answer.jsonPath().getString("detail");
    boolean right =
        switch (expected) {
          case NOT_SIGNED_IN -> status == 401 && detail.equals("sign in first");
          case NO_SUCH_REALM -> status == 404 && detail.equals("there is no such realm");
          case ROLE_TOO_SMALL -> status == 403 && detail.equals("your role does not allow this");
          case STEP_UP_NEEDED ->
              status == 403
                  && answer
                      .jsonPath()
                      .getString("type")
                      .equals("tag:mayfly.dev,2026:step-up-needed");
          case NOT_GIVEN -> status == 403 && detail.equals("this machine was not given this act");
          // Whatever the handler makes of an empty body: not one of those above.
          case ALLOWED ->
              status < 500
                  && !detail.equals("sign in first")
                  && !detail.equals("there is no such realm")
                  && !detail.equals("your role does not allow this")
                  && !detail.equals("this machine was not given this act")
                  && !detail.equals("confirm with your second factor first");
        };
    return right ? "" : expected + " expected, and it was " + status + " " + answer.asString();
  }

  @Test
  void everyRouteLetsInWhomItsRowSaysAndNobodyElse() {
    List<String> wrong = new ArrayList<>();
    DescribedAnswers described = new DescribedAnswers(table);
    int asked = 0;
    for (AdminRoute route : table.routes()) {
      for (Caller caller : Caller.values()) {
        Response answer = ask(request(caller).filter(described), route, here());
        String objection = stands(expected(route, caller), answer);
        asked++;
        if (!objection.isEmpty()) {
          wrong.add(caller + " " + route.method() + " " + route.path() + ": " + objection);
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(List.of(), described.objections());
    assertTrue(asked >= Caller.values().length * 60, "the table has shrunk: " + asked);
  }

  @Test
  void onlyTheWaysInAreOpenToEverybody() {
    assertEquals(
        List.of(
            "/invitation",
            "/invitation/options",
            "/session/machine",
            "/session/passkey",
            "/session/passkey/options",
            "/session/recovery",
            "/session/terminal",
            "/session/terminal/poll",
            "/session/totp"),
        table.routes().stream()
            .filter(route -> route.permission() instanceof Permission.Open)
            .map(AdminRoute::path)
            .sorted()
            .toList());
  }

  /// Otherwise whoever has a role in one realm could find out the names of the others.
  @Test
  void aRealmOfOthersAndOneThatIsNotThereLookTheSame() {
    for (AdminRoute route : table.routes()) {
      if (route.permission() instanceof Permission.InRealm) {
        Response ofOthers = ask(request(Caller.OTHER_REALMS_ADMIN), route, here());
        Response nowhere = ask(request(Caller.OTHER_REALMS_ADMIN), route, "nowhere");
        assertEquals(nowhere.statusCode(), ofOthers.statusCode(), route::path);
        assertEquals(nowhere.asString(), ofOthers.asString(), route::path);
      }
    }
  }

  @Test
  void noChangeIsMadeWithoutTheHeaderOrFromAnotherSitesPage() {
    for (AdminRoute route : table.routes()) {
      if (route.method().equals(HttpMethod.GET)) {
        continue;
      }
      Made root = session(Caller.ROOT).orElseThrow();
      RequestSpecification foreign =
          given()
              .header("Origin", "https://evil.example")
              .header("Cookie", AdminCookies.SESSION + "=" + root.cookie())
              .header(AdminBrowser.CSRF, root.csrf());
      Response answer = ask(foreign, route, here());
      assertEquals(403, answer.statusCode(), route::path);
      assertTrue(answer.asString().contains("another site"), answer::asString);
      if (!(route.permission() instanceof Permission.Open)) {
        RequestSpecification bare =
            given()
                .header("Origin", Site.origin(URI.create(settings.baseUrl())))
                .header("Cookie", AdminCookies.SESSION + "=" + root.cookie());
        Response without = ask(bare, route, here());
        assertEquals(403, without.statusCode(), route::path);
        assertTrue(without.asString().contains(AdminBrowser.CSRF), without::asString);
      }
    }
  }

  @Test
  void aSessionLastsUntilTheMomentBeforeItsEnd() {
    Duration almost = Duration.ofSeconds(30);
    for (Ages still :
        List.of(Ages.FRESH.used(Duration.ofMinutes(15).minus(almost)), Ages.FRESH.ending(almost))) {
      Made made = admins.signedIn("*=auditor", "active", "passkey", still);
      assertEquals(200, me(made).statusCode(), still::toString);
    }
  }

  private static Response me(Made made) {
    return given()
        .header("Cookie", AdminCookies.SESSION + "=" + made.cookie())
        .get(AdminTable.BASE + "/me");
  }

  @Test
  void aRoleThatIsTakenAwayIsGoneWithTheNextRequest() {
    Made made = admins.signedIn("*=auditor", "active", "passkey", Ages.FRESH);
    String path = AdminTable.BASE + "/admins";
    String cookie = AdminCookies.SESSION + "=" + made.cookie();
    assertEquals(200, given().header("Cookie", cookie).get(path).statusCode());
    admins.sql("update admins set roles = '' where admin_id = ?", made.admin());
    assertEquals(403, given().header("Cookie", cookie).get(path).statusCode());
    admins.sql("update admins set state = 'suspended' where admin_id = ?", made.admin());
    assertEquals(401, given().header("Cookie", cookie).get(path).statusCode());
  }

  @Test
  void nothingOfOursIsShownInAFrameOrRunsWhatIsNotOurs() {
    for (String path :
        List.of(
            "/admin",
            "/admin/clients",
            "/admin/terminal",
            "/admin/welcome",
            "/admin/app.css",
            "/admin/api/me")) {
      Response answer = given().get(path);
      String policy = answer.header("Content-Security-Policy");
      assertTrue(policy.contains("frame-ancestors 'none'"), path);
      assertTrue(policy.contains("default-src 'none'"), path);
      assertFalse(policy.contains("unsafe"), path);
      assertEquals("DENY", answer.header("X-Frame-Options"), path);
      assertEquals("nosniff", answer.header("X-Content-Type-Options"), path);
    }
  }

  @Test
  void noPageBringsAScriptInItsText() {
    for (String path :
        List.of("/admin", "/admin/admins", "/admin/clients", "/admin/terminal", "/admin/welcome")) {
      String page = given().get(path).asString();
      assertTrue(page.contains("<title>"), path);
      assertFalse(page.contains("<style"), path);
      assertFalse(page.matches("(?s).*<script[^>]*>[^<].*"), path);
      assertFalse(page.matches("(?s).* on[a-z]+=.*"), path);
      assertFalse(page.contains("//"), "something from elsewhere in " + path);
    }
  }

  @Test
  void aMemberThatMeansNothingIsRefused() {
    Made root = session(Caller.ROOT).orElseThrow();
    Response answer =
        given()
            .header("Origin", Site.origin(URI.create(settings.baseUrl())))
            .header("Cookie", AdminCookies.SESSION + "=" + root.cookie())
            .header(AdminBrowser.CSRF, root.csrf())
            .contentType("application/json")
            .body(
                "{\"name\":\"x\",\"roles\":{\"*\":\"auditor\"},\"reason\":\"r\",\"state\":\"active\"}")
            .post(AdminTable.BASE + "/admins");
    assertEquals(400, answer.statusCode());
    assertNotEquals("", answer.jsonPath().getString("detail"));
  }
}
