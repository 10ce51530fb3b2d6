package dev.mayfly.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AdminEvent;
import dev.mayfly.identity.Challenges.Asked;
import dev.mayfly.ledger.AdminProof;
import dev.mayfly.ledger.AdminSessions;
import dev.mayfly.ledger.TerminalLogin;
import dev.mayfly.ledger.TerminalLogins;
import dev.mayfly.limits.SignInLimit;
import dev.mayfly.limits.SignInLimit.Source;
import dev.mayfly.registry.RegistrySettings;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/// A terminal has no passkey, its owner's browser does: the terminal shows a code, the admin types
/// it in the console and answers with the passkey, and the terminal, which alone has the secret
/// that goes with the code, gets a session. Like the device authorization of RFC 8628, and with
/// its one weakness, that somebody may be talked into typing a stranger's code (RFC 8628 §5.4): so
/// the code is in no link, the console says from which address it comes, and the passkey answers
/// for this one terminal.
@ApplicationScoped
public class TerminalSignIn {
  private static final int ID = 16;
  private static final int SECRET = 32;

  private final TerminalLogins logins;
  private final AdminSessions sessions;
  private final Sessions cookies;
  private final SignIn signIn;
  private final Challenges challenges;
  private final AdminSecrets secrets;
  private final SignInLimit limit;
  private final Passkeys passkeys;

  @Inject
  TerminalSignIn(
      TerminalLogins logins,
      AdminSessions sessions,
      Sessions cookies,
      SignIn signIn,
      Challenges challenges,
      AdminSecrets secrets,
      SignInLimit limit,
      RegistrySettings settings) {
    this.logins = logins;
    this.sessions = sessions;
    this.cookies = cookies;
    this.signIn = signIn;
    this.challenges = challenges;
    this.secrets = secrets;
    this.limit = limit;
    this.passkeys = new Passkeys(settings.baseUrl());
  }

  /// What a terminal gets that wants to be confirmed.
  public sealed interface Begun {
    /// `login` is a secret: whoever has it gets the session.
    record Waits(String login, String userCode, Instant expiresAt) implements Begun {
      @Override
      public String toString() {
        return "Waits[redacted]";
      }
    }

    record Slowed(Duration pause) implements Begun {}

    /// Too many wait already.
    record Crowded() implements Begun {}
  }

  public Uni<Begun> begin(Visit visit, String terminal) {
    return limit
        .take(new Source.OfTerminals(visit.address()), visit.context().at())
        .chain(
            wait ->
                wait.<Uni<Begun>>map(until -> Uni.createFrom().item(new Begun.Slowed(until)))
                    .orElseGet(() -> waiting(visit, terminal)));
  }

  private Uni<Begun> waiting(Visit visit, String terminal) {
    UUID id = UUID.randomUUID();
    byte[] secret = AdminSecrets.random(SECRET);
    String code = UserCode.random();
    Instant now = visit.context().at();
    Instant end = now.plus(SessionLife.TERMINAL);
    return secrets
        .hash(AdminSecrets.Use.TERMINAL, id, AdminSecrets.encode(secret))
        .chain(
            kept ->
                logins.begin(
                    new TerminalLogin(
                        id,
                        code,
                        kept,
                        terminal,
                        visit.context().address(),
                        now,
                        end,
                        TerminalLogin.State.WAITING,
                        Optional.empty())))
        .map(begun -> begun ? new Begun.Waits(text(id, secret), code, end) : new Begun.Crowded());
  }

  private static String text(UUID id, byte[] secret) {
    return AdminSecrets.encode(
        ByteBuffer.allocate(ID + SECRET).put(Passkeys.handle(id)).put(secret).array());
  }

  /// What the terminal hears when it asks.
  public sealed interface Heard {
    record NotYet() implements Heard {}

    record TooSoon() implements Heard {}

    record Confirmed(SignedIn signedIn) implements Heard {}

    record Refused() implements Heard {}

    /// Nobody knows this login, or not any more.
    record Over() implements Heard {}
  }

