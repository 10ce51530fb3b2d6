package dev.mayfly.admin;

import static dev.mayfly.admin.Shape.anyText;
import static dev.mayfly.admin.Shape.free;
import static dev.mayfly.admin.Shape.listOf;
import static dev.mayfly.admin.Shape.member;
import static dev.mayfly.admin.Shape.moment;
import static dev.mayfly.admin.Shape.number;
import static dev.mayfly.admin.Shape.object;
import static dev.mayfly.admin.Shape.text;
import static dev.mayfly.admin.Shape.texts;
import static dev.mayfly.admin.Shape.truth;
import static dev.mayfly.admin.Shape.word;

import dev.mayfly.admin.Shape.Member;
import dev.mayfly.admin.Shape.Members;
import dev.mayfly.admin.Shape.Named;

/// The shapes that more than one row tells; what the views of this room make.
final class AdminShapes {
  private AdminShapes() {}

  /// 1 to 500 printable characters.
  static final Member REASON = text("reason");

  /// Of one thing in a list, for `If-Match` of an act on it.
  static final Member ETAG = text("etag");

  static final Member DRY_RUN = truth("dry_run").optional();

  /// Where the next page begins; the `Link` header says it too.
  static final Member AFTER = text("after").optional();

  static final Member LIMIT = number("limit").optional();

  /// RFC 9457. `answer`: of an act that was done under an idempotency key, without what was shown
  /// only once.
  static final Named PROBLEM =
      new Named(
          "Problem",
          object(
              text("type"),
              text("title"),
              number("status"),
              text("detail"),
              member("answer", free()).optional()));

  static final Named ROLES = new Named("Roles", new Shape.Keyed(role()));

  private static Shape role() {
    return word("role", "auditor", "operator", "security_admin", "root").shape();
  }

  private static final Named PASSKEY =
      new Named(
          "Passkey",
          object(
              text("id"),
              text("name"),
              truth("synced"),
              moment("created_at"),
              moment("last_used_at").nullable()));

  /// `keys`: thumbprints, separated by blanks.
  private static final Named MACHINE =
      new Named(
          "Machine",
          object(text("keys"), word("by", "private_key_jwt", "certificate"), texts("may")));

  static final Named ACCOUNT =
      new Named(
          "Account",
          object(
              text("name"),
              word("state", "invited", "active", "suspended", "removed"),
              member("roles", ROLES),
              moment("created_at"),
              text("created_by"),
              moment("signed_in_at").nullable(),
              member("passkeys", listOf(PASSKEY)),
              moment("totp_since").nullable(),
              number("recovery_codes_left"),
              member("machine", MACHINE).optional()));

  private static final Named SESSION =
      new Named(
          "Session",
          object(
              word(
                  "method",
                  "passkey",
                  "totp",
                  "recovery_code",
                  "terminal",
                  "machine_key",
                  "machine_certificate"),
              truth("recovering").optional(),
              text("address"),
              moment("started_at"),
              moment("ends_at"),
              moment("idle_ends_at"),
              moment("fresh_until").optional()));

  /// Of the host's owner only name and roles: there is no session.
  static final Members ME =
      object(
          text("name"),
          member("roles", ROLES),
          member("session", SESSION).optional(),
          member("passkeys", listOf(PASSKEY)).optional(),
          moment("totp_since").nullable().optional(),
          number("recovery_codes_left").optional(),
          member("machine", MACHINE).optional(),
          text("csrf").optional());

  static final Members TOLD =
      object(texts("recovery_codes").shownOnce(), text("login_secret").shownOnce());

  static final Members LINK = object(text("link").shownOnce(), moment("expires_at"));

  static final Named INSTANCE =
      new Named(
          "Instance",
          object(
              text("jkt"),
              text("attester"),
              text("rule"),
              text("attestation"),
              text("attestation_level"),
              text("subject"),
              text("address"),
              moment("evidence_at"),
              moment("attested_at"),
              ETAG));

  private static final Member STATE =
      word("state", "pending", "active", "suspended", "removed", "revoked");

  private static final Member ORIGIN = word("origin", "realm_file", "registered");

  /// Of one that its realm does not allow any more there is no configuration, and `allowed` is
  /// false.
  private static final Members CLIENT =
      object(
          text("client_id"),
          word("kind", "client", "resource_server"),
          STATE,
          ORIGIN,
          truth("allowed").optional(),
          word("attestation", "required", "none").optional(),
          texts("scopes").optional(),
          texts("token_endpoint_auth_methods").optional(),
          number("secrets").optional(),
          number("grants").optional(),
          text("vendor").optional(),
          moment("last_used_at").nullable().optional());

  static final Named CLIENT_IN_LIST =
      new Named("Client", Shape.with(CLIENT, text("description").optional()));

