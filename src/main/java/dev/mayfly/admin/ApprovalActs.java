package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent.ApprovalChanged.Step;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.Roles;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminAccounts;
import dev.mayfly.ledger.Approval;
import dev.mayfly.ledger.Approvals;
import dev.mayfly.ledger.IfMatch;
import dev.mayfly.realm.FourEyes;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.ClientRegistrar;
import dev.mayfly.registry.KeyActs;
import dev.mayfly.registry.Realms;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// What becomes of acts that wait for a second admin. Approving is doing: all that the act asks for
/// is asked again at that moment, of both admins.
@ApplicationScoped
class ApprovalActs {
  private final Approvals approvals;
  private final AdminAccounts accounts;
  private final Realms realms;
  private final AdminService service;
  private final RegisteredClientActs registered;
  private final AdminKeys keys;

  @Inject
  ApprovalActs(
      Approvals approvals,
      AdminAccounts accounts,
      Realms realms,
      AdminService service,
      RegisteredClientActs registered,
      AdminKeys keys) {
    this.approvals = approvals;
    this.accounts = accounts;
    this.realms = realms;
    this.service = service;
    this.registered = registered;
    this.keys = keys;
  }

  Uni<ArrayNode> list(AdminRequest request) {
    Roles roles = request.admin().roles();
    return asked(request)
        .map(
            all -> {
              ArrayNode views = Answers.JSON.createArrayNode();
              all.stream()
                  .filter(approval -> isSeen(approval, roles))
                  .forEach(approval -> views.add(Proposals.view(approval)));
              return views;
            });
  }

  private Uni<List<Approval>> asked(AdminRequest request) {
    Optional<String> state = request.query("state");
    if (state.isEmpty()) {
      return approvals.all();
    }
    if (!state.get().equals(Approval.State.PENDING.word())) {
      throw new AdminRefusal(400, "state is pending, or not there");
    }
    return approvals.open(request.received());
  }

  Uni<AdminAnswer> show(AdminRequest request) {
    return seen(request)
        .map(
            approval -> AdminAnswer.ok(Proposals.inDetail(approval)).with(Proposals.tag(approval)));
  }

  /// Of realms in which an admin has no role nothing is told.
  private static boolean isSeen(Approval approval, Roles roles) {
    Optional<ProposedAct> act = ProposedAct.parse(approval.act());
    return act.isPresent()
        && switch (act.get().permission()) {
          case Permission.InRealm _ -> roles.in(approval.realm()).isPresent();
          case Permission.InBroker _ -> roles.everywhere().isPresent();
          case Permission.Open _, Permission.SignedIn _ -> false;
        };
  }

  private static ProposedAct act(Approval approval) {
    return ProposedAct.parse(approval.act()).orElseThrow(ApprovalActs::notThere);
  }

  private Uni<Approval> seen(AdminRequest request) {
    return approvals
        .find(id(request.part("approval")))
        .map(
            found ->
                found
                    .filter(approval -> isSeen(approval, request.admin().roles()))
                    .orElseThrow(ApprovalActs::notThere));
  }

