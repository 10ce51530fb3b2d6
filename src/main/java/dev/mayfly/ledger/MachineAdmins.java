package dev.mayfly.ledger;

import dev.mayfly.audit.AdminEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// Admins that are machines: rows of the same table, known by a key instead of a person's
/// authenticators. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class MachineAdmins {
  private final Registry registry;
  private final AdminAccounts accounts;

  @Inject
  MachineAdmins(Registry registry, AdminAccounts accounts) {
    this.registry = registry;
    this.accounts = accounts;
  }

  /// It may sign in at once: there is nothing that it would have to accept.
  public Uni<AdminChange> add(UUID id, Account.Machine machine, AdminEvent.MachineAdded event) {
    Map<String, Object> row = parameters(machine);
    row.put("id", id);
    row.put("name", event.admin());
    row.put("roles", event.roles());
    row.put("at", event.context().at());
    row.put("by", event.by());
    row.put("may", String.join("\n", machine.may()));
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "insert into admins (admin_id, name, state, roles, created_at, created_by,"
                        + " machine_may, machine_jwks, machine_x5t) values (:id, :name, 'active',"
                        + " :roles, :at, :by, :may, nullif(:jwks, ''), nullif(:x5t, '')) on"
                        + " conflict (name) do nothing",
                    row)
                .chain(
                    added ->
                        added == 0
                            ? AdminAccounts.refused("there is, or was, an admin of this name")
                            : accounts.done(session, id, event)));
  }

  /// Other keys in the place of those before, which count no more: nor does a session that one of
  /// them opened.
  public Uni<AdminChange> changeKeys(
      String name, IfMatch seen, Account.Machine machine, AdminEvent.MachineKeysChanged event) {
    return accounts.change(
        name,
        seen,
        (session, account, _) -> {
          if (account.machine().isEmpty()) {
            return AdminAccounts.refused("the admin is no machine");
          }
          if (account.state() == Account.State.REMOVED) {
            return AdminAccounts.refused("the admin was removed");
          }
          Map<String, Object> keys = parameters(machine);
          keys.put("id", account.id());
          return Registry.execute(
                  session,
                  "update admins set machine_jwks = nullif(:jwks, ''), machine_x5t = nullif(:x5t,"
                      + " '') where admin_id = :id",
                  keys)
              .chain(() -> AdminCredentials.signOutEverywhere(session, account.id()))
              .chain(() -> accounts.done(session, account.id(), event));
        });
  }

  /// A parameter that is null has no type; the empty text stands for it.
  private static Map<String, Object> parameters(Account.Machine machine) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("jwks", machine.jwks().orElse(""));
    parameters.put("x5t", machine.certificate().orElse(""));
    return parameters;
  }
}
