package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// What an act is about, as far as its admin must have seen it: by what names, which rows are held
/// while it is compared, and what of them counts. What moves by itself does not count: a grant that
/// was refreshed is the grant that was seen, and the same clients with newer tokens are the same.
/// `hold`: SQL that takes rows in the order in which everybody takes them; empty where the act
/// itself holds them before. `state`: SQL with one text.
public record Versioned(List<String> names, String hold, String state, Map<String, Object> values) {
  /// Of something that ends once: it is there, or it is over.
  private static final String THERE = "there";

  private static final String OVER = "over";
  private static final String IS_THERE =
      "select case when exists (%s) then '" + THERE + "' else '" + OVER + "' end";

  private static final String CLIENT =
      "select client_key from clients where client_key = :key order by client_key for update";

  public Versioned {
    names = List.copyOf(names);
    values = Map.copyOf(values);
  }

  /// The secrets of a client that are in force at this moment.
  public static Versioned secrets(RealmName realm, ClientId client, Instant now) {
    return new Versioned(
        List.of("secrets", realm.value(), client.value()),
        CLIENT,
        "select coalesce(string_agg(cast(secret_id as text), ' ' order by secret_id), '') from"
            + " client_secrets where client_key = :key and expires_at > :at",
        Map.of("key", ClientRow.key(realm, client), "at", now));
  }

  public static Versioned instance(RealmName realm, ClientId client, JwkThumbprint jkt) {
    return new Versioned(
        List.of("instance", realm.value(), client.value(), jkt.value()),
        CLIENT,
        IS_THERE.formatted("select from instances where client_key = :key and jkt = :jkt"),
        Map.of("key", ClientRow.key(realm, client), "jkt", jkt.value()));
  }

  /// Whether it was ours, or counts only as what grants stand on.
  public static Versioned attestation(RealmName realm, String jti) {
    return new Versioned(
        List.of("attestation", realm.value(), jti),
        "select client_key from clients where client_key in (select client_key from attestations"
            + " where realm = :realm and jti = :jti union all select client_key from grants where"
            + " realm = :realm and attestation_jti = :jti) order by client_key for update",
        IS_THERE.formatted(
            "select from attestations where realm = :realm and jti = :jti and revoked_at is null"
                + " union all select from grants where realm = :realm and attestation_jti = :jti"
                + " and revoked_at is null"),
        Map.of("realm", realm.value(), "jti", jti));
  }

  /// With all of its rules.
  public static Versioned attester(RealmName realm, String attester) {
    return new Versioned(
        List.of("attester", realm.value(), attester),
        "select realm from realms where realm = :realm for update",
        "select coalesce(string_agg(rule || ' ' || revoked_at, ',' order by rule), '') from"
            + " attester_revocations where realm = :realm and attester = :attester",
        Map.of("realm", realm.value(), "attester", attester));
  }

  public static Versioned initialToken(RealmName realm, UUID token) {
    return new Versioned(
        List.of("initial_access_token", realm.value(), token.toString()),
        "select cast(token_id as text) from initial_access_tokens where token_id = :token and realm"
            + " = :realm for update",
        IS_THERE.formatted(
            "select from initial_access_tokens where token_id = :token and realm = :realm and"
                + " uses_left > 0"),
        Map.of("realm", realm.value(), "token", token));
  }

  public static Versioned approval(UUID approval) {
    return new Versioned(
        List.of("approval", approval.toString()),
        "select state from approvals where approval_id = :approval for update",
        "select coalesce((select state from approvals where approval_id = :approval), '')",
        Map.of("approval", approval));
  }

  /// Whoever is reached by an act on many: as long as these are the same, it is the same act.
  public static Versioned reached(RealmName realm, Revocable what, Instant now) {
    Map<String, Object> values = new HashMap<>(what.values(realm));
    String clients =
        switch (what) {
          case Revocable.Vendor _ -> "select client_key from clients where " + what.clients();
          case Revocable.Since _ -> {
            values.put("now", now);
            yield "select distinct client_key from grants where ("
                + what.grants()
                + ") and "
                + MassRevocations.LIVE;
          }
          case Revocable.Client _, Revocable.OneGrant _, Revocable.Instance _, Revocable.Secret _ ->
              throw new IllegalArgumentException("one thing has a version of its own");
        };
    return new Versioned(
        List.of("reached", realm.value(), what.toString()),
        "",
        // Whatever their order is; no list of ten thousand is made.
        "select count(*) || ' ' || coalesce(sum(hashtextextended(client_key, 0)), 0) from ("
            + clients
            + ") as c",
        values);
  }

  /// Acts on one go through the ledger, which compares it as it holds the row.
  public static Versioned grant(RealmName realm, GrantId grant) {
    return new Versioned(
        List.of("grant", realm.value(), grant.toString()),
        "",
        IS_THERE.formatted(
            "select from grants where grant_id = :grant and realm = :realm and revoked_at is null"),
        Map.of("grant", grant.value(), "realm", realm.value()));
  }

  /// Of one that is seen, and so is there.
  public EntityTag there() {
    return as(true);
  }

  public EntityTag as(boolean there) {
    return as(there ? THERE : OVER);
  }

  /// Where `state` would say this.
  public EntityTag as(String now) {
    List<String> parts = new ArrayList<>(names);
    parts.add(now);
    return EntityTag.of(parts);
  }
}
