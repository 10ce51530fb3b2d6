package dev.mayfly.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.identity.Challenges.Asked;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminAccounts;
import dev.mayfly.ledger.AdminProof;
import dev.mayfly.ledger.AdminSessions;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.limits.SignInLimit;
import dev.mayfly.limits.SignInLimit.Source;
import dev.mayfly.registry.RegistrySettings;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// How an admin comes to be believed, always by two factors: a passkey that verifies its user;
/// or the login secret and a code of an authenticator app; or, when the device is gone, the
/// login secret and a recovery code. Step-up is the same once more.
@ApplicationScoped
public class SignIn {
  private final AdminAccounts accounts;
  private final AdminSessions sessions;
  private final Sessions cookies;
  private final Challenges challenges;
  private final AdminSecrets secrets;
  private final TotpSecrets totp;
  private final SignInLimit limit;
  private final Passkeys passkeys;

  @Inject
  SignIn(
      AdminAccounts accounts,
      AdminSessions sessions,
      Sessions cookies,
      Challenges challenges,
      AdminSecrets secrets,
      TotpSecrets totp,
      SignInLimit limit,
      RegistrySettings settings) {
    this.accounts = accounts;
    this.sessions = sessions;
    this.cookies = cookies;
    this.challenges = challenges;
    this.secrets = secrets;
    this.totp = totp;
    this.limit = limit;
    this.passkeys = new Passkeys(settings.baseUrl());
  }

  public Uni<ObjectNode> passkeyOptions(Visit visit) {
    return challenges
        .ask(asked(visit), visit.context().at())
        .map(challenge -> passkeys.request(challenge, Optional.empty()));
  }

  private static Asked asked(Visit visit) {
    return new Asked(Asked.Use.SIGN_IN, "", visit.browser());
  }

  public Uni<SignInOutcome> byPasskey(Visit visit, JsonNode credential) {
    return Passkeys.credentialId(credential)
        .map(accounts::holding)
        .orElseGet(() -> Uni.createFrom().item(Optional.empty()))
        .chain(
            holder ->
                unlessSlowed(
                    visit,
                    holder,
                    account ->
                        proof(credential, account, asked(visit), visit.context())
                            .chain(
                                proof ->
                                    open(
                                        visit,
                                        account,
                                        proof.map(Function.identity()),
                                        "passkey_wrong",
                                        false))));
  }

  /// The passkey of this account, if its answer is genuine and to a question of ours.
  Uni<Optional<AdminProof.ByPasskey>> proof(
      JsonNode credential, Account account, Asked asked, AuditContext context) {
    Optional<String> challenge = Passkeys.challenge(credential);
    Optional<Account.Passkey> passkey =
        Passkeys.credentialId(credential)
            .flatMap(
                id ->
                    account.passkeys().stream()
                        .filter(one -> one.credentialId().equals(id))
                        .findFirst());
    if (challenge.isEmpty() || passkey.isEmpty()) {
      return Uni.createFrom().item(Optional.empty());
    }
    return challenges
        .known(challenge.get(), asked, context.at())
        .map(
            mark ->
                mark.flatMap(
                    trace ->
                        passkeys
                            .authenticate(credential, challenge.get(), passkey.get())
                            .filter(answer -> isOf(answer, account, asked))
                            .map(answer -> byPasskey(trace, answer))));
  }

  /// Where nobody was named the authenticator says whose passkey it is; it may always.
  private static boolean isOf(Passkeys.Assertion answer, Account account, Asked asked) {
    return answer.user().map(account.id()::equals).orElse(asked.use() != Asked.Use.SIGN_IN);
  }

  private static AdminProof.ByPasskey byPasskey(ReplayMark trace, Passkeys.Assertion answer) {
    return new AdminProof.ByPasskey(trace, answer.credentialId(), answer.signCount());
  }

  public Uni<SignInOutcome> byTotp(Visit visit, String name, String secret, String code) {
    return byLoginSecret(
        visit,
        name,
        secret,
        account ->
            totp.step(account, code, visit.context().at())
                .map(step -> step.map(AdminProof.ByTotp::new)));
  }

  public Uni<SignInOutcome> byRecoveryCode(Visit visit, String name, String secret, String code) {
    return byLoginSecret(
        visit,
        name,
        secret,
        account ->
            secrets
                .digests(AdminSecrets.Use.RECOVERY, account.id(), code)
                .map(digests -> Optional.of(new AdminProof.ByRecoveryCode(digests))));
  }

  private Uni<SignInOutcome> byLoginSecret(
      Visit visit,
      String name,
      String secret,
      Function<Account, Uni<? extends Optional<? extends AdminProof>>> second) {
    return accounts
        .named(name)
        .chain(
            named ->
                unlessSlowed(
                    visit,
                    named,
                    account ->
                        knows(account, secret)
                            .chain(
                                knows ->
                                    knows
                                        ? second
                                            .apply(account)
                                            .chain(
                                                proof ->
                                                    open(
                                                        visit,
                                                        account,
                                                        proof.map(Function.identity()),
                                                        "code_wrong",
                                                        true))
                                        : failed(
                                            visit,
                                            Optional.of(account),
                                            "login_secret_wrong",
                                            false))));
  }