  public Uni<Heard> poll(Visit visit, String login) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(login);
    } catch (IllegalArgumentException notOurs) {
      return over();
    }
    if (bytes.length != ID + SECRET) {
      return over();
    }
    ByteBuffer parts = ByteBuffer.wrap(bytes);
    UUID id = new UUID(parts.getLong(), parts.getLong());
    byte[] secret = new byte[SECRET];
    parts.get(secret);
    return logins
        .find(id, visit.context().at())
        .chain(
            found ->
                found
                    .map(known -> known(visit, known, AdminSecrets.encode(secret)))
                    .orElseGet(TerminalSignIn::over));
  }

  private static Uni<Heard> over() {
    return Uni.createFrom().item(new Heard.Over());
  }

  private Uni<Heard> known(Visit visit, TerminalLogin login, String secret) {
    return secrets
        .matches(login.kept(), AdminSecrets.Use.TERMINAL, login.id(), secret)
        .chain(
            right ->
                right
                    ? switch (login.state()) {
                      case WAITING -> notYet(login, visit.context().at());
                      case REFUSED -> Uni.createFrom().item(new Heard.Refused());
                      case CONFIRMED -> open(visit, login);
                    }
                    : over());
  }

  private Uni<Heard> notYet(TerminalLogin login, Instant now) {
    return logins
        .poll(login.id(), now, now.minus(SessionLife.TERMINAL_ASKS))
        .map(inTime -> inTime ? new Heard.NotYet() : new Heard.TooSoon());
  }

  /// As fresh as the admin's answer.
  private Uni<Heard> open(Visit visit, TerminalLogin login) {
    TerminalLogin.Decision decision = login.decision().orElseThrow();
    AdminProof proof = new AdminProof.ByTerminal(login.id(), login.kept().digest());
    return cookies
        .open(decision.admin(), proof, visit.context(), decision.at(), SessionLife.WHOLE)
        .map(opened -> opened.<Heard>map(Heard.Confirmed::new).orElseGet(Heard.Over::new));
  }

  /// What the admin is shown before the answer, and what became of it.
  public sealed interface Shown {
    /// `options`: of the passkey's question, for this terminal only.
    record Waiting(TerminalLogin login, ObjectNode options) implements Shown {}

    record NoSuchCode() implements Shown {}

    record Slowed(Duration pause) implements Shown {}
  }

  public Uni<Shown> show(Admin.InSession admin, Visit visit, String code) {
    return limit
        .take(source(admin, visit), visit.context().at())
        .chain(
            wait ->
                wait.<Uni<Shown>>map(until -> Uni.createFrom().item(new Shown.Slowed(until)))
                    .orElseGet(() -> waiting(admin, visit, code)));
  }

  /// Wrong codes count with the admin's other failures: who has a session must not guess them.
  private static Source source(Admin.InSession admin, Visit visit) {
    return Source.of(visit.address(), Optional.of(admin.name()));
  }

  private Uni<Shown> waiting(Admin.InSession admin, Visit visit, String code) {
    return find(visit, code)
        .chain(
            found ->
                found
                    .map(
                        login ->
                            limit
                                .succeeded(source(admin, visit))
                                .chain(
                                    () -> challenges.ask(asked(login, admin), visit.context().at()))
                                .map(
                                    challenge ->
                                        passkeys.request(challenge, Optional.of(admin.account())))
                                .<Shown>map(options -> new Shown.Waiting(login, options)))
                    .orElseGet(
                        () ->
                            failed(admin, visit, "terminal_unknown", false)
                                .replaceWith(new Shown.NoSuchCode())));
  }

  private Uni<Optional<TerminalLogin>> find(Visit visit, String code) {
    return logins.waiting(UserCode.canonical(code), visit.context().at());
  }

  private static Asked asked(TerminalLogin login, Admin.InSession admin) {
    return new Asked(Asked.Use.TERMINAL, login.id().toString(), admin.session().id().toString());
  }

  /// The passkey's answer lets the terminal in.
  public Uni<StepUpOutcome> confirm(
      Admin.InSession admin, Visit visit, String code, JsonNode credential) {
    if (admin.isRecovering()) {
      return Uni.createFrom().item(new StepUpOutcome.Refused());
    }
    return attempt(
        admin,
        visit,
        () ->
            find(visit, code)
                .chain(
                    found ->
                        found
                            .map(login -> confirm(admin, visit, login, credential))
                            .orElseGet(
                                () ->
                                    failed(admin, visit, "terminal_unknown", false)
                                        .replaceWith(new StepUpOutcome.Refused()))));
  }

  private Uni<StepUpOutcome> confirm(
      Admin.InSession admin, Visit visit, TerminalLogin login, JsonNode credential) {
    return signIn
        .proof(credential, admin.account(), asked(login, admin), visit.context())
        .chain(
            proof ->
                proof.isEmpty()
                    ? failed(admin, visit, "terminal_wrong", true)
                        .replaceWith(new StepUpOutcome.Refused())
                    : sessions
                        .confirm(login, admin.session(), proof.get(), visit.context())
                        .map(
                            outcome ->
                                outcome instanceof AdminSessions.Outcome.Believed
                                    ? new StepUpOutcome.Confirmed()
                                    : new StepUpOutcome.Refused()));
  }

  /// False when nothing waits with this code.
  public Uni<StepUpOutcome> refuse(Admin.InSession admin, Visit visit, String code) {
    return attempt(
        admin,
        visit,
        () ->
            find(visit, code)
                .chain(
                    found ->
                        found
                            .map(
                                login ->
                                    logins.refuse(
                                        login.id(),
                                        admin.account().id(),
                                        new AdminEvent.TerminalRefused(
                                            visit.context(),
                                            admin.name(),
                                            login.terminal(),
                                            login.address())))
                            .orElseGet(() -> Uni.createFrom().item(false)))
                .map(done -> done ? new StepUpOutcome.Confirmed() : new StepUpOutcome.Refused()));
  }

  private Uni<StepUpOutcome> attempt(
      Admin.InSession admin, Visit visit, java.util.function.Supplier<Uni<StepUpOutcome>> act) {
    Source source = source(admin, visit);
    return limit
        .take(source, visit.context().at())
        .chain(
            wait ->
                wait.<Uni<StepUpOutcome>>map(
                        until -> Uni.createFrom().item(new StepUpOutcome.Slowed(until)))
                    .orElseGet(
                        () ->
                            act.get()
                                .call(
                                    outcome ->
                                        outcome instanceof StepUpOutcome.Confirmed
                                            ? limit.succeeded(source)
                                            : Uni.createFrom().voidItem())));
  }

  private Uni<Void> failed(Admin.InSession admin, Visit visit, String because, boolean suspicious) {
    return sessions.refuse(
        new AdminEvent.SignInFailed(visit.context(), admin.name(), because, suspicious));
  }
}
