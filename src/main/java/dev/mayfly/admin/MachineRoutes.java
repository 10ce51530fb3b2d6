package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AdminEvent;
import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.identity.Invitations;
import dev.mayfly.identity.MachineKeys;
import dev.mayfly.identity.MachineSignIn;
import dev.mayfly.identity.Role;
import dev.mayfly.identity.Roles;
import dev.mayfly.identity.SignInOutcome;
import dev.mayfly.identity.SignedIn;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.MachineAdmins;
import dev.mayfly.registry.Arrivals;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Admins that are machines: root makes them, and they come in by their key. Suspended, resumed
/// and removed they are like everybody else.
@ApplicationScoped
class MachineRoutes implements AdminRoutesOf {
  private static final int LONGEST_ASSERTION = 16 * 1024;
  private static final int LONGEST_CERTIFICATE = 16 * 1024;
  private static final int MOST_ROUTES = 64;

  private static final Shape.Member JWKS = Shape.member("jwks", Shape.free()).optional();
  private static final Shape.Member CERTIFICATE = Shape.text("certificate").optional();

  private final MachineAdmins machines;
  private final MachineSignIn signIn;
  private final Arrivals arrivals;

  /// Looked up when a machine is made: this bean is among those that give the table its rows.
  private final Instance<AdminTable> table;

  @Inject
  MachineRoutes(
      MachineAdmins machines, MachineSignIn signIn, Arrivals arrivals, Instance<AdminTable> table) {
    this.machines = machines;
    this.signIn = signIn;
    this.arrivals = arrivals;
    this.table = table;
  }

  @Override
  public List<AdminRoute> routes() {
    Permission root = Permission.inBrokerAfresh(Role.ROOT);
    return List.of(
        AdminRoute.post("/session/machine", Permission.open(), this::enter)
            .described(
                Operation.of("Lets a machine in, by an assertion or its certificate")
                    .taking(
                        Shape.text("client_assertion").optional(), Shape.text("name").optional())
                    .answering(Shape.with(AdminShapes.ME, Shape.text("token").shownOnce()))),
        AdminRoute.post("/machines", root, this::add)
            .described(
                Operation.of("Makes an admin that is a machine")
                    .taking(
                        Shape.text("name"),
                        Shape.member("roles", AdminShapes.ROLES),
                        JWKS,
                        CERTIFICATE,
                        Shape.texts("may").optional(),
                        AdminShapes.REASON)
                    .answering(AdminShapes.ACCOUNT)),
        AdminRoute.post("/machines/:machine/keys", root, this::changeKeys)
            .described(
                Operation.of("Gives a machine other keys; those before count no more")
                    .taking(JWKS, CERTIFICATE, AdminShapes.REASON)
                    .answering(AdminShapes.ACCOUNT)
                    .when(Operation.Condition.HONOURED)));
  }

  /// `{"client_assertion"}`; or `{"name"}` over a connection with the machine's certificate.
  private Uni<ObjectNode> enter(AdminRequest request) {
    JsonNode body = request.body("client_assertion", "name");
    if (body.has("client_assertion") == body.has("name")) {
      throw new AdminRefusal(400, "client_assertion or name is needed: one of the two");
    }
    Uni<SignInOutcome> outcome =
        body.has("name")
            ? byCertificate(request, AdminRequest.text(body, "name", 64))
            : signIn.byAssertion(
                request.visit(), AdminRequest.text(body, "client_assertion", LONGEST_ASSERTION));
    return outcome.map(
        judged ->
            switch (judged) {
              case SignInOutcome.Done(SignedIn here) ->
                  IdentityViews.me(here.admin()).put("token", here.cookie());
              case SignInOutcome.Refused _ -> throw new AdminRefusal(401, "that was not right");
              case SignInOutcome.Slowed(var wait) -> throw AdminRefusal.slowed(wait);
            });
  }

  private Uni<SignInOutcome> byCertificate(AdminRequest request, String name) {
    return switch (arrivals.certificate(request.http().request())) {
      case PresentedCertificate.Chain chain ->
          signIn.byCertificate(request.visit(), name, chain.leaf());
      case PresentedCertificate.None _ ->
          throw new AdminRefusal(400, "name alone needs a client certificate on the connection");
      case PresentedCertificate.Unacceptable(String because) ->
          throw new AdminRefusal(400, because);
    };
  }

