package dev.mayfly.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The rows that others read: a change here is a change of an interface.
class AuditRecordTest {
  private static final String NAMED = "\"kid\":\"kid-1\",\"purpose\":\"access_token\"";
  private static final Instant AT = Instant.parse("2026-11-21T12:00:00.123Z");
  private static final Instant LATER = Instant.parse("2026-11-22T12:00:00Z");
  private static final AuditContext WHERE =
      new AuditContext(
          AT, new RealmName("nevocoin"), Optional.of(new ClientId("bot")), "r-1", "192.0.2.7");
  private static final GrantId GRANT = GrantId.parse("00000000-0000-4000-8000-000000000001");
  private static final Jti TOKEN = new Jti("00000000-0000-4000-8000-000000000002");
  private static final UUID SECRET = UUID.fromString("00000000-0000-4000-8000-000000000003");
  private static final String SECRET_JSON = "\"secret_id\":\"" + SECRET + "\"";
  private static final ScopeSet SCOPE = ScopeSet.parse("orders:write orders:read");
  private static final JwkThumbprint KEY =
      new JwkThumbprint("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
  private static final AuditEvent.By BY =
      new AuditEvent.By("mayfly", "prod", "kubernetes", "workload", new Jti("a1"));
  private static final String BY_JSON =
      ",\"attester\":\"mayfly\",\"rule\":\"prod\",\"attestation\":\"kubernetes\","
          + "\"attestation_level\":\"workload\",\"attestation_jti\":\"a1\"";
  private static final AuthorizationDetails DETAILS =
      AuthorizationDetails.of(
          List.of(Map.of("type", "exchange_order", "actions", List.of("read"))));
  private static final String DETAILS_JSON =
      "\"authorization_details\":[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}]";
  private static final String JKT = "\"instance_jkt\":\"" + KEY + "\"";

  static Stream<Arguments> golden() {
    return Stream.of(
        row(
            new AuditEvent.TokenIssued(
                WHERE,
                GRANT,
                TOKEN,
                SCOPE,
                Optional.of(KEY),
                "join_secret",
                "joined",
                Optional.empty(),
                AuthorizationDetails.NONE),
            "token_issued info grant jti",
            "{\"scope\":\"orders:read"
                + " orders:write\",\"attestation\":\"join_secret\",\"attestation_level\":\"joined\","
                + JKT
                + "}"),
        row(
            new AuditEvent.TokenIssued(
                WHERE,
                GRANT,
                TOKEN,
                SCOPE,
                Optional.empty(),
                "none",
                "none",
                Optional.of(Confirmation.of(KEY)),
                DETAILS),
            "token_issued info grant jti",
            "{\"scope\":\"orders:read"
                + " orders:write\",\"attestation\":\"none\",\"attestation_level\":\"none\",\"dpop_jkt\":\""
                + KEY
                + "\","
                + DETAILS_JSON
                + "}"),
        row(
            new AuditEvent.TokenRefreshed(WHERE, GRANT, TOKEN, SCOPE, 3, AuthorizationDetails.NONE),
            "token_refreshed info grant jti",
            "{\"scope\":\"orders:read orders:write\",\"generation\":3}"),
        row(
            new AuditEvent.RefreshRetried(WHERE, GRANT, TOKEN, SCOPE, 3, DETAILS),
            "refresh_retried info grant jti",
            "{\"scope\":\"orders:read orders:write\",\"generation\":3," + DETAILS_JSON + "}"),
        row(
            new AuditEvent.TokenExchanged(
                WHERE,
                GRANT,
                TOKEN,
                new Jti("subject"),
                SCOPE,
                List.of("https://a.example/", "https://b.example/"),
                "join_secret",
                "joined",
                Optional.of(Confirmation.of(KEY)),
                DETAILS),
            "token_exchanged info grant jti",
            "{\"subject_jti\":\"subject\",\"scope\":\"orders:read orders:write\","
                + "\"audience\":\"https://a.example/ https://b.example/\","
                + "\"attestation\":\"join_secret\",\"attestation_level\":\"joined\",\"dpop_jkt\":\""
                + KEY
                + "\","
                + DETAILS_JSON
                + "}"),
        row(
            new AuditEvent.ExchangeRefused(WHERE, GRANT, TOKEN, "grant_ended", false),
            "exchange_refused warning grant jti",
            "{\"because\":\"grant_ended\"}"),
        row(
            new AuditEvent.ExchangeRefused(WHERE, GRANT, TOKEN, "wrong_instance", true),
            "exchange_refused alert grant jti",
            "{\"because\":\"wrong_instance\"}"),
        row(
            new AuditEvent.TokenSigningFailed(WHERE, GRANT, TOKEN, "the HSM is down"),
            "token_signing_failed warning grant jti",
            "{\"because\":\"the HSM is down\"}"),
        row(
            new AuditEvent.TokenRefused(WHERE, OAuthError.INVALID_SCOPE, "too much"),
            "token_refused warning",
            "{\"error\":\"invalid_scope\",\"because\":\"too much\"}"),
        row(
            new AuditEvent.RefreshRefused(WHERE, GRANT, "late_duplicate", false),
            "refresh_refused warning grant",
            "{\"because\":\"late_duplicate\"}"),
        row(
            new AuditEvent.RefreshRefused(WHERE, GRANT, "wrong_instance", true),
            "refresh_refused alert grant",
            "{\"because\":\"wrong_instance\"}"),
        row(
            new AuditEvent.RefreshTokenReplayed(WHERE, GRANT, 1, 4),
            "refresh_token_replayed alert grant",
            "{\"presented_generation\":1,\"current_generation\":4}"),
        row(
            new AuditEvent.ClientAuthenticationFailed(
                WHERE, OAuthError.INVALID_CLIENT, "wrong secret"),
            "client_authentication_failed warning",
            "{\"error\":\"invalid_client\",\"because\":\"wrong secret\"}"),
        row(
            new AuditEvent.ProofReplayed(WHERE, "dpop"),
            "proof_replayed alert",
            "{\"kind\":\"dpop\"}"),
        row(
            new AuditEvent.InstanceJoined(WHERE, KEY, BY, "the pod"),
            "instance_joined info",
            "{" + JKT + BY_JSON + ",\"subject\":\"the pod\"}"),
        row(
            new AuditEvent.AttestationRenewed(WHERE, KEY, BY),
            "attestation_renewed info",
            "{" + JKT + BY_JSON + "}"),
        row(
            new AuditEvent.AttestationRefused(WHERE, OAuthError.USE_DPOP_NONCE, "stale"),
            "attestation_refused warning",
            "{\"error\":\"use_dpop_nonce\",\"because\":\"stale\"}"),
        row(
            new AuditEvent.InstanceRevoked(WHERE, KEY, "admin", "stolen", 2),
            "instance_revoked info",
            "{\"by\":\"admin\",\"reason\":\"stolen\"," + JKT + ",\"grants_ended\":2}"),
        row(
            new AuditEvent.AttestationRevoked(WHERE, "a1", "admin", "copied", 1),
            "attestation_revoked info",
            "{\"by\":\"admin\",\"reason\":\"copied\",\"attestation_jti\":\"a1\","
                + "\"grants_ended\":1}"),
        row(
            new AuditEvent.AttesterRevoked(WHERE, "mayfly", "prod", "admin", "broken into", 3),
            "attester_revoked alert",
            "{\"by\":\"admin\",\"reason\":\"broken into\",\"attester\":\"mayfly\","
                + "\"rule\":\"prod\",\"grants_ended\":3}"),
        row(
            new AuditEvent.AttesterRestored(WHERE, "mayfly", "", "admin", "rebuilt"),
            "attester_restored info",
            "{\"by\":\"admin\",\"reason\":\"rebuilt\",\"attester\":\"mayfly\"," + "\"rule\":\"\"}"),
        row(
            new AuditEvent.JoinSecretReused(WHERE, KEY, "another"),
            "join_secret_reused alert",
            "{" + JKT + ",\"first_used_by\":\"another\"}"),
        row(
            new AuditEvent.GrantRevoked(WHERE, GRANT, "admin", "stolen"),
            "grant_revoked info grant",
            "{\"by\":\"admin\",\"reason\":\"stolen\"}"),
        row(
            new AuditEvent.ClientStateChanged(WHERE, "active", "revoked", "admin", "stolen", 3),
            "client_state_changed info",
            "{\"by\":\"admin\",\"reason\":\"stolen\",\"from\":\"active\",\"to\":\"revoked\","
                + "\"grants_ended\":3}"),
        row(
            new AuditEvent.SecretIssued(WHERE, "admin", "planned", LATER, AT),
            "secret_issued info",
            "{\"by\":\"admin\",\"reason\":\"planned\",\"expires_at\":\"2026-11-22T12:00:00Z\","
                + "\"previous_valid_until\":\"2026-11-21T12:00:00.123Z\"}"),
        row(
            new AuditEvent.JoinSecretIssued(WHERE, "admin", "new host", LATER),
            "join_secret_issued info",
            "{\"by\":\"admin\",\"reason\":\"new host\",\"expires_at\":\"2026-11-22T12:00:00Z\"}"),
        row(
            new AuditEvent.SecretRevoked(WHERE, SECRET, "admin", "leaked", 2),
            "secret_revoked info",
            "{\"by\":\"admin\",\"reason\":\"leaked\"," + SECRET_JSON + ",\"grants_ended\":2}"),
        row(
            new AuditEvent.SecretExpiring(WHERE, SECRET, 14, LATER),
            "secret_expiring warning",
            "{" + SECRET_JSON + ",\"days\":14,\"expires_at\":\"2026-11-22T12:00:00Z\"}"),
        row(
            new AuditEvent.SecretRotationFinished(WHERE, "2026-11", SECRET, "admin", "due"),
            "secret_rotation_finished info",
            "{\"by\":\"admin\",\"reason\":\"due\",\"rotation_id\":\"2026-11\","
                + SECRET_JSON
                + "}"),
        row(
            new AuditEvent.MassRevocation(WHERE, "vendor", "Acme", "admin", "breach", 3, 7),
            "mass_revocation alert",
            "{\"by\":\"admin\",\"reason\":\"breach\",\"vendor\":\"Acme\",\"clients\":3,"
                + "\"grants_ended\":7}"),
        row(
            new AuditEvent.ClientRegistered(WHERE, "pending", "admin", "new tool", "{}"),
            "client_registered info",
            "{\"by\":\"admin\",\"reason\":\"new tool\",\"state\":\"pending\",\"document\":\"{}\"}"),
        row(
            new AuditEvent.ClientChanged(WHERE, 2, "admin", "less", "{\"a\":1}", "{}"),
            "client_changed info",
            "{\"by\":\"admin\",\"reason\":\"less\",\"revision\":2,\"before\":\"{\\\"a\\\":1}\","
                + "\"after\":\"{}\"}"),
        row(
            new AuditEvent.InitialAccessTokenIssued(
                WHERE, SECRET, "admin", "partner", 5, "{}", LATER),
            "initial_access_token_issued info",
            "{\"by\":\"admin\",\"reason\":\"partner\",\"token_id\":\"%s\",\"uses\":5,"
                    .formatted(SECRET)
                + "\"policy\":\"{}\",\"expires_at\":\"2026-11-22T12:00:00Z\"}"),
        row(
            new AuditEvent.InitialAccessTokenRevoked(WHERE, SECRET, "admin", "done"),
            "initial_access_token_revoked info",
            "{\"by\":\"admin\",\"reason\":\"done\",\"token_id\":\"%s\"}".formatted(SECRET)),
        row(
            new AuditEvent.RegistrationRefused(WHERE, "invalid_client_metadata", "scope"),
            "registration_refused warning",
            "{\"error\":\"invalid_client_metadata\",\"because\":\"scope\"}"),
        row(
            new AuditEvent.RealmApplied(WHERE, "start", 2, "added a; removed b"),
            "realm_applied info",
            "{\"by\":\"start\",\"changes\":2,\"summary\":\"added a; removed b\"}"),
        row(
            new AuditEvent.SigningKeyCreated(
                WHERE, "kid-1", "access_token", "mayfly", "ES256", LATER),
            "signing_key_created info",
            "{"
                + NAMED
                + ",\"token\":\"mayfly\",\"algorithm\":\"ES256\","
                + "\"signs_from\":\"2026-11-22T12:00:00Z\"}"),
        row(
            new AuditEvent.SigningKeyBroughtForward(
                WHERE, "kid-1", "access_token", "admin", "planned", LATER),
            "signing_key_brought_forward info",
            "{"
                + NAMED
                + ",\"by\":\"admin\",\"reason\":\"planned\","
                + "\"signs_from\":\"2026-11-22T12:00:00Z\"}"),
        row(
            new AuditEvent.SigningKeyDistrusted(
                WHERE, "kid-1", "access_token", "signing", "admin", "stolen"),
            "signing_key_distrusted alert",
            "{" + NAMED + ",\"by\":\"admin\",\"reason\":\"stolen\",\"state\":\"signing\"}"),
        row(
            new AuditEvent.SigningKeyDestroyed(
                WHERE, "kid-1", "access_token", "mayfly", "keeper", "distrusted"),
            "signing_key_destroyed info",
            "{" + NAMED + ",\"by\":\"keeper\",\"reason\":\"distrusted\",\"token\":\"mayfly\"}"),
        row(
            new AuditEvent.EpochBegun(WHERE, "admin", "restored", 2, 7, 4),
            "epoch_begun alert",
            "{\"by\":\"admin\",\"reason\":\"restored\",\"epoch\":2,\"grants_ended\":7,"
                + "\"keys_distrusted\":4}"),
        row(
            new AuditEvent.RequestDenied(WHERE, GRANT, TOKEN, "no_route", "GET /v1/admin", false),
            "request_denied warning grant jti",
            "{\"reason\":\"no_route\",\"request\":\"GET /v1/admin\"}"),
        row(
            new AuditEvent.RequestDenied(WHERE, GRANT, TOKEN, "token_spent", "POST /v1/x", true),
            "request_denied alert grant jti",
            "{\"reason\":\"token_spent\",\"request\":\"POST /v1/x\"}"),
        row(
            new AuditEvent.RequestObserved(WHERE, GRANT, TOKEN, "outside_hours", "GET /v1/x"),
            "request_observed warning grant jti",
            "{\"reason\":\"outside_hours\",\"request\":\"GET /v1/x\"}"),
        row(
            new AuditEvent.QuotaExceeded(WHERE, "check", "client", "600 in 1m", 17),
            "quota_exceeded warning",
            "{\"door\":\"check\",\"policy\":\"client\",\"quota\":\"600 in 1m\",\"refused\":17}"),
        row(
            approval(AuditEvent.ApprovalChanged.Step.PROPOSED),
            "approval_changed info",
            "{\"by\":\"ann\",\"reason\":\"r\",\"approval_id\":\"00000000-0000-0000-0000-000000000001\","
                + "\"kind\":\"client_resume\",\"step\":\"proposed\",\"summary\":\"resume bot\","
                + "\"digest\":\"d\"}"),
        row(
            approval(AuditEvent.ApprovalChanged.Step.REJECTED),
            "approval_changed warning",
            "{\"by\":\"ann\",\"reason\":\"r\",\"approval_id\":\"00000000-0000-0000-0000-000000000001\","
                + "\"kind\":\"client_resume\",\"step\":\"rejected\",\"summary\":\"resume bot\","
                + "\"digest\":\"d\"}"),
        row(
            new AuditEvent.EventStreamChanged(WHERE, "s-1", "created", "enabled", "push"),
            "event_stream_changed info",
            "{\"stream\":\"s-1\",\"change\":\"created\",\"status\":\"enabled\",\"delivery\":\"push\"}"),
        row(
            new AuditEvent.SecurityEventRefused(
                WHERE, "s-1", "e-1", "session-revoked", "invalid_audience", "not mine"),
            "security_event_refused warning",
            "{\"stream\":\"s-1\",\"event\":\"e-1\",\"type\":\"session-revoked\","
                + "\"error\":\"invalid_audience\",\"description\":\"not mine\"}"),
        row(
            new AuditEvent.AdminRefused(WHERE, 401, "nobody", "GET /admin/api/realms", 17),
            "admin_refused warning",
            "{\"status\":401,\"by\":\"nobody\",\"request\":\"GET /admin/api/realms\",\"refused\":17}"),
        row(new AuditEvent.HealthProbed(WHERE), "health_probed info", "{}"),
        row(
            new AuditEvent.OfAdmin(new AdminEvent.SignedIn(WHERE, "ann", "passkey", "s-1")),
            "admin_signed_in info",
            "{\"admin\":\"ann\",\"method\":\"passkey\",\"session\":\"s-1\"}"));
  }

  private static AuditEvent approval(AuditEvent.ApprovalChanged.Step step) {
    return new AuditEvent.ApprovalChanged(
        WHERE, new UUID(0, 1), "client_resume", step, "resume bot", "d", "ann", "r");
  }

  private static final String BY_ROOT = ",\"by\":\"root\",\"reason\":\"new here\"";

  /// Each an [AuditEvent.OfAdmin].
  static Stream<Arguments> ofAdmins() {
    return Stream.of(
        admin(
            new AdminEvent.SignedIn(WHERE, "ann", "totp", "s-1"),
            "admin_signed_in info",
            ",\"method\":\"totp\",\"session\":\"s-1\""),
        admin(
            new AdminEvent.SignInFailed(WHERE, "ann", "passkey_wrong", false),
            "admin_sign_in_failed warning",
            ",\"because\":\"passkey_wrong\""),
        admin(
            new AdminEvent.SignInFailed(WHERE, "ann", "sign_count_regressed", true),
            "admin_sign_in_failed alert",
            ",\"because\":\"sign_count_regressed\""),
        admin(
            new AdminEvent.SteppedUp(WHERE, "ann", "passkey", "s-1"),
            "admin_stepped_up info",
            ",\"method\":\"passkey\",\"session\":\"s-1\""),
        admin(
            new AdminEvent.SignedOut(WHERE, "ann", "s-1"),
            "admin_signed_out info",
            ",\"session\":\"s-1\""),
        admin(
            new AdminEvent.Invited(WHERE, "ann", "*=auditor", "root", "new here", LATER),
            "admin_invited info",
            BY_ROOT + ",\"roles\":\"*=auditor\",\"expires_at\":\"" + LATER + "\""),
        admin(
            new AdminEvent.RolesChanged(WHERE, "ann", "*=auditor", "*=root", "root", "new here"),
            "admin_roles_changed info",
            BY_ROOT + ",\"from\":\"*=auditor\",\"to\":\"*=root\""),
        admin(
            new AdminEvent.StateChanged(WHERE, "ann", "active", "removed", "root", "new here"),
            "admin_state_changed info",
            BY_ROOT + ",\"from\":\"active\",\"to\":\"removed\""),
        admin(
            new AdminEvent.AuthenticatorAdded(WHERE, "ann", "passkey", "phone"),
            "admin_authenticator_added info",
            ",\"kind\":\"passkey\",\"name\":\"phone\""),
        admin(
            new AdminEvent.AuthenticatorRemoved(WHERE, "ann", "totp", "app", "root", "new here"),
            "admin_authenticator_removed info",
            BY_ROOT + ",\"kind\":\"totp\",\"name\":\"app\""),
        admin(new AdminEvent.RecoveryCodesMade(WHERE, "ann"), "admin_recovery_codes_made info", ""),
        admin(
            new AdminEvent.RecoveryCodeUsed(WHERE, "ann", 9),
            "admin_recovery_code_used alert",
            ",\"left\":9"),
        admin(
            new AdminEvent.TerminalConfirmed(WHERE, "ann", "ann@desk", "192.0.2.9"),
            "admin_terminal_confirmed info",
            ",\"terminal\":\"ann@desk\",\"from\":\"192.0.2.9\""),
        admin(
            new AdminEvent.TerminalRefused(WHERE, "ann", "ann@desk", "192.0.2.9"),
            "admin_terminal_refused alert",
            ",\"terminal\":\"ann@desk\",\"from\":\"192.0.2.9\""),
        admin(
            new AdminEvent.MachineAdded(
                WHERE, "ann", "a=operator", "k-1", "GET /realms", "root", "new here"),
            "admin_machine_added info",
            BY_ROOT + ",\"roles\":\"a=operator\",\"keys\":\"k-1\",\"may\":\"GET /realms\""),
        admin(
            new AdminEvent.MachineKeysChanged(WHERE, "ann", "k-2", "root", "new here"),
            "admin_machine_keys_changed info",
            BY_ROOT + ",\"keys\":\"k-2\""));
  }

  private static Arguments admin(AdminEvent event, String columns, String rest) {
    return Arguments.of(event, columns, "{\"admin\":\"ann\"" + rest + "}");
  }

  @ParameterizedTest
  @MethodSource("ofAdmins")
  void whatConcernsAdminsIsWrittenLikeThis(AdminEvent event, String columns, String detail) {
    isWrittenLikeThis(new AuditEvent.OfAdmin(event), columns, detail);
  }

  @Test
  void everyKindOfAdminEventIsShownAbove() {
    Set<Class<?>> shown =
        ofAdmins().map(row -> row.get()[0].getClass()).collect(Collectors.toUnmodifiableSet());
    assertEquals(
        Arrays.stream(AdminEvent.class.getPermittedSubclasses())
            .collect(Collectors.toUnmodifiableSet()),
        shown);
  }

  private static Arguments row(AuditEvent event, String columns, String detail) {
    return Arguments.of(event, columns, detail);
  }

  /// `columns`: event and severity, and which of the columns grant_id and jti are filled.
  @ParameterizedTest
  @MethodSource("golden")
  void isWrittenLikeThis(AuditEvent event, String columns, String detail) {
    AuditRecord record = AuditRecord.of(event);
    List<String> expected = List.of(columns.split(" "));
    assertEquals(expected.get(0), record.event());
    assertEquals(expected.get(1), record.severity().code());
    assertEquals(
        expected.contains("grant") ? Optional.of(GRANT) : Optional.empty(), record.grant());
    assertEquals(expected.contains("jti") ? Optional.of(TOKEN) : Optional.empty(), record.jti());
    assertEquals(detail, record.detail());
    assertEquals(WHERE, record.context());
  }

  @Test
  void everyKindOfEventIsShownAbove() {
    Set<Class<?>> shown =
        golden().map(row -> row.get()[0].getClass()).collect(Collectors.toUnmodifiableSet());
    assertEquals(
        Arrays.stream(AuditEvent.class.getPermittedSubclasses())
            .collect(Collectors.toUnmodifiableSet()),
        shown);
  }

  @Test
  void aTextCannotBreakOutOfItsJson() {
    String detail =
        AuditRecord.of(new AuditEvent.GrantRevoked(WHERE, GRANT, "admin", "\",\"by\":\"x\n"))
            .detail();
    assertEquals("{\"by\":\"admin\",\"reason\":\"\\\",\\\"by\\\":\\\"x\\n\"}", detail);
    assertFalse(detail.contains("\n"));
  }
}