  private Uni<Boolean> knows(Account account, String secret) {
    return account
        .loginSecret()
        .map(kept -> secrets.matches(kept, AdminSecrets.Use.LOGIN, account.id(), secret))
        .orElseGet(() -> Uni.createFrom().item(false));
  }

  private Uni<SignInOutcome> unlessSlowed(
      Visit visit, Optional<Account> who, Function<Account, Uni<SignInOutcome>> attempt) {
    Source source = Source.of(visit.address(), who.map(Account::name));
    return limit
        .take(source, visit.context().at())
        .chain(
            wait ->
                wait.<Uni<SignInOutcome>>map(
                        until -> Uni.createFrom().item(new SignInOutcome.Slowed(until)))
                    .orElseGet(
                        () ->
                            who.map(attempt)
                                .orElseGet(() -> failed(visit, Optional.empty(), "unknown", false))
                                .call(outcome -> giveBack(source, outcome))));
  }

  private Uni<Void> giveBack(Source source, SignInOutcome outcome) {
    return outcome instanceof SignInOutcome.Done
        ? limit.succeeded(source)
        : Uni.createFrom().voidItem();
  }

  /// `suspicious`: whether who fails here has shown one factor already.
  private Uni<SignInOutcome> open(
      Visit visit,
      Account account,
      Optional<AdminProof> proof,
      String otherwise,
      boolean suspicious) {
    if (proof.isEmpty()) {
      return failed(visit, Optional.of(account), otherwise, suspicious);
    }
    return cookies.open(account.id(), proof.get(), visit.context()).map(SignInOutcome::of);
  }

  private Uni<SignInOutcome> failed(
      Visit visit, Optional<Account> account, String because, boolean suspicious) {
    Optional<String> name = account.map(Account::name);
    return sessions
        .refuse(new AdminEvent.SignInFailed(visit.context(), name.orElse(""), because, suspicious))
        .replaceWith(new SignInOutcome.Refused());
  }

  public Uni<ObjectNode> stepUpOptions(Admin.InSession admin, AuditContext context) {
    return challenges
        .ask(stepUp(admin), context.at())
        .map(challenge -> passkeys.request(challenge, Optional.of(admin.account())));
  }

  private static Asked stepUp(Admin.InSession admin) {
    return new Asked(
        Asked.Use.STEP_UP, admin.account().id().toString(), admin.session().id().toString());
  }

  public Uni<StepUpOutcome> stepUpByPasskey(
      Admin.InSession admin, Visit visit, JsonNode credential) {
    return stepUp(
        admin,
        visit,
        () ->
            proof(credential, admin.account(), stepUp(admin), visit.context())
                .map(proof -> proof.map(Function.identity())));
  }

  public Uni<StepUpOutcome> stepUpByTotp(Admin.InSession admin, Visit visit, String code) {
    return stepUp(
        admin,
        visit,
        () ->
            totp.step(admin.account(), code, visit.context().at())
                .map(step -> step.map(AdminProof.ByTotp::new)));
  }

  private Uni<StepUpOutcome> stepUp(
      Admin.InSession admin, Visit visit, Supplier<Uni<Optional<AdminProof>>> second) {
    if (admin.isRecovering()) {
      return Uni.createFrom().item(new StepUpOutcome.Refused());
    }
    Source source = Source.of(visit.address(), Optional.of(admin.name()));
    return limit
        .take(source, visit.context().at())
        .chain(
            wait ->
                wait.<Uni<StepUpOutcome>>map(
                        until -> Uni.createFrom().item(new StepUpOutcome.Slowed(until)))
                    .orElseGet(
                        () ->
                            second
                                .get()
                                .chain(proof -> prove(admin, visit, proof))
                                .call(outcome -> giveBack(source, outcome))));
  }

  private Uni<StepUpOutcome> prove(Admin.InSession admin, Visit visit, Optional<AdminProof> proof) {
    return proof.isEmpty()
        ? failed(visit, Optional.of(admin.account()), "step_up_wrong", true)
            .replaceWith(new StepUpOutcome.Refused())
        : sessions
            .prove(admin.session(), proof.get(), visit.context())
            .map(
                outcome ->
                    switch (outcome) {
                      case AdminSessions.Outcome.Believed _ -> new StepUpOutcome.Confirmed();
                      case AdminSessions.Outcome.Refused _ -> new StepUpOutcome.Refused();
                    });
  }

  private Uni<Void> giveBack(Source source, StepUpOutcome outcome) {
    return outcome instanceof StepUpOutcome.Confirmed
        ? limit.succeeded(source)
        : Uni.createFrom().voidItem();
  }
}
