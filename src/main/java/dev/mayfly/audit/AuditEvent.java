package dev.mayfly.audit;

import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// One row of the audit trail. Never holds a token, secret, assertion or proof: ids and
/// thumbprints only. The fields of each kind are listed in `src/docs/audit-events.md`.
public sealed interface AuditEvent {
  AuditContext context();

  /// A token of a new grant is about to be signed. Written, and committed, before the signature.
  record TokenIssued(
      AuditContext context,
      GrantId grant,
      Jti jti,
      ScopeSet scope,
      Optional<JwkThumbprint> instance,
      String attestation,
      String attestationLevel,
      Optional<Confirmation> confirmation,
      AuthorizationDetails details)
      implements AuditEvent {}

  /// A refresh token was spent; `generation` is the successor's.
  record TokenRefreshed(
      AuditContext context,
      GrantId grant,
      Jti jti,
      ScopeSet scope,
      int generation,
      AuthorizationDetails details)
      implements AuditEvent {}

  /// A spent refresh token came back from its own instance while the successor was unused: the
  /// lost response. The same successor, of generation `generation`, is answered again.
  record RefreshRetried(
      AuditContext context,
      GrantId grant,
      Jti jti,
      ScopeSet scope,
      int generation,
      AuthorizationDetails details)
      implements AuditEvent {}

  /// An access token is about to be signed in exchange for `subject`, on the same grant.
  /// `attestation` is what was proved with the request; the token may say less.
  record TokenExchanged(
      AuditContext context,
      GrantId grant,
      Jti jti,
      Jti subject,
      ScopeSet scope,
      List<String> audience,
      String attestation,
      String attestationLevel,
      Optional<Confirmation> confirmation,
      AuthorizationDetails details)
      implements AuditEvent {
    public TokenExchanged {
      audience = List.copyOf(audience);
    }
  }

  /// A genuine access token was presented for exchange and refused. `suspicious` when somebody
  /// else than its holder presented it.
  record ExchangeRefused(
      AuditContext context, GrantId grant, Jti subject, String because, boolean suspicious)
      implements AuditEvent {}

  /// The row that says that a recorded token was never signed.
  record TokenSigningFailed(AuditContext context, GrantId grant, Jti jti, String because)
      implements AuditEvent {}

  /// An authenticated request was refused.
  record TokenRefused(AuditContext context, OAuthError error, String because)
      implements AuditEvent {}

  /// A refresh token was refused and the grant left alone. `suspicious` when somebody other
  /// than the instance that it is bound to presented it.
  record RefreshRefused(AuditContext context, GrantId grant, String because, boolean suspicious)
      implements AuditEvent {}

  /// A spent refresh token came back and ended its grant.
  record RefreshTokenReplayed(
      AuditContext context, GrantId grant, int presentedGeneration, int currentGeneration)
      implements AuditEvent {}

  record ClientAuthenticationFailed(AuditContext context, OAuthError error, String because)
      implements AuditEvent {}

  /// A proof (PoP, client assertion, DPoP) came a second time.
  record ProofReplayed(AuditContext context, String kind) implements AuditEvent {}

  /// `subject`: who the platform says it is; empty for a join secret.
  record InstanceJoined(AuditContext context, JwkThumbprint instance, By by, String subject)
      implements AuditEvent {}

  record AttestationRenewed(AuditContext context, JwkThumbprint instance, By by)
      implements AuditEvent {}

  /// By which rule of which attester something was attested, what it is worth, and the
  /// attestation's `jti`.
  record By(String attester, String rule, String kind, String level, Jti attestation) {}

  record AttestationRefused(AuditContext context, OAuthError error, String because)
      implements AuditEvent {}

  /// A join secret came a second time: either its owner's copy or the first use was an
  /// attacker's.
  record JoinSecretReused(AuditContext context, JwkThumbprint presentedBy, String firstUsedBy)
      implements AuditEvent {}

  /// An instance key was retired, by an admin.
  record InstanceRevoked(
      AuditContext context, JwkThumbprint instance, String by, String reason, long grantsEnded)
      implements AuditEvent {}

  /// One attestation is not believed any more.
  record AttestationRevoked(
      AuditContext context, String attestation, String by, String reason, long grantsEnded)
      implements AuditEvent {}

  /// An attester, or one rule of it (else `rule` is empty), is not believed until it is restored.
  record AttesterRevoked(
      AuditContext context,
      String attester,
      String rule,
      String by,
      String reason,
      long grantsEnded)
      implements AuditEvent {}

  record AttesterRestored(
      AuditContext context, String attester, String rule, String by, String reason)
      implements AuditEvent {}

  record GrantRevoked(AuditContext context, GrantId grant, String by, String reason)
      implements AuditEvent {}

  record ClientStateChanged(
      AuditContext context, String from, String to, String by, String reason, long grantsEnded)
      implements AuditEvent {}

  record SecretIssued(
      AuditContext context, String by, String reason, Instant expiresAt, Instant previousValidUntil)
      implements AuditEvent {}