  private static UUID id(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException notOne) {
      throw notThere();
    }
  }

  private static AdminRefusal notThere() {
    return new AdminRefusal(404, "there is no such approval");
  }

  /// By anybody who could approve it, and by whoever proposed it.
  Uni<ObjectNode> reject(AdminRequest request) {
    String reason = request.reason();
    return seen(request)
        .chain(
            approval -> {
              if (!approval.proposedBy().isSame(request.person())) {
                requireRole(request.admin().roles(), approval);
              }
              return decide(request, approval, Approval.State.REJECTED, Step.REJECTED, reason);
            })
        .chain(approval -> approvals.find(approval.id()))
        .map(approval -> Proposals.view(approval.orElseThrow()));
  }

  Uni<ObjectNode> approve(AdminRequest request) {
    String reason = request.reason();
    String digest = AdminRequest.text(request.body(), "digest", 64);
    requireSomebody(request.admin());
    return seen(request)
        .invoke(
            approval -> {
              requireRole(request.admin().roles(), approval);
              if (approval.proposedBy().isSame(request.person())) {
                throw new AdminRefusal(403, "somebody else than who proposed it has to approve");
              }
              if (!approval.digest().equals(digest)) {
                throw new AdminRefusal(409, "that is the digest of another act: look again");
              }
            })
        .call(this::requireProposer)
        .chain(
            approval -> decide(request, approval, Approval.State.APPROVED, Step.APPROVED, reason))
        .chain(approval -> perform(request, approval));
  }

  /// Two programs are no two pairs of eyes.
  private static void requireSomebody(Admin admin) {
    switch (admin) {
      case Admin.InSession _, Admin.Local _ -> {}
      case Admin.Machine _ ->
          throw new AdminRefusal(403, "an admin who is a person has to approve");
    }
  }

  private static void requireRole(Roles roles, Approval approval) {
    if (!covers(roles, approval)) {
      throw new AdminRefusal(403, "your role does not allow this");
    }
  }

  private static boolean covers(Roles roles, Approval approval) {
    return switch (act(approval).permission()) {
      case Permission.InRealm(var least, _) ->
          roles.in(approval.realm()).filter(role -> role.covers(least)).isPresent();
      case Permission.InBroker(var least, _) ->
          roles.everywhere().filter(role -> role.covers(least)).isPresent();
      case Permission.Open _, Permission.SignedIn _ -> false;
    };
  }

  /// Whoever has proposed it must be able to do it still, or one admin would do it alone. The
  /// machine's owner always is.
  private Uni<Void> requireProposer(Approval approval) {
    if (!approval.proposedBy().id().startsWith(AdminRequest.ACCOUNT)) {
      return Uni.createFrom().voidItem();
    }
    return accounts
        .named(approval.proposedBy().name())
        .invoke(
            account -> {
              if (account.filter(one -> mayStill(one, approval)).isEmpty()) {
                throw new AdminRefusal(409, "whoever proposed it may not do it any more");
              }
            })
        .replaceWithVoid();
  }

  private static boolean mayStill(Account account, Approval approval) {
    return account.isActive() && covers(Roles.parse(account.roles()), approval);
  }

  private Uni<Approval> decide(
      AdminRequest request, Approval approval, Approval.State to, Step step, String reason) {
    return approvals
        .decide(
            approval.id(),
            request.ifMatch(),
            to,
            new Approval.Decision(request.by(), reason, request.received()),
            Proposals.event(
                approval, Proposals.context(request, approval), step, request.by(), reason))
        .map(
            taken -> {
              if (!taken) {
                throw new AdminRefusal(
                    409,
                    approval.state() == Approval.State.PENDING
                        ? "it has expired, or somebody else has just decided"
                        : "it is " + approval.state().word());
              }
              return approval;
            });
  }

  /// A refusal now is the end of it. Whatever else fails leaves it approved, and not done for all
  /// that is known: it is proposed again, if it was not.
  private Uni<ObjectNode> perform(AdminRequest request, Approval approval) {
    AuditContext context = Proposals.context(request, approval);
    String by = approval.proposedBy().name() + "+" + request.by();
    return Uni.createFrom()
        .deferred(() -> perform(approval, by, context))
        .onFailure(ApprovalActs::isRefusal)
        .call(
            refusal ->
                approvals.failed(
                    approval.id(),
                    refusal.getMessage(),
                    Proposals.event(approval, context, Step.FAILED, by, refusal.getMessage())))
        .chain(
            result ->
                approvals
                    .done(approval.id())
                    .map(done -> Proposals.view(done).<ObjectNode>set("result", result)));
  }

  private static boolean isRefusal(Throwable failure) {
    return failure instanceof AdminRefusal || failure instanceof RealmConfigException;
  }

  private Uni<JsonNode> perform(Approval approval, String by, AuditContext context) {
    return switch (act(approval)) {
      case ProposedAct.ResumeClient(var client, String seen) ->
          service
              .resume(
                  new AdminService.Act(realm(approval), by, approval.reason(), context, only(seen)),
                  client)
              .map(view -> view);
      case ProposedAct.ChangeClient(var client, JsonNode document, String seen) ->
          registered
              .change(
                  realm(approval),
                  client,
                  document,
                  only(seen),
                  new ClientRegistrar.Act(context, by, approval.reason()))
              .map(answer -> answer.body().orElseThrow());
      case ProposedAct.CompromiseKey(String kid) ->
          keys.compromise(kid, new KeyActs.Act(by, approval.reason())).map(view -> view);
      case ProposedAct.ApplyRealms(JsonNode files, FourEyes _, String seen) ->
          service
              .apply(AdminService.parse(files), by, only(seen))
              .map(answer -> answer.body().orElseThrow());
    };
  }

  private static IfMatch only(String seen) {
    return new IfMatch(List.of(seen));
  }

  private AppliedRealm realm(Approval approval) {
    return Optional.of(approval.realm().value())
        .flatMap(realms::find)
        .orElseThrow(() -> new AdminRefusal(404, "there is no such realm"));
  }
}
