package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.Invitations;
import dev.mayfly.identity.SessionLife;
import dev.mayfly.identity.Sessions;
import dev.mayfly.identity.SignIn;
import dev.mayfly.identity.SignInOutcome;
import dev.mayfly.identity.SignedIn;
import dev.mayfly.identity.StepUpOutcome;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The ways in and out. What is refused is refused in the same words, whatever was wrong.
@ApplicationScoped
class SignInRoutes implements AdminRoutesOf {
  private static final int LONGEST = 200;
  private static final String COOKIE = "Set-Cookie";
  private static final Shape.Member CREDENTIAL = Shape.member("credential", Shape.free());
  private static final Shape CONFIRMED =
      Shape.object(Shape.text("name"), Shape.moment("fresh_until"));

  private static Shape.Member[] byCode() {
    return new Shape.Member[] {Shape.text("name"), Shape.text("secret"), Shape.text("code")};
  }

  private final SignIn signIn;
  private final Sessions sessions;
  private final Invitations invitations;

  @Inject
  SignInRoutes(SignIn signIn, Sessions sessions, Invitations invitations) {
    this.signIn = signIn;
    this.sessions = sessions;
    this.invitations = invitations;
  }

  @Override
  public List<AdminRoute> routes() {
    Permission open = Permission.open();
    Permission signedIn = Permission.signedIn();
    return List.of(
        answer("/session/passkey/options", open, this::passkeyOptions)
            .described(
                Operation.of("What a browser needs to sign in by a passkey")
                    .answering(Shape.free())
                    .telling(COOKIE)),
        answer("/session/passkey", open, this::passkey)
            .described(signingIn("Signs in by a passkey").taking(CREDENTIAL)),
        answer("/session/totp", open, this::totp)
            .described(signingIn("Signs in by login secret and app").taking(byCode())),
        answer("/session/recovery", open, this::recovery)
            .described(
                signingIn("Signs in by login secret and recovery code, to find a new way in")
                    .taking(byCode())),
        answer("/invitation/options", open, this::invitationOptions)
            .described(
                Operation.of("What a browser needs to make the first passkey")
                    .taking(Shape.text("invitation"))
                    .answering(Shape.free())
                    .telling(COOKIE)),
        answer("/invitation", open, this::accept)
            .described(
                Operation.of("Uses an invitation, and signs in")
                    .taking(Shape.text("invitation"), CREDENTIAL, Shape.text("passkey_name"))
                    .answering(
                        Shape.with(
                            AdminShapes.ME,
                            AdminShapes.TOLD.members().toArray(Shape.Member[]::new)))
                    .telling(COOKIE)),
        AdminRoute.delete("/session", signedIn, this::signOut)
            .described(Operation.of("Signs out").answeringNothing().telling(COOKIE)),
        AdminRoute.post(
                "/session/step-up/options",
                signedIn,
                request ->
                    signIn.stepUpOptions(request.session(), request.context(Optional.empty())))
            .described(
                Operation.of("What a browser needs to confirm by a passkey")
                    .answering(Shape.free())),
        AdminRoute.post("/session/step-up/passkey", signedIn, this::stepUpByPasskey)
            .described(
                Operation.of("Confirms by a passkey").taking(CREDENTIAL).answering(CONFIRMED)),
        AdminRoute.post("/session/step-up/totp", signedIn, this::stepUpByTotp)
            .described(
                Operation.of("Confirms by the authenticator app")
                    .taking(Shape.text("code"))
                    .answering(CONFIRMED)));
  }

  private static Operation signingIn(String summary) {
    return Operation.of(summary).answering(AdminShapes.ME).telling(COOKIE);
  }

  private static AdminRoute answer(String path, Permission permission, AdminAct act) {
    return new AdminRoute(io.vertx.core.http.HttpMethod.POST, path, permission, act);
  }

  private Uni<AdminAnswer> passkeyOptions(AdminRequest request) {
    request.body(new String[0]);
    return signIn
        .passkeyOptions(request.visit())
        .map(
            options ->
                AdminAnswer.ok(options)
                    .with("Set-Cookie", AdminCookies.ofBrowser(request.browser())));
  }

  private Uni<AdminAnswer> passkey(AdminRequest request) {
    JsonNode body = request.body("credential");
    return signIn.byPasskey(request.visit(), body.path("credential")).map(SignInRoutes::signedIn);
  }