  private Uni<ObjectNode> add(AdminRequest request) {
    JsonNode body = request.body("name", "roles", "jwks", "certificate", "may", "reason");
    String name = AdminRequest.text(body, "name", 64);
    if (!Invitations.isName(name)) {
      throw new AdminRefusal(400, "name is 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first");
    }
    Roles roles = AdminAccountRoutes.roles(body);
    if (roles.isRoot()) {
      throw new AdminRefusal(400, "a machine is never root");
    }
    MachineKeys keys = keys(body);
    List<String> may = may(body);
    return machines
        .add(
            UUID.randomUUID(),
            keys.machine(may),
            new AdminEvent.MachineAdded(
                request.context(Optional.empty()),
                name,
                roles.text(),
                keys.text(),
                String.join("\n", may),
                request.by(),
                request.reason()))
        .map(OwnAccountRoutes::account);
  }

  private Uni<ObjectNode> changeKeys(AdminRequest request) {
    JsonNode body = request.body("jwks", "certificate", "reason");
    MachineKeys keys = keys(body);
    String name = request.part("machine");
    return machines
        .changeKeys(
            name,
            request.ifMatch(),
            keys.machine(List.of()),
            new AdminEvent.MachineKeysChanged(
                request.context(Optional.empty()),
                name,
                keys.text(),
                request.by(),
                request.reason()))
        .map(OwnAccountRoutes::account);
  }

  private static MachineKeys keys(JsonNode body) {
    if (body.has("jwks") == body.has("certificate")) {
      throw new AdminRefusal(400, "jwks or certificate is needed: one of the two");
    }
    try {
      return body.has("jwks")
          ? MachineKeys.ofJwks(body.path("jwks").toString())
          : MachineKeys.ofCertificate(pem(body.path("certificate")));
    } catch (IllegalArgumentException unusable) {
      throw new AdminRefusal(400, unusable.getMessage());
    }
  }

  /// A text of many lines.
  private static String pem(JsonNode value) {
    String text = value.asText("");
    if (!value.isTextual() || text.length() > LONGEST_CERTIFICATE) {
      throw new AdminRefusal(400, "certificate is not one certificate in PEM");
    }
    return text;
  }

  /// Each a route of the table, as its row says it. What only root may do is nobody's to give.
  private List<String> may(JsonNode body) {
    JsonNode wanted = body.path("may");
    if (wanted.isMissingNode()) {
      return List.of();
    }
    if (!wanted.isArray() || wanted.isEmpty() || wanted.size() > MOST_ROUTES) {
      throw new AdminRefusal(400, "may is a list of 1 to 64 routes, or is left out");
    }
    List<String> may = new ArrayList<>();
    for (JsonNode one : wanted) {
      may.add(
          table.get().routes().stream()
              .filter(MachineRoutes::isForMachines)
              .map(AdminRoute::text)
              .filter(one.asText("")::equals)
              .findFirst()
              .orElseThrow(
                  () ->
                      new AdminRefusal(
                          400,
                          "may names what is no route for a machine; they are like"
                              + " POST /realms/:realm/clients/:client/suspend")));
    }
    return may.stream().distinct().sorted().toList();
  }

  private static boolean isForMachines(AdminRoute route) {
    return switch (route.permission()) {
      case Permission.Open _ -> false;
      case Permission.SignedIn(Permission.Care care) -> care == Permission.Care.ROUTINE;
      case Permission.InRealm _ -> true;
      case Permission.InBroker(Role least, _) -> least != Role.ROOT;
    };
  }

  /// What the account shows of a machine.
  static void describe(ObjectNode view, Account.Machine machine) {
    ObjectNode shown = view.putObject("machine").put("keys", MachineKeys.text(machine));
    shown.put("by", machine.jwks().isPresent() ? "private_key_jwt" : "certificate");
    machine.may().forEach(shown.putArray("may")::add);
  }
}
