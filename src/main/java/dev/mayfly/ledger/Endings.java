package dev.mayfly.ledger;

/// Ends grants, many in one statement. What triggers say of one grant that is ended it says of all:
/// replicas learn of it, and whoever listens. Called row by row, the triggers took longer than all
/// the rest.
final class Endings {
  /// SQL, always true. Tells the triggers of this transaction to stand back.
  static final String TOGETHER = "set_config('mayfly.together', 'on', true) = 'on'";

  /// Whether anybody may have to hear of it.
  private static final String HEARD =
      "exists (select from event_streams where status <> 'disabled')";

  private Endings() {}

  /// SQL without its last part, a `select` from `ended`. `which`: SQL over `grants`. Named values
  /// beside those of `which`: `now`, `reason`.
  ///
  /// Every row is asked to tell the triggers, so that they know before the first of them looks.
  static String of(String which) {
    return ended(which)
        + " returning grant_id, client_key, client_id, realm, audience, dead_after,"
        + " refresh_expires_at, rotated_at), noted as (insert into revocations (grant_id,"
        + " dead_after) select grant_id, dead_after from ended on conflict (grant_id) do nothing),"
        + " queued as ("
        + queue("ended")
        + ")";
  }

  /// Where all of them are live and held. Answers how many they are, and whether they have to be
  /// queued: streams are joined only where there are any.
  static String held(String which) {
    return ended(which)
        + " returning grant_id, dead_after), noted as (insert into revocations (grant_id,"
        + " dead_after) select grant_id, dead_after from ended) select count(*), "
        + HEARD
        + " from ended";
  }

  /// SQL. `grants`: which of them have ended, with their columns.
  static String queue(String grants) {
    return "insert into security_events (stream_id, event, client_id, grant_id, reason,"
        + " extra, occurred_at) select s.stream_id, 'session-revoked', e.client_id, e.grant_id,"
        + " :reason, '', :now from "
        + grants
        + " as e join event_streams as s on s.realm = e.realm and"
        + " s.status <> 'disabled' and 'session-revoked' = any (string_to_array(s.delivered, ' '))"
        + " and string_to_array(s.audiences, ' ') && string_to_array(e.audience, ' ')";
  }

  private static String ended(String which) {
    return "with ended as (" + update(TOGETHER + " and (" + which + ")");
  }

  /// SQL, without any of the rest.
  static String update(String which) {
    return "update grants set revoked_at = :now, revoke_reason = :reason, revision = revision + 1"
        + " where "
        + which;
  }
}
