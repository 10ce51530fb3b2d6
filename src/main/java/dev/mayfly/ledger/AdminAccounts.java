package dev.mayfly.ledger;

import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;

/// Who the admins are. Read from the database each time: there are few, and they ask seldom.
/// Whatever changes one holds its row. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class AdminAccounts {
  private final Registry registry;

  @Inject
  AdminAccounts(Registry registry) {
    this.registry = registry;
  }

  /// Three questions, however many there are.
  public Uni<List<Account>> all() {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select "
                        + AdminRow.COLUMNS
                        + " from admins where state <> 'removed' order by name",
                    AdminRow.class)
                .getResultList()
                .chain(
                    rows ->
                        passkeys(session)
                            .chain(
                                passkeys ->
                                    recoveryCodes(session)
                                        .map(codes -> accounts(rows, passkeys, codes)))));
  }

  private static List<Account> accounts(
      List<AdminRow> rows, Map<UUID, List<PasskeyRow>> passkeys, Map<UUID, Long> codes) {
    return rows.stream()
        .map(
            row ->
                row.account(
                    passkeys.getOrDefault(row.adminId, List.of()),
                    codes.getOrDefault(row.adminId, 0L)))
        .toList();
  }

  private static Uni<Map<UUID, List<PasskeyRow>>> passkeys(Mutiny.StatelessSession session) {
    return session
        .createNativeQuery(
            "select " + PasskeyRow.COLUMNS + " from passkeys order by created_at", PasskeyRow.class)
        .getResultList()
        .map(rows -> rows.stream().collect(Collectors.groupingBy(row -> row.adminId)));
  }

  /// How many are left, of those who have any.
  private static Uni<Map<UUID, Long>> recoveryCodes(Mutiny.StatelessSession session) {
    return session
        .createNativeQuery(
            "select admin_id, count(*) from recovery_codes where used_at is null group by admin_id",
            Object[].class)
        .getResultList()
        .map(
            rows ->
                rows.stream()
                    .collect(
                        Collectors.toMap(
                            row -> (UUID) row[0], row -> ((Number) row[1]).longValue())));
  }

  public Uni<Optional<Account>> find(UUID id) {
    return registry.transaction(session -> find(session, id, ""));
  }

  public Uni<Optional<Account>> named(String name) {
    return one("name = :name", "name", name);
  }

  /// Whose passkey this is.
  public Uni<Optional<Account>> holding(String credentialId) {
    return one(
        "admin_id = (select admin_id from passkeys where credential_id = :credential)",
        "credential",
        credentialId);
  }

  private Uni<Optional<Account>> one(String which, String parameter, String value) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select " + AdminRow.COLUMNS + " from admins where " + which, AdminRow.class)
                .setParameter(parameter, value)
                .getSingleResultOrNull()
                .chain(row -> account(session, row)));
  }

  public Uni<Optional<AdminInvitation>> invitation(UUID id) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select "
                        + AdminInvitationRow.COLUMNS
                        + " from admin_invitations where invitation_id = :id",
                    AdminInvitationRow.class)
                .setParameter("id", id)
                .getSingleResultOrNull()
                .map(row -> Optional.ofNullable(row).map(AdminInvitationRow::invitation)));
  }

  /// Somebody who can sign in.
  public Uni<Boolean> anyActive() {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select 1 from admins where state = 'active' and machine_may is null limit 1",
                    Integer.class)
                .getSingleResultOrNull()
                .map(one -> one != null));
  }

  /// A new admin, who is nobody until the link is used.
  public Uni<AdminChange> invite(
      UUID id, String roles, AdminInvitation invitation, AdminEvent.Invited event) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "insert into admins (admin_id, name, state, roles, created_at, created_by)"
                        + " values (:id, :name, 'invited', :roles, :at, :by) on conflict (name) do"
                        + " nothing",
                    Map.of(
                        "id", id,
                        "name", event.admin(),
                        "roles", roles,
                        "at", event.context().at(),
                        "by", event.by()))
                .chain(
                    added ->
                        added == 0
                            ? refused("there is, or was, an admin of this name")
                            : link(session, id, invitation, event)));
  }

  /// A new link for an admin that is there: whoever lost everything.
  public Uni<AdminChange> inviteAgain(
      String name, IfMatch seen, AdminInvitation invitation, Function<Account, AdminEvent> event) {
    return change(
        name,
        seen,
        (session, account, _) -> {
          if (account.machine().isPresent()) {
            return refused("a machine has no link");
          }
          return switch (account.state()) {
            case INVITED, ACTIVE -> link(session, account.id(), invitation, event.apply(account));
            case SUSPENDED -> refused("the admin is suspended");
            case REMOVED -> refused("the admin was removed");
          };
        });
  }

  private Uni<AdminChange> link(
      Mutiny.StatelessSession session, UUID admin, AdminInvitation invitation, AdminEvent event) {
    return Registry.execute(
            session, "delete from admin_invitations where admin_id = :id", Map.of("id", admin))
        .chain(() -> session.insert(AdminInvitationRow.of(invitation, admin)))
        .chain(() -> done(session, admin, event));
  }

  /// `root`: whether these roles are those of a root.
  public Uni<AdminChange> changeRoles(
      String name, IfMatch seen, String roles, boolean root, Function<Account, AdminEvent> event) {
    return change(
        name,
        seen,
        (session, account, lastRoot) -> {
          if (account.state() == Account.State.REMOVED) {
            return refused("the admin was removed");
          }
          if (root && account.machine().isPresent()) {
            return refused("a machine is never root");
          }
          return lastRoot && !root
              ? refused("nobody would be root any more")
              : Registry.execute(
                      session,
                      "update admins set roles = :roles where admin_id = :id",
                      Map.of("roles", roles, "id", account.id()))
                  .chain(() -> done(session, account.id(), event.apply(account)));
        });
  }

  /// Whoever is not active any more is signed out in the same transaction; of somebody who is
  /// removed nothing is kept by which one could sign in.
  public Uni<AdminChange> changeState(
      String name, IfMatch seen, Account.State to, Function<Account, AdminEvent> event) {
    return change(
        name,
        seen,
        (session, account, lastRoot) -> {
          boolean possible =
              switch (to) {
                case ACTIVE -> account.state() == Account.State.SUSPENDED;
                case SUSPENDED -> account.state() == Account.State.ACTIVE;
                case REMOVED -> account.state() != Account.State.REMOVED;
                case INVITED -> false;
              };
          if (!possible) {
            return refused("the admin is " + account.state().word());
          }
          return lastRoot && to != Account.State.ACTIVE
              ? refused("nobody would be root any more")
              : changeState(session, account, to, event);
        });
  }

  private Uni<AdminChange> changeState(
      Mutiny.StatelessSession session,
      Account account,
      Account.State to,
      Function<Account, AdminEvent> event) {
    Uni<Void> signOut =
        to == Account.State.ACTIVE
            ? Uni.createFrom().voidItem()
            : AdminCredentials.signOutEverywhere(session, account.id());
    Uni<Void> forget =
        to == Account.State.REMOVED
            ? AdminCredentials.forgetAll(session, account.id())
            : Uni.createFrom().voidItem();
    return signOut
        .chain(() -> forget)
        .chain(
            () ->
                Registry.execute(
                    session,
                    "update admins set state = :state where admin_id = :id",
                    Map.of("state", to.word(), "id", account.id())))
        .chain(() -> done(session, account.id(), event.apply(account)));
  }

  interface Act {
    /// `lastRoot`: whether this is the only active root.
    Uni<AdminChange> on(Mutiny.StatelessSession session, Account account, boolean lastRoot);
  }

  /// Holds every row, in one order: who is the last root must not be decided twice at once.
  Uni<AdminChange> change(String name, IfMatch seen, Act act) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select " + AdminRow.COLUMNS + " from admins order by admin_id for update",
                    AdminRow.class)
                .getResultList()
                .chain(
                    rows ->
                        rows.stream()
                            .filter(row -> row.name.equals(name))
                            .findFirst()
                            .map(
                                row ->
                                    account(session, row)
                                        .map(Optional::orElseThrow)
                                        .chain(
                                            account ->
                                                seen.holds(EntityTag.of(account))
                                                    ? act.on(
                                                        session, account, isLastRoot(row, rows))
                                                    : Uni.createFrom()
                                                        .item(new AdminChange.Stale())))
                            .orElseGet(
                                () -> Uni.createFrom().item(new AdminChange.NoSuchAdmin()))));
  }

  private static boolean isLastRoot(AdminRow row, List<AdminRow> all) {
    return isActiveRoot(row) && all.stream().filter(AdminAccounts::isActiveRoot).count() == 1;
  }

  private static boolean isActiveRoot(AdminRow row) {
    return row.state.equals("active") && (row.roles + " ").startsWith("*=root ");
  }

  Uni<AdminChange> done(Mutiny.StatelessSession session, UUID admin, AdminEvent event) {
    return registry
        .trail()
        .write(session, new AuditEvent.OfAdmin(event))
        .chain(() -> find(session, admin, ""))
        .map(account -> new AdminChange.Done(account.orElseThrow()));
  }

  static Uni<AdminChange> refused(String because) {
    return Uni.createFrom().item(new AdminChange.Refused(because));
  }

  /// `lock`: `for update`, or nothing.
  static Uni<Optional<Account>> find(Mutiny.StatelessSession session, UUID id, String lock) {
    return session
        .createNativeQuery(
            "select " + AdminRow.COLUMNS + " from admins where admin_id = :id " + lock,
            AdminRow.class)
        .setParameter("id", id)
        .getSingleResultOrNull()
        .chain(row -> account(session, row));
  }

  private static Uni<Optional<Account>> account(Mutiny.StatelessSession session, AdminRow row) {
    if (row == null) {
      return Uni.createFrom().item(Optional.empty());
    }
    return session
        .createNativeQuery(
            "select "
                + PasskeyRow.COLUMNS
                + " from passkeys where admin_id = :id order by created_at",
            PasskeyRow.class)
        .setParameter("id", row.adminId)
        .getResultList()
        .chain(
            passkeys ->
                session
                    .createNativeQuery(
                        "select count(*) from recovery_codes where admin_id = :id and used_at is"
                            + " null",
                        Long.class)
                    .setParameter("id", row.adminId)
                    .getSingleResult()
                    .map(codes -> Optional.of(row.account(passkeys, codes))));
  }
}
