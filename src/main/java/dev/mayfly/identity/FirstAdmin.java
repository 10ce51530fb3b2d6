package dev.mayfly.identity;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.ledger.AdminAccounts;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;

/// The link by which the first admin comes in: there is one while nobody can sign in.
@ApplicationScoped
public class FirstAdmin {
  private static final String NAME = "admin";
  private static final String BY = "start";
  private static final String REASON = "no admin can sign in";

  private final AdminAccounts accounts;
  private final Invitations invitations;

  @Inject
  FirstAdmin(AdminAccounts accounts, Invitations invitations) {
    this.accounts = accounts;
    this.invitations = invitations;
  }

  /// A new one takes the place of the one before; empty once somebody is an admin.
  public Uni<Optional<String>> link(AuditContext context) {
    return accounts
        .anyActive()
        .chain(any -> any ? Uni.createFrom().item(Optional.empty()) : make(context));
  }

  private Uni<Optional<String>> make(AuditContext context) {
    return invitations
        .inviteAgain(NAME, BY, REASON, context)
        .chain(
            made ->
                made instanceof Invitations.Made.NoSuchAdmin
                    ? invitations.invite(NAME, Roles.everywhere(Role.ROOT), BY, REASON, context)
                    : Uni.createFrom().item(made))
        .map(
            made ->
                made instanceof Invitations.Made.Link link
                    ? Optional.of(link.link())
                    : Optional.empty());
  }
}
