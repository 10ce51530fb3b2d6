package dev.mayfly.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Challenges.Asked;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminChange;
import dev.mayfly.ledger.AdminCredentials;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.registry.RegistrySettings;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// New authenticators of an admin who is signed in, and what is shown once.
@ApplicationScoped
public class Enrolment {
  private static final int RECOVERY_CODES = 10;

  private final AdminCredentials credentials;
  private final Challenges challenges;
  private final AdminSecrets secrets;
  private final TotpSecrets totp;
  private final Passkeys passkeys;

  @Inject
  Enrolment(
      AdminCredentials credentials,
      Challenges challenges,
      AdminSecrets secrets,
      TotpSecrets totp,
      RegistrySettings settings) {
    this.credentials = credentials;
    this.challenges = challenges;
    this.secrets = secrets;
    this.totp = totp;
    this.passkeys = new Passkeys(settings.baseUrl());
  }

  private static Asked asked(Asked.Use use, Admin.InSession admin) {
    return new Asked(use, admin.account().id().toString(), admin.session().id().toString());
  }

  /// What is shown, and how it is kept.
  record Made(Told told, AdminCredentials.Shown shown) {}

  Uni<Made> make(Account account) {
    Told told =
        new Told(
            AdminSecrets.secret("ml_"),
            Stream.generate(AdminSecrets::recoveryCode).limit(RECOVERY_CODES).toList());
    return secrets
        .hash(AdminSecrets.Use.LOGIN, account.id(), told.loginSecret())
        .chain(
            login ->
                secrets
                    .hashes(AdminSecrets.Use.RECOVERY, account.id(), told.recoveryCodes())
                    .map(codes -> new Made(told, new AdminCredentials.Shown(login, codes))));
  }

  public Uni<ObjectNode> passkeyOptions(Admin.InSession admin, AuditContext context) {
    return challenges
        .ask(asked(Asked.Use.NEW_PASSKEY, admin), context.at())
        .map(challenge -> passkeys.creation(challenge, admin.account()));
  }

  /// A passkey that answers a question of ours, and the trace that it leaves.
  record Answered(Account.Passkey passkey, ReplayMark trace) {}

  Uni<Optional<Answered>> answered(
      JsonNode credential, Asked asked, String name, AuditContext context) {
    Optional<String> challenge = Passkeys.challenge(credential);
    if (challenge.isEmpty()) {
      return Uni.createFrom().item(Optional.empty());
    }
    return challenges
        .known(challenge.get(), asked, context.at())
        .map(
            mark ->
                mark.flatMap(
                    trace ->
                        passkeys
                            .register(credential, challenge.get(), name, context.at())
                            .map(passkey -> new Answered(passkey, trace))));
  }

  public Uni<AdminChange> addPasskey(
      Admin.InSession admin, JsonNode credential, String name, AuditContext context) {
    return answered(credential, asked(Asked.Use.NEW_PASSKEY, admin), name, context)
        .chain(
            answer ->
                answer
                    .map(
                        one ->
                            credentials.addPasskey(
                                admin.account().id(),
                                one.trace(),
                                one.passkey(),
                                new AdminEvent.AuthenticatorAdded(
                                    context, admin.name(), "passkey", name)))
                    .orElseGet(() -> refused("the authenticator's answer cannot be accepted")));
  }

  /// `challenge` names the secret; it becomes the admin's when a code of it comes back.
  public Uni<ObjectNode> totpOptions(Admin.InSession admin, AuditContext context) {
    return challenges
        .ask(asked(Asked.Use.NEW_TOTP, admin), context.at())
        .chain(
            challenge ->
                totp.offered(challenge).map(secret -> totpOptions(admin, challenge, secret)));
  }

  private static ObjectNode totpOptions(Admin.InSession admin, String challenge, byte[] secret) {
    String text = Totp.base32(secret);
    return Answers.JSON
        .createObjectNode()
        .put("challenge", challenge)
        .put("secret", text)
        .put(
            "uri",
            "otpauth://totp/Mayfly:%s?secret=%s&issuer=Mayfly".formatted(admin.name(), text));
  }

  public Uni<AdminChange> addTotp(
      Admin.InSession admin, String challenge, String code, AuditContext context) {
    return challenges
        .known(challenge, asked(Asked.Use.NEW_TOTP, admin), context.at())
        .chain(
            mark ->
                mark.map(trace -> addTotp(admin, challenge, trace, code, context))
                    .orElseGet(
                        () -> refused("this secret was not offered to you, or too long ago")));
  }

  private Uni<AdminChange> addTotp(
      Admin.InSession admin,
      String challenge,
      ReplayMark trace,
      String code,
      AuditContext context) {
    return totp.offered(challenge)
        .chain(
            secret -> {
              OptionalLong step = Totp.step(secret, code, context.at());
              if (step.isEmpty()) {
                return refused("the code is not of this secret, or too old");
              }
              return totp.seal(admin.account().id(), secret)
                  .chain(
                      kept ->
                          credentials.setTotp(
                              admin.account().id(),
                              kept,
                              step.getAsLong(),
                              trace,
                              new AdminEvent.AuthenticatorAdded(
                                  context, admin.name(), "totp", "authenticator app")));
            });
  }

  /// New ones in the place of those before.
  public Uni<Optional<Told>> replaceShown(Admin.InSession admin, AuditContext context) {
    return make(admin.account())
        .chain(
            made ->
                credentials
                    .replaceShown(
                        admin.account().id(),
                        made.shown(),
                        new AdminEvent.RecoveryCodesMade(context, admin.name()))
                    .map(
                        change ->
                            change instanceof AdminChange.Done
                                ? Optional.of(made.told())
                                : Optional.empty()));
  }

  private static Uni<AdminChange> refused(String because) {
    return Uni.createFrom().item(new AdminChange.Refused(because));
  }
}