  record JoinSecretIssued(AuditContext context, String by, String reason, Instant expiresAt)
      implements AuditEvent {}

  /// Ended before its time, by an admin.
  record SecretRevoked(
      AuditContext context, UUID secret, String by, String reason, long grantsEnded)
      implements AuditEvent {}

  /// The newest secret of a client ends in less than `days` days.
  record SecretExpiring(AuditContext context, UUID secret, int days, Instant expiresAt)
      implements AuditEvent {}

  /// The secrets before it have ended.
  record SecretRotationFinished(
      AuditContext context, String rotation, UUID secret, String by, String reason)
      implements AuditEvent {}

  /// Many at once. `what` is `vendor` or `since`, `which` the label or the moment.
  record MassRevocation(
      AuditContext context,
      String what,
      String which,
      String by,
      String reason,
      long clients,
      long grantsEnded)
      implements AuditEvent {}

  /// A client came into being beside those of the realm file. `document` is what it may do, and
  /// holds no secret.
  record ClientRegistered(
      AuditContext context, String state, String by, String reason, String document)
      implements AuditEvent {}

  /// What a registered client may do was changed.
  record ClientChanged(
      AuditContext context, long revision, String by, String reason, String before, String after)
      implements AuditEvent {}

  /// Somebody may register clients with it.
  record InitialAccessTokenIssued(
      AuditContext context,
      UUID token,
      String by,
      String reason,
      int uses,
      String policy,
      Instant expiresAt)
      implements AuditEvent {}

  record InitialAccessTokenRevoked(AuditContext context, UUID token, String by, String reason)
      implements AuditEvent {}

  /// At the registration endpoint. `error` is the standard's code, `because` for people.
  record RegistrationRefused(AuditContext context, String error, String because)
      implements AuditEvent {}

  record RealmApplied(AuditContext context, String by, int changes, String summary)
      implements AuditEvent {}

  /// `purpose` and `algorithm` as the registry writes them, `token` the PKCS#11 token's label.
  record SigningKeyCreated(
      AuditContext context,
      String kid,
      String purpose,
      String token,
      String algorithm,
      Instant signsFrom)
      implements AuditEvent {}

  /// An announced key takes over earlier than was planned, by an admin's act or because the
  /// realm's periods became shorter.
  record SigningKeyBroughtForward(
      AuditContext context, String kid, String purpose, String by, String reason, Instant signsFrom)
      implements AuditEvent {}

  /// Trusted by nobody from now on. `state` is what it was.
  record SigningKeyDistrusted(
      AuditContext context, String kid, String purpose, String state, String by, String reason)
      implements AuditEvent {}

  /// Its objects are gone from the token.
  record SigningKeyDestroyed(
      AuditContext context, String kid, String purpose, String token, String by, String reason)
      implements AuditEvent {}

  /// After a restore from a backup: every grant and every signing key of before is refused.
  record EpochBegun(
      AuditContext context,
      String by,
      String reason,
      long epoch,
      long grantsEnded,
      long keysDistrusted)
      implements AuditEvent {}

  /// The request check refused a request about a genuine token. `request` is method and path,
  /// without the query.
  record RequestDenied(
      AuditContext context, GrantId grant, Jti jti, String reason, String request, boolean loud)
      implements AuditEvent {}

  /// The request check let a request pass with something to say about it: a check that is only
  /// observed, or an address that is new for the grant.
  record RequestObserved(
      AuditContext context, GrantId grant, Jti jti, String reason, String request)
      implements AuditEvent {}

  /// Somebody asked more than the quota allows. `door`: what for; `policy`: whose quota; `refused`:
  /// how many since the last such row. Without a client: failures under no client's name.
  record QuotaExceeded(AuditContext context, String door, String policy, String quota, long refused)
      implements AuditEvent {}

  /// What admins do as such, and what is done to them.
  record OfAdmin(AdminEvent event) implements AuditEvent {
    @Override
    public AuditContext context() {
      return event.context();
    }
  }

  /// An act that needs two admins was proposed, approved, rejected, or refused in the end. `kind`:
  /// the realm's rule; `digest`: of the act, whole.
  record ApprovalChanged(
      AuditContext context,
      UUID approval,
      String kind,
      Step step,
      String summary,
      String digest,
      String by,
      String reason)
      implements AuditEvent {
    public enum Step {
      PROPOSED,
      APPROVED,
      REJECTED,
      FAILED;

      String word() {
        return name().toLowerCase(Locale.ROOT);
      }
    }
  }

  /// A receiver of security events made, changed or deleted its stream. `status`, `delivery`: what
  /// they are now.
  record EventStreamChanged(
      AuditContext context, String stream, String change, String status, String delivery)
      implements AuditEvent {}

  /// A receiver will never take a security event that was pushed to it (RFC 8935 §2.3): the event
  /// is gone. `error` and `description` are the receiver's words, shortened.
  record SecurityEventRefused(
      AuditContext context,
      String stream,
      String jti,
      String type,
      String error,
      String description)
      implements AuditEvent {}