  static final Named CLIENT_IN_DETAIL =
      new Named(
          "ClientInDetail",
          Shape.with(
              CLIENT,
              texts("networks").optional(),
              texts("countries").optional(),
              moment("secret_expires_at").optional(),
              member(
                      "live_secrets",
                      listOf(
                          object(
                              text("secret_id"),
                              moment("created_at"),
                              number("age_days"),
                              moment("expires_at"),
                              number("days_left"))))
                  .optional(),
              text("secrets_etag").optional(),
              member("instances", listOf(INSTANCE)).optional(),
              text("state_reason"),
              moment("state_at"),
              member("client", free()).optional()));

  /// What became of a client's standing.
  static final Members STANDING =
      object(text("client_id"), STATE, number("grants_ended").optional());

  static final Members REGISTERED =
      object(
          text("client_id"),
          STATE,
          text("client_secret").shownOnce().optional(),
          moment("expires_at").optional(),
          member("client", free()));

  static final Members DOCUMENT = object(text("client_id"), member("client", free()));

  /// What an end took with it, or would.
  static final Members TOLL =
      object(
          number("clients"),
          number("grants_ended"),
          number("refresh_tokens"),
          number("access_tokens"));

  static final Members PREVIEW = Shape.with(TOLL, truth("dry_run"));

  static final Named GRANT =
      new Named(
          "Grant",
          object(
              text("grant_id"),
              text("client_id"),
              text("scope"),
              text("attestation"),
              text("attestation_level"),
              member("authorization_details", listOf(free())).optional(),
              text("attestation_rule").optional(),
              text("attestation_jti").optional(),
              text("instance_jkt").optional(),
              text("dpop_jkt").optional(),
              text("certificate_x5t").optional(),
              moment("created_at"),
              moment("ends_at"),
              number("refresh_generation").optional(),
              moment("refresh_expires_at").optional(),
              text("address"),
              text("country").optional(),
              text("attestation_etag").optional(),
              ETAG));

  static final Members SECRET =
      object(
          text("client_id"),
          text("client_secret").shownOnce(),
          moment("expires_at"),
          moment("previous_valid_until"));

  static final Members ROTATION =
      object(
          text("client_id"),
          text("rotation_id"),
          word("step", "begun", "under_way", "finished"),
          text("secret_id"),
          text("client_secret").shownOnce().optional(),
          moment("expires_at").optional(),
          moment("previous_valid_until").optional());

  private static final Members INITIAL =
      object(
          text("token_id"),
          number("uses_left"),
          text("policy"),
          text("created_by"),
          text("reason"),
          moment("created_at"),
          moment("expires_at"),
          ETAG,
          truth("good"));

  static final Named INITIAL_ACCESS_TOKEN = new Named("InitialAccessToken", INITIAL);

  static final Members NEW_INITIAL_ACCESS_TOKEN =
      Shape.with(INITIAL, text("initial_access_token").shownOnce());

  static final Named KEY =
      new Named(
          "Key",
          object(
              text("kid"),
              text("realm"),
              text("purpose"),
              text("token"),
              text("algorithm"),
              word(
                  "state",
                  "announced",
                  "signing",
                  "verify_only",
                  "expired",
                  "distrusted",
                  "destroyed"),
              moment("created_at"),
              moment("signs_from"),
              moment("verifies_until").nullable(),
              moment("distrusted_at").nullable(),
              moment("destroyed_at").nullable(),
              number("age_days"),
              ETAG,
              moment("next_rollover_at").nullable()));

  static final Shape MOVED_KEYS = listOf(object(text("kid"), moment("signs_from")));

  private static final Named AUDIT_ROW =
      new Named(
          "AuditRow",
          object(
              text("event_id"),
              number("place"),
              moment("at").optional(),
              text("realm").optional(),
              text("event").optional(),
              text("severity").optional(),
              text("client_id").nullable().optional(),
              text("grant_id").nullable().optional(),
              text("jti").nullable().optional(),
              text("request_id").optional(),
              text("address").optional(),
              text("country").nullable().optional(),
              member("detail", free()).optional(),
              truth("unreadable").optional()));

  static final Members AUDIT_PAGE =
      object(member("rows", listOf(AUDIT_ROW)), text("after").nullable());

  static final Members CHANGES =
      object(
          member(
              "changes",
              listOf(
                  object(
                      text("realm"),
                      word("action", "add", "change", "remove"),
                      text("field"),
                      text("from"),
                      text("to")))),
          texts("warnings"));

  static final Members OF_APPROVAL =
      object(
          text("approval_id"),
          text("realm"),
          word("kind", "client_resume", "scope_widening", "key_compromise"),
          word("state", "pending", "approved", "rejected", "done", "failed"),
          text("summary"),
          text("digest"),
          text("proposed_by"),
          text("reason"),
          moment("proposed_at"),
          moment("expires_at"),
          ETAG,
          text("decided_by").optional(),
          text("decided_why").optional(),
          moment("decided_at").optional(),
          text("outcome").optional());

  static final Named APPROVAL = new Named("Approval", OF_APPROVAL);

  static final Member FILES = member("files", new Shape.Keyed(anyText()));
}
