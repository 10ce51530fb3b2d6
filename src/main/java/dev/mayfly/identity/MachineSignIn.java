package dev.mayfly.identity;

import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.jose.CertificatePath;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminAccounts;
import dev.mayfly.ledger.AdminProof;
import dev.mayfly.ledger.AdminSessions;
import dev.mayfly.limits.SignInLimit;
import dev.mayfly.limits.SignInLimit.Source;
import dev.mayfly.registry.RegistrySettings;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Function;

/// How a machine comes to be believed: by a JWT that one of its keys signed, or by its
/// certificate. What it gets is a session of minutes.
@ApplicationScoped
public class MachineSignIn {
  private final AdminAccounts accounts;
  private final AdminSessions sessions;
  private final Sessions cookies;
  private final SignInLimit limit;
  private final String audience;

  @Inject
  MachineSignIn(
      AdminAccounts accounts,
      AdminSessions sessions,
      Sessions cookies,
      SignInLimit limit,
      RegistrySettings settings) {
    this.accounts = accounts;
    this.sessions = sessions;
    this.cookies = cookies;
    this.limit = limit;
    this.audience = audience(settings.baseUrl());
  }

  /// Whom an assertion is to be for.
  public static String audience(String baseUrl) {
    return baseUrl + "/admin/api";
  }

  public Uni<SignInOutcome> byAssertion(Visit visit, String text) {
    Optional<CompactJwt> assertion = MachineAssertion.read(text);
    return attempt(
        visit,
        assertion.flatMap(MachineAssertion::subject),
        account -> byAssertion(visit, account, assertion.orElseThrow()));
  }

  private Uni<SignInOutcome> byAssertion(Visit visit, Account account, CompactJwt assertion) {
    Optional<String> objection =
        account
            .machine()
            .flatMap(Account.Machine::jwks)
            .map(
                jwks -> MachineAssertion.objection(assertion, audience, jwks, visit.context().at()))
            .orElse(Optional.of("no_machine_key"));
    return objection
        .map(because -> failed(visit, account.name(), because))
        .orElseGet(
            () ->
                open(
                    visit,
                    account,
                    new AdminProof.ByMachineKey(
                        MachineAssertion.mark(assertion, account.id().toString()))));
  }

  /// `leaf`: whose key the peer has shown to hold on this connection. No chain is looked at: the
  /// certificate itself is what is known of the machine, as in RFC 8705 §2.2.
  public Uni<SignInOutcome> byCertificate(Visit visit, String name, X509Certificate leaf) {
    return attempt(
        visit,
        Optional.of(name),
        account ->
            isPinned(account, leaf)
                ? CertificatePath.isValidAt(leaf, visit.context().at())
                    ? open(visit, account, new AdminProof.ByMachineCertificate())
                    : failed(visit, account.name(), "certificate_out_of_time")
                : failed(visit, account.name(), "certificate_wrong"));
  }

  private static boolean isPinned(Account account, X509Certificate leaf) {
    return account
        .machine()
        .flatMap(Account.Machine::certificate)
        .equals(Optional.of(MachineKeys.thumbprint(leaf)));
  }

  private Uni<SignInOutcome> attempt(
      Visit visit, Optional<String> name, Function<Account, Uni<SignInOutcome>> judge) {
    return name.map(accounts::named)
        .orElseGet(() -> Uni.createFrom().item(Optional.empty()))
        .chain(
            account -> {
              Source source = Source.of(visit.address(), account.map(Account::name));
              return limit
                  .take(source, visit.context().at())
                  .chain(
                      wait ->
                          wait.<Uni<SignInOutcome>>map(
                                  until -> Uni.createFrom().item(new SignInOutcome.Slowed(until)))
                              .orElseGet(
                                  () ->
                                      account
                                          .map(judge)
                                          .orElseGet(() -> failed(visit, "", "unknown"))
                                          .call(outcome -> giveBack(source, outcome))));
            });
  }

  private Uni<Void> giveBack(Source source, SignInOutcome outcome) {
    return outcome instanceof SignInOutcome.Done
        ? limit.succeeded(source)
        : Uni.createFrom().voidItem();
  }

  private Uni<SignInOutcome> open(Visit visit, Account account, AdminProof proof) {
    AuditContext context = visit.context();
    return cookies
        .open(account.id(), proof, context, context.at(), SessionLife.MACHINE)
        .map(SignInOutcome::of);
  }

  private Uni<SignInOutcome> failed(Visit visit, String name, String because) {
    return sessions
        .refuse(new AdminEvent.SignInFailed(visit.context(), name, because, false))
        .replaceWith(new SignInOutcome.Refused());
  }
}
