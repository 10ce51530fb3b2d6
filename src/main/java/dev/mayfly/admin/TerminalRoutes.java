package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.SessionLife;
import dev.mayfly.identity.StepUpOutcome;
import dev.mayfly.identity.TerminalSignIn;
import dev.mayfly.ledger.TerminalLogin;
import dev.mayfly.registry.RegistrySettings;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;

/// A terminal asks to be signed in, and the admin's browser decides.
@ApplicationScoped
class TerminalRoutes implements AdminRoutesOf {
  private static final int LONGEST_NAME = 64;
  private static final int LONGEST = 200;

  /// Twice what is asked of it, so that a late packet is no reason to be refused.
  private static final Duration INTERVAL = SessionLife.TERMINAL_ASKS.multipliedBy(2);

  private static final Shape.Member CODE = Shape.text("user_code");

  private final TerminalSignIn terminals;
  private final String page;

  @Inject
  TerminalRoutes(TerminalSignIn terminals, RegistrySettings settings) {
    this.terminals = terminals;
    this.page = settings.baseUrl() + "/admin/terminal";
  }

  @Override
  public List<AdminRoute> routes() {
    Permission open = Permission.open();
    Permission signedIn = Permission.signedIn();
    return List.of(
        AdminRoute.post("/session/terminal", open, this::begin)
            .described(
                Operation.of("Begins the login of a terminal, which an admin's browser confirms")
                    .taking(Shape.text("terminal"))
                    .answering(
                        Shape.object(
                            Shape.text("login").shownOnce(),
                            CODE,
                            Shape.text("page"),
                            Shape.moment("expires_at"),
                            Shape.number("interval")))),
        new AdminRoute(HttpMethod.POST, "/session/terminal/poll", open, this::poll)
            .described(
                Operation.of("What the browser has said; when it said yes, signs in")
                    .taking(Shape.text("login"))
                    .answering(
                        Shape.either(
                            Shape.object(state(TerminalLogin.State.WAITING)), AdminShapes.ME))
                    .telling("Set-Cookie")),
        AdminRoute.post("/session/terminal/options", signedIn, this::show)
            .described(
                Operation.of("Which terminal waits, and what a browser needs to confirm it")
                    .taking(CODE)
                    .answering(
                        Shape.object(
                            CODE,
                            Shape.text("terminal"),
                            Shape.text("address"),
                            Shape.truth("same_address"),
                            Shape.moment("started_at"),
                            Shape.moment("expires_at"),
                            Shape.member("passkey", Shape.free())))),
        AdminRoute.post("/session/terminal/confirm", signedIn, this::confirm)
            .described(
                Operation.of("Lets the terminal in, by a passkey")
                    .taking(CODE, Shape.member("credential", Shape.free()))
                    .answering(Shape.object(state(TerminalLogin.State.CONFIRMED)))),
        AdminRoute.post("/session/terminal/refuse", signedIn, this::refuse)
            .described(
                Operation.of("Sends the terminal away, with an alert")
                    .taking(CODE)
                    .answering(Shape.object(state(TerminalLogin.State.REFUSED)))));
  }

  private static Shape.Member state(TerminalLogin.State state) {
    return Shape.word("state", state.word());
  }

  private static ObjectNode is(TerminalLogin.State state) {
    return Answers.JSON.createObjectNode().put("state", state.word());
  }

  private Uni<ObjectNode> begin(AdminRequest request) {
    String terminal = AdminRequest.text(request.body("terminal"), "terminal", LONGEST_NAME);
    return terminals
        .begin(request.visit(), terminal)
        .map(
            begun ->
                switch (begun) {
                  case TerminalSignIn.Begun.Waits waits ->
                      Answers.JSON
                          .createObjectNode()
                          .put("login", waits.login())
                          .put("user_code", waits.userCode())
                          .put("page", page)
                          .put("expires_at", waits.expiresAt().toString())
                          .put("interval", INTERVAL.toSeconds());
                  case TerminalSignIn.Begun.Slowed(Duration wait) ->
                      throw AdminRefusal.slowed(wait);
                  case TerminalSignIn.Begun.Crowded _ ->
                      throw AdminRefusal.slowed(SessionLife.TERMINAL);
                });
  }

  private Uni<AdminAnswer> poll(AdminRequest request) {
    String login = AdminRequest.text(request.body("login"), "login", LONGEST);
    return terminals
        .poll(request.visit(), login)
        .map(
            heard ->
                switch (heard) {
                  case TerminalSignIn.Heard.NotYet _ ->
                      AdminAnswer.ok(is(TerminalLogin.State.WAITING));
                  case TerminalSignIn.Heard.TooSoon _ -> throw AdminRefusal.slowed(INTERVAL);
                  case TerminalSignIn.Heard.Confirmed(var here) -> SignInRoutes.signedIn(here);
                  case TerminalSignIn.Heard.Refused _ ->
                      throw new AdminRefusal(403, "the admin said no to this terminal");
                  case TerminalSignIn.Heard.Over _ ->
                      throw new AdminRefusal(404, "this login is over; begin again");
                });
  }

  private static Admin.InSession admin(AdminRequest request) {
    return OwnAccountRoutes.notRecovering(request);
  }

  private static String code(JsonNode body) {
    return AdminRequest.text(body, "user_code", LONGEST_NAME);
  }

  /// Whether the terminal asks from where the browser is: most do, and who is talked into a
  /// stranger's code is shown that this one does not.
  private Uni<ObjectNode> show(AdminRequest request) {
    String code = code(request.body("user_code"));
    return terminals
        .show(admin(request), request.visit(), code)
        .map(
            shown ->
                switch (shown) {
                  case TerminalSignIn.Shown.Waiting(TerminalLogin login, ObjectNode options) -> {
                    ObjectNode view =
                        Answers.JSON
                            .createObjectNode()
                            .put("user_code", login.userCode())
                            .put("terminal", login.terminal())
                            .put("address", login.address())
                            .put("same_address", login.address().equals(request.address()))
                            .put("started_at", login.createdAt().toString())
                            .put("expires_at", login.expiresAt().toString());
                    view.set("passkey", options);
                    yield view;
                  }
                  case TerminalSignIn.Shown.NoSuchCode _ ->
                      throw new AdminRefusal(404, "no terminal waits with this code");
                  case TerminalSignIn.Shown.Slowed(Duration wait) ->
                      throw AdminRefusal.slowed(wait);
                });
  }

  private Uni<ObjectNode> confirm(AdminRequest request) {
    JsonNode body = request.body("user_code", "credential");
    return terminals
        .confirm(admin(request), request.visit(), code(body), body.path("credential"))
        .map(outcome -> decided(outcome, TerminalLogin.State.CONFIRMED));
  }

  private Uni<ObjectNode> refuse(AdminRequest request) {
    String code = code(request.body("user_code"));
    return terminals
        .refuse(admin(request), request.visit(), code)
        .map(outcome -> decided(outcome, TerminalLogin.State.REFUSED));
  }

  private static ObjectNode decided(StepUpOutcome outcome, TerminalLogin.State state) {
    return switch (outcome) {
      case StepUpOutcome.Confirmed _ -> is(state);
      case StepUpOutcome.Refused _ -> throw new AdminRefusal(403, "that was not right");
      case StepUpOutcome.Slowed(Duration wait) -> throw AdminRefusal.slowed(wait);
    };
  }
}