  /// Requests to the admin API were refused: `status` 401 (nobody who may sign in) or 403 (not in
  /// that role), `request` the method and path of the first of them. `refused`: how many there
  /// were from this address since its last such row.
  record AdminRefused(AuditContext context, int status, String by, String request, long refused)
      implements AuditEvent {}

  /// Readiness proves that this trail can be written.
  record HealthProbed(AuditContext context) implements AuditEvent {}

  /// Why something was refused, as a code from a small set: for counting. Empty for what was
  /// not.
  default Optional<String> refusal() {
    return switch (this) {
      case TokenRefused e -> Optional.of(e.error().code());
      case ClientAuthenticationFailed e -> Optional.of(e.error().code());
      case AttestationRefused e -> Optional.of(e.error().code());
      case RefreshRefused e -> Optional.of(e.because());
      case ExchangeRefused e -> Optional.of(e.because());
      case TokenExchanged _ -> Optional.empty();
      case TokenIssued _, TokenRefreshed _, RefreshRetried _, TokenSigningFailed _ ->
          Optional.empty();
      case RefreshTokenReplayed _, ProofReplayed _, JoinSecretReused _ -> Optional.empty();
      case InstanceJoined _, AttestationRenewed _, GrantRevoked _, ClientStateChanged _ ->
          Optional.empty();
      case InstanceRevoked _, AttestationRevoked _, AttesterRevoked _, AttesterRestored _ ->
          Optional.empty();
      case SecretIssued _, JoinSecretIssued _, RealmApplied _ -> Optional.empty();
      case SecretRevoked _, SecretExpiring _, SecretRotationFinished _ -> Optional.empty();
      case MassRevocation _, ClientRegistered _, ClientChanged _ -> Optional.empty();
      case InitialAccessTokenIssued _, InitialAccessTokenRevoked _ -> Optional.empty();
      case RegistrationRefused e -> Optional.of(e.error());
      case SigningKeyCreated _, SigningKeyBroughtForward _, SigningKeyDistrusted _ ->
          Optional.empty();
      case SigningKeyDestroyed _, EpochBegun _ -> Optional.empty();
      case RequestDenied e -> Optional.of(e.reason());
      case QuotaExceeded e -> Optional.of(e.policy());
      case AdminRefused e -> Optional.of(Integer.toString(e.status()));
      case RequestObserved _, EventStreamChanged _, HealthProbed _ -> Optional.empty();
      case ApprovalChanged _ -> Optional.empty();
      case OfAdmin e -> e.event().refusal();
      // The receiver's word, and not one of a small set.
      case SecurityEventRefused _ -> Optional.empty();
    };
  }

  default Severity severity() {
    return switch (this) {
      case TokenIssued _, TokenRefreshed _, RefreshRetried _, TokenExchanged _ -> Severity.INFO;
      case InstanceJoined _, AttestationRenewed _ -> Severity.INFO;
      case InstanceRevoked _, AttestationRevoked _, AttesterRestored _ -> Severity.INFO;
      case AttesterRevoked _ -> Severity.ALERT;
      case GrantRevoked _, ClientStateChanged _, SecretIssued _, JoinSecretIssued _ ->
          Severity.INFO;
      case SecretRevoked _, SecretRotationFinished _ -> Severity.INFO;
      case ClientRegistered _, ClientChanged _ -> Severity.INFO;
      case InitialAccessTokenIssued _, InitialAccessTokenRevoked _ -> Severity.INFO;
      case SecretExpiring _, RegistrationRefused _ -> Severity.WARNING;
      case MassRevocation _ -> Severity.ALERT;
      case RealmApplied _, EventStreamChanged _, HealthProbed _ -> Severity.INFO;
      case ApprovalChanged changed ->
          switch (changed.step()) {
            case PROPOSED, APPROVED -> Severity.INFO;
            case REJECTED, FAILED -> Severity.WARNING;
          };
      case SigningKeyCreated _, SigningKeyBroughtForward _, SigningKeyDestroyed _ -> Severity.INFO;
      case TokenRefused _, ClientAuthenticationFailed _, AttestationRefused _ -> Severity.WARNING;
      case TokenSigningFailed _ -> Severity.WARNING;
      case RefreshRefused refused -> refused.suspicious() ? Severity.ALERT : Severity.WARNING;
      case ExchangeRefused refused -> refused.suspicious() ? Severity.ALERT : Severity.WARNING;
      case ProofReplayed _, RefreshTokenReplayed _, JoinSecretReused _ -> Severity.ALERT;
      case SigningKeyDistrusted _, EpochBegun _ -> Severity.ALERT;
      case RequestDenied denied -> denied.loud() ? Severity.ALERT : Severity.WARNING;
      case RequestObserved _, QuotaExceeded _, AdminRefused _ -> Severity.WARNING;
      case OfAdmin e -> e.event().severity();
      case SecurityEventRefused _ -> Severity.WARNING;
    };
  }
}
