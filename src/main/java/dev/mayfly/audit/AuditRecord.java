package dev.mayfly.audit;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import java.util.Optional;

/// An event as columns: what is searched for has its own, the rest is `detail`, a JSON object.
/// `refusal`: as [AuditEvent#refusal].
public record AuditRecord(
    AuditContext context,
    String event,
    Severity severity,
    Optional<GrantId> grant,
    Optional<Jti> jti,
    String detail,
    Optional<String> refusal) {
  private static final JsonMapper JSON = new JsonMapper();

  public static AuditRecord of(AuditEvent event) {
    ObjectNode detail = JSON.createObjectNode();
    return switch (event) {
      case AuditEvent.TokenIssued e -> {
        detail.put("scope", e.scope().toString()).put("attestation", e.attestation());
        detail.put("attestation_level", e.attestationLevel());
        e.instance().ifPresent(jkt -> detail.put("instance_jkt", jkt.value()));
        put(detail, e.confirmation());
        put(detail, e.details());
        yield record(e, "token_issued", Optional.of(e.grant()), Optional.of(e.jti()), detail);
      }
      case AuditEvent.TokenRefreshed e -> {
        detail.put("scope", e.scope().toString()).put("generation", e.generation());
        put(detail, e.details());
        yield record(e, "token_refreshed", Optional.of(e.grant()), Optional.of(e.jti()), detail);
      }
      case AuditEvent.RefreshRetried e -> {
        detail.put("scope", e.scope().toString()).put("generation", e.generation());
        put(detail, e.details());
        yield record(e, "refresh_retried", Optional.of(e.grant()), Optional.of(e.jti()), detail);
      }
      case AuditEvent.TokenExchanged e -> {
        detail.put("subject_jti", e.subject().value()).put("scope", e.scope().toString());
        detail.put("audience", String.join(" ", e.audience())).put("attestation", e.attestation());
        detail.put("attestation_level", e.attestationLevel());
        put(detail, e.confirmation());
        put(detail, e.details());
        yield record(e, "token_exchanged", Optional.of(e.grant()), Optional.of(e.jti()), detail);
      }
      case AuditEvent.ExchangeRefused e -> {
        detail.put("because", e.because());
        yield record(
            e, "exchange_refused", Optional.of(e.grant()), Optional.of(e.subject()), detail);
      }
      case AuditEvent.TokenSigningFailed e -> {
        detail.put("because", e.because());
        yield record(
            e, "token_signing_failed", Optional.of(e.grant()), Optional.of(e.jti()), detail);
      }
      case AuditEvent.TokenRefused e ->
          plain(e, "token_refused", refusal(detail, e.error().code(), e.because()));
      case AuditEvent.RefreshRefused e -> {
        detail.put("because", e.because());
        yield onGrant(e, "refresh_refused", e.grant(), detail);
      }
      case AuditEvent.RefreshTokenReplayed e -> {
        detail.put("presented_generation", e.presentedGeneration());
        detail.put("current_generation", e.currentGeneration());
        yield onGrant(e, "refresh_token_replayed", e.grant(), detail);
      }
      case AuditEvent.ClientAuthenticationFailed e ->
          plain(e, "client_authentication_failed", refusal(detail, e.error().code(), e.because()));
      case AuditEvent.ProofReplayed e -> plain(e, "proof_replayed", detail.put("kind", e.kind()));
      case AuditEvent.InstanceJoined e ->
          plain(
              e,
              "instance_joined",
              by(detail, e.instance().value(), e.by()).put("subject", e.subject()));
      case AuditEvent.AttestationRenewed e ->
          plain(e, "attestation_renewed", by(detail, e.instance().value(), e.by()));
      case AuditEvent.AttestationRefused e ->
          plain(e, "attestation_refused", refusal(detail, e.error().code(), e.because()));
      case AuditEvent.JoinSecretReused e -> {
        detail.put("instance_jkt", e.presentedBy().value());
        detail.put("first_used_by", e.firstUsedBy());
        yield plain(e, "join_secret_reused", detail);
      }
      case AuditEvent.InstanceRevoked e -> {
        act(detail, e.by(), e.reason()).put("instance_jkt", e.instance().value());
        yield plain(e, "instance_revoked", detail.put("grants_ended", e.grantsEnded()));
      }
      case AuditEvent.AttestationRevoked e -> {
        act(detail, e.by(), e.reason()).put("attestation_jti", e.attestation());
        yield plain(e, "attestation_revoked", detail.put("grants_ended", e.grantsEnded()));
      }
      case AuditEvent.AttesterRevoked e -> {
        act(detail, e.by(), e.reason()).put("attester", e.attester()).put("rule", e.rule());
        yield plain(e, "attester_revoked", detail.put("grants_ended", e.grantsEnded()));
      }
      case AuditEvent.AttesterRestored e -> {
        act(detail, e.by(), e.reason()).put("attester", e.attester()).put("rule", e.rule());
        yield plain(e, "attester_restored", detail);
      }
      case AuditEvent.GrantRevoked e -> {
        act(detail, e.by(), e.reason());
        yield onGrant(e, "grant_revoked", e.grant(), detail);
      }
      case AuditEvent.ClientStateChanged e -> {
        act(detail, e.by(), e.reason()).put("from", e.from()).put("to", e.to());
        detail.put("grants_ended", e.grantsEnded());
        yield plain(e, "client_state_changed", detail);
      }
      case AuditEvent.SecretIssued e -> {
        act(detail, e.by(), e.reason()).put("expires_at", e.expiresAt().toString());
        detail.put("previous_valid_until", e.previousValidUntil().toString());
        yield plain(e, "secret_issued", detail);
      }
      case AuditEvent.JoinSecretIssued e -> {
        act(detail, e.by(), e.reason()).put("expires_at", e.expiresAt().toString());
        yield plain(e, "join_secret_issued", detail);
      }
      case AuditEvent.SecretRevoked e -> {
        act(detail, e.by(), e.reason()).put("secret_id", e.secret().toString());
        yield plain(e, "secret_revoked", detail.put("grants_ended", e.grantsEnded()));
      }
      case AuditEvent.SecretExpiring e -> {
        detail.put("secret_id", e.secret().toString()).put("days", e.days());
        yield plain(e, "secret_expiring", detail.put("expires_at", e.expiresAt().toString()));
      }
      case AuditEvent.SecretRotationFinished e -> {
        act(detail, e.by(), e.reason()).put("rotation_id", e.rotation());
        detail.put("secret_id", e.secret().toString());
        yield plain(e, "secret_rotation_finished", detail);
      }
      case AuditEvent.MassRevocation e -> {
        act(detail, e.by(), e.reason()).put(e.what(), e.which()).put("clients", e.clients());
        yield plain(e, "mass_revocation", detail.put("grants_ended", e.grantsEnded()));
      }
      case AuditEvent.ClientRegistered e -> {
        act(detail, e.by(), e.reason()).put("state", e.state());
        yield plain(e, "client_registered", detail.put("document", e.document()));
      }
      case AuditEvent.ClientChanged e -> {
        act(detail, e.by(), e.reason()).put("revision", e.revision());
        yield plain(e, "client_changed", detail.put("before", e.before()).put("after", e.after()));
      }
      case AuditEvent.InitialAccessTokenIssued e -> {
        act(detail, e.by(), e.reason()).put("token_id", e.token().toString());
        detail.put("uses", e.uses()).put("policy", e.policy());
        yield plain(
            e, "initial_access_token_issued", detail.put("expires_at", e.expiresAt().toString()));
      }
      case AuditEvent.InitialAccessTokenRevoked e -> {
        act(detail, e.by(), e.reason()).put("token_id", e.token().toString());
        yield plain(e, "initial_access_token_revoked", detail);
      }
      case AuditEvent.RegistrationRefused e ->
          plain(e, "registration_refused", refusal(detail, e.error(), e.because()));
      case AuditEvent.RealmApplied e -> {
        detail.put("by", e.by()).put("changes", e.changes()).put("summary", e.summary());
        yield plain(e, "realm_applied", detail);
      }
      case AuditEvent.SigningKeyCreated e -> {
        key(detail, e.kid(), e.purpose()).put("token", e.token()).put("algorithm", e.algorithm());
        yield plain(e, "signing_key_created", detail.put("signs_from", e.signsFrom().toString()));
      }
      case AuditEvent.SigningKeyBroughtForward e -> {
        act(key(detail, e.kid(), e.purpose()), e.by(), e.reason());
        detail.put("signs_from", e.signsFrom().toString());
        yield plain(e, "signing_key_brought_forward", detail);
      }
      case AuditEvent.SigningKeyDistrusted e -> {
        act(key(detail, e.kid(), e.purpose()), e.by(), e.reason()).put("state", e.state());
        yield plain(e, "signing_key_distrusted", detail);
      }
      case AuditEvent.SigningKeyDestroyed e -> {
        act(key(detail, e.kid(), e.purpose()), e.by(), e.reason()).put("token", e.token());
        yield plain(e, "signing_key_destroyed", detail);
      }
      case AuditEvent.EpochBegun e -> {
        act(detail, e.by(), e.reason()).put("epoch", e.epoch());
        detail.put("grants_ended", e.grantsEnded()).put("keys_distrusted", e.keysDistrusted());
        yield plain(e, "epoch_begun", detail);
      }
      case AuditEvent.RequestDenied e -> {
        detail.put("reason", e.reason()).put("request", e.request());
        yield record(e, "request_denied", Optional.of(e.grant()), Optional.of(e.jti()), detail);
      }
      case AuditEvent.RequestObserved e -> {
        detail.put("reason", e.reason()).put("request", e.request());
        yield record(e, "request_observed", Optional.of(e.grant()), Optional.of(e.jti()), detail);
      }
      case AuditEvent.QuotaExceeded e -> {
        detail.put("door", e.door()).put("policy", e.policy());
        yield plain(
            e, "quota_exceeded", detail.put("quota", e.quota()).put("refused", e.refused()));
      }
      case AuditEvent.OfAdmin e -> {
        e.event().describe(detail);
        yield plain(e, e.event().word(), detail);
      }
      case AuditEvent.ApprovalChanged e -> {
        act(detail, e.by(), e.reason()).put("approval_id", e.approval().toString());
        detail.put("kind", e.kind()).put("step", e.step().word());
        yield plain(
            e, "approval_changed", detail.put("summary", e.summary()).put("digest", e.digest()));
      }
      case AuditEvent.EventStreamChanged e -> {
        detail.put("stream", e.stream()).put("change", e.change());
        detail.put("status", e.status()).put("delivery", e.delivery());
        yield plain(e, "event_stream_changed", detail);
      }
      case AuditEvent.SecurityEventRefused e -> {
        detail.put("stream", e.stream()).put("event", e.jti()).put("type", e.type());
        detail.put("error", e.error()).put("description", e.description());
        yield plain(e, "security_event_refused", detail);
      }
      case AuditEvent.AdminRefused e -> {
        detail.put("status", e.status()).put("by", e.by()).put("request", e.request());
        yield plain(e, "admin_refused", detail.put("refused", e.refused()));
      }
      case AuditEvent.HealthProbed e -> plain(e, "health_probed", detail);
    };
  }

  private static AuditRecord record(
      AuditEvent event,
      String name,
      Optional<GrantId> grant,
      Optional<Jti> jti,
      ObjectNode detail) {
    return new AuditRecord(
        event.context(), name, event.severity(), grant, jti, detail.toString(), event.refusal());
  }

  private static AuditRecord onGrant(
      AuditEvent event, String name, GrantId grant, ObjectNode detail) {
    return record(event, name, Optional.of(grant), Optional.empty(), detail);
  }

  private static AuditRecord plain(AuditEvent event, String name, ObjectNode detail) {
    return record(event, name, Optional.empty(), Optional.empty(), detail);
  }

  private static void put(ObjectNode detail, Optional<Confirmation> bound) {
    bound.flatMap(Confirmation::jkt).ifPresent(jkt -> detail.put("dpop_jkt", jkt.value()));
    bound
        .flatMap(Confirmation::x5tS256)
        .ifPresent(x5t -> detail.put("certificate_x5t", x5t.value()));
  }

  private static void put(ObjectNode detail, AuthorizationDetails details) {
    if (!details.isEmpty()) {
      detail.set("authorization_details", JSON.valueToTree(details.members()));
    }
  }

  private static ObjectNode refusal(ObjectNode detail, String error, String because) {
    return detail.put("error", error).put("because", because);
  }

  private static ObjectNode by(ObjectNode detail, String jkt, AuditEvent.By by) {
    return detail
        .put("instance_jkt", jkt)
        .put("attester", by.attester())
        .put("rule", by.rule())
        .put("attestation", by.kind())
        .put("attestation_level", by.level())
        .put("attestation_jti", by.attestation().value());
  }

  private static ObjectNode key(ObjectNode detail, String kid, String purpose) {
    return detail.put("kid", kid).put("purpose", purpose);
  }

  private static ObjectNode act(ObjectNode detail, String by, String reason) {
    return detail.put("by", by).put("reason", reason);
  }
}