  private Uni<AdminAnswer> totp(AdminRequest request) {
    JsonNode body = request.body("name", "secret", "code");
    return signIn
        .byTotp(
            request.visit(),
            AdminRequest.text(body, "name", LONGEST),
            AdminRequest.text(body, "secret", LONGEST),
            AdminRequest.text(body, "code", LONGEST))
        .map(SignInRoutes::signedIn);
  }

  private Uni<AdminAnswer> recovery(AdminRequest request) {
    JsonNode body = request.body("name", "secret", "code");
    return signIn
        .byRecoveryCode(
            request.visit(),
            AdminRequest.text(body, "name", LONGEST),
            AdminRequest.text(body, "secret", LONGEST),
            AdminRequest.text(body, "code", LONGEST))
        .map(SignInRoutes::signedIn);
  }

  private static AdminAnswer signedIn(SignInOutcome outcome) {
    return switch (outcome) {
      case SignInOutcome.Done(SignedIn here) -> signedIn(here);
      case SignInOutcome.Refused _ -> throw new AdminRefusal(401, "that was not right");
      case SignInOutcome.Slowed(Duration wait) -> throw AdminRefusal.slowed(wait);
    };
  }

  static AdminAnswer signedIn(SignedIn here) {
    return cookie(here, IdentityViews.me(here));
  }

  private static AdminAnswer cookie(SignedIn here, ObjectNode view) {
    return AdminAnswer.ok(view).with("Set-Cookie", AdminCookies.of(here));
  }

  private Uni<AdminAnswer> invitationOptions(AdminRequest request) {
    JsonNode body = request.body("invitation");
    return invitations
        .options(request.visit(), AdminRequest.text(body, "invitation", LONGEST))
        .map(
            options ->
                AdminAnswer.ok(
                        options.orElseThrow(
                            () ->
                                new AdminRefusal(
                                    404,
                                    "the link was used, has expired, or another took its place")))
                    .with("Set-Cookie", AdminCookies.ofBrowser(request.browser())));
  }

  private Uni<AdminAnswer> accept(AdminRequest request) {
    JsonNode body = request.body("invitation", "credential", "passkey_name");
    return invitations
        .accept(
            request.visit(),
            AdminRequest.text(body, "invitation", LONGEST),
            body.path("credential"),
            AdminRequest.text(body, "passkey_name", 64))
        .map(
            accepted ->
                switch (accepted) {
                  case Invitations.Accepted.Done done ->
                      cookie(
                          done.signedIn(),
                          IdentityViews.told(IdentityViews.me(done.signedIn()), done.told()));
                  case Invitations.Accepted.Refused(String because) ->
                      throw new AdminRefusal(409, because);
                });
  }

  private Uni<AdminAnswer> signOut(AdminRequest request) {
    return sessions
        .end(request.session(), request.context(Optional.empty()))
        .map(_ -> AdminAnswer.nothing().with("Set-Cookie", AdminCookies.ended()));
  }

  private Uni<ObjectNode> stepUpByPasskey(AdminRequest request) {
    JsonNode body = request.body("credential");
    Admin.InSession admin = request.session();
    return signIn
        .stepUpByPasskey(admin, request.visit(), body.path("credential"))
        .map(outcome -> fresh(request, admin, outcome));
  }

  private Uni<ObjectNode> stepUpByTotp(AdminRequest request) {
    String code = AdminRequest.text(request.body("code"), "code", LONGEST);
    Admin.InSession admin = request.session();
    return signIn
        .stepUpByTotp(admin, request.visit(), code)
        .map(outcome -> fresh(request, admin, outcome));
  }

  private static ObjectNode fresh(
      AdminRequest request, Admin.InSession admin, StepUpOutcome outcome) {
    return switch (outcome) {
      case StepUpOutcome.Confirmed _ ->
          Answers.JSON
              .createObjectNode()
              .put("name", admin.name())
              .put("fresh_until", request.received().plus(SessionLife.FRESH).toString());
      case StepUpOutcome.Refused _ -> throw new AdminRefusal(403, "that was not right");
      case StepUpOutcome.Slowed(Duration wait) -> throw AdminRefusal.slowed(wait);
    };
  }
}
