package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Approval;
import dev.mayfly.ledger.Approvals;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.Versioned;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/// Acts that their realm does not let one admin do alone: the first admin's request makes them
/// wait.
@ApplicationScoped
class Proposals {
  private static final int LONGEST_SUMMARY = 2_000;

  private final Approvals approvals;

  @Inject
  Proposals(Approvals approvals) {
    this.approvals = approvals;
  }

  /// Whether the act has to wait.
  static boolean needsTwo(AppliedRealm realm, ProposedAct act) {
    return realm.config().fourEyes().contains(act.rule());
  }

  /// 202: nothing is done yet.
  Uni<AdminAnswer> propose(
      AdminRequest request, RealmName realm, ProposedAct act, String summary, String reason) {
    String json = act.json(realm);
    Instant now = request.received();
    Approval approval =
        new Approval(
            UUID.randomUUID(),
            realm,
            act.rule().word(),
            json,
            digest(json),
            summary.length() <= LONGEST_SUMMARY
                ? summary
                : summary.substring(0, LONGEST_SUMMARY) + "...",
            Approval.State.PENDING,
            request.person(),
            reason,
            now,
            now.plus(Approval.LIFE),
            Optional.empty(),
            Optional.empty());
    return approvals
        .propose(
            approval,
            event(
                approval,
                context(request, approval),
                AuditEvent.ApprovalChanged.Step.PROPOSED,
                request.by(),
                reason))
        .map(
            taken -> {
              if (!taken) {
                throw new AdminRefusal(
                    429, "%d acts wait in this realm".formatted(Approvals.MOST_PENDING));
              }
              return new AdminAnswer(202, Optional.of(view(approval)), java.util.Map.of());
            });
  }

  /// In the realm whose rule it is, which the path need not name.
  static AuditContext context(AdminRequest request, Approval approval) {
    return new AuditContext(
        request.received(),
        approval.realm(),
        Optional.empty(),
        request.requestId(),
        request.address());
  }

  static AuditEvent event(
      Approval approval,
      AuditContext context,
      AuditEvent.ApprovalChanged.Step step,
      String by,
      String reason) {
    return new AuditEvent.ApprovalChanged(
        context,
        approval.id(),
        approval.kind(),
        step,
        approval.summary(),
        approval.digest(),
        by,
        reason);
  }

  private static String digest(String text) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static EntityTag tag(Approval approval) {
    return Versioned.approval(approval.id()).as(approval.state().word());
  }

  static ObjectNode view(Approval approval) {
    ObjectNode view =
        Answers.JSON
            .createObjectNode()
            .put("approval_id", approval.id().toString())
            .put("realm", approval.realm().value())
            .put("kind", approval.kind())
            .put("state", approval.state().word())
            .put("summary", approval.summary())
            .put("digest", approval.digest())
            .put("proposed_by", approval.proposedBy().name())
            .put("reason", approval.reason())
            .put("proposed_at", approval.proposedAt().toString())
            .put("expires_at", approval.expiresAt().toString())
            .put("etag", tag(approval).text());
    approval
        .decision()
        .ifPresent(
            made ->
                view.put("decided_by", made.by())
                    .put("decided_why", made.why())
                    .put("decided_at", made.at().toString()));
    approval.outcome().ifPresent(because -> view.put("outcome", because));
    return view;
  }

  /// With all that would be done.
  static ObjectNode inDetail(Approval approval) {
    try {
      JsonNode act = Answers.JSON.readTree(approval.act());
      return view(approval).set("act", act);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a proposed act is no JSON", e);
    }
  }
}
