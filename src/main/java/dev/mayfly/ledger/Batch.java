package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Outcome.Refusal;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.OAuthError;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// One transaction over some entries, behind the claim of their replay marks: lock the clients
/// (shared) and the grants (exclusive), decide, write. Each entry gets its own outcome.
final class Batch {
  private static final String LOCK_CLIENTS =
      "select "
          + ClientRow.COLUMNS
          + " from clients where client_key = any(string_to_array(:keys, ' '))"
          + " order by client_key for share";
  private static final String LOCK_GRANTS =
      "select * from grants where grant_id = any(cast(string_to_array(:ids, ' ') as uuid[]))"
          + " order by grant_id for update";

  private final Mutiny.StatelessSession session;
  private final List<Entry> entries;
  private final Clock clock;

  /// Taken once the locks are held: what waited too long is judged as late as it is.
  private Instant now;

  /// Marks of these entries that were free, and are theirs.
  private final Set<UUID> claimed;

  /// Active ones, and how many of their attestations were revoked.
  private final Map<String, Long> activeClients = new HashMap<>();
  private final Map<UUID, GrantRow> grants = new HashMap<>();
  private final List<AuditEvent> events = new ArrayList<>();
  private final List<GrantRow> opened = new ArrayList<>();
  private final List<AuditRow> audited = new ArrayList<>();
  private final List<TokenStatusRow> statuses = new ArrayList<>();
  private final List<Object> updates = new ArrayList<>();
  private final Endings endings = new Endings();
  private final List<GrantId> revoked = new ArrayList<>();

  Batch(Mutiny.StatelessSession session, List<Entry> entries, Set<UUID> claimed, Clock clock) {
    this.session = session;
    this.entries = entries;
    this.claimed = Set.copyOf(claimed);
    this.clock = clock;
    this.now = clock.instant();
  }

  /// What a batch did: an outcome for each entry, and what stands in the audit trail of it.
  /// `revoked`: the grants that it ended.
  record Done(List<Outcome> outcomes, List<AuditEvent> events, List<GrantId> revoked) {
    Done {
      revoked = List.copyOf(revoked);
      outcomes = List.copyOf(outcomes);
      events = List.copyOf(events);
    }
  }

  /// One entry could not be decided upon; that says nothing of the others in its batch.
  static final class UndecidableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private UndecidableException(RuntimeException cause) {
      super("an entry of the ledger cannot be decided upon", cause);
    }
  }

  Uni<Done> run() {
    return lockClients().chain(this::lockGrants).chain(this::decideAll);
  }

  private Uni<Void> lockClients() {
    TreeSet<String> keys = new TreeSet<>();
    for (Entry entry : entries) {
      switch (entry) {
        case Entry.OpenGrant open ->
            keys.add(ClientRow.key(open.grant().realm(), open.grant().client()));
        case Entry.SpendRefreshToken spend ->
            keys.add(ClientRow.key(spend.context().realm(), spend.client()));
        case Entry.ExchangeToken exchange ->
            keys.add(ClientRow.key(exchange.context().realm(), exchange.client()));
        case Entry.RevokeGrant _, Entry.ClaimProofs _, Entry.Note _ -> {}
      }
    }
    if (keys.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    return session
        .createNativeQuery(LOCK_CLIENTS, ClientRow.class)
        .setParameter("keys", String.join(" ", keys))
        .getResultList()
        .invoke(this::keepActive)
        .replaceWithVoid();
  }

  private void keepActive(List<ClientRow> rows) {
    for (ClientRow row : rows) {
      if (row.state.equals("active")) {
        activeClients.put(row.clientKey, row.revocations);
      }
    }
  }

  private Uni<Void> lockGrants() {
    TreeSet<String> ids = new TreeSet<>();
    for (Entry entry : entries) {
      switch (entry) {
        case Entry.SpendRefreshToken spend -> ids.add(spend.grant().toString());
        case Entry.ExchangeToken exchange -> ids.add(exchange.grant().toString());
        case Entry.RevokeGrant revoke -> ids.add(revoke.grant().toString());
        case Entry.OpenGrant _, Entry.ClaimProofs _, Entry.Note _ -> {}
      }
    }
    if (ids.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    return session
        .createNativeQuery(LOCK_GRANTS, GrantRow.class)
        .setParameter("ids", String.join(" ", ids))
        .getResultList()
        .invoke(rows -> rows.forEach(row -> grants.put(row.grantId, row)))
        .replaceWithVoid();
  }

  private Uni<Done> decideAll() {
    now = clock.instant();
    List<Outcome> outcomes = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      try {
        outcomes.add(decide(entry));
      } catch (RuntimeException unreadable) { // a row that holds what we never write
        return Uni.createFrom().failure(new UndecidableException(unreadable));
      }
    }
    return write().replaceWith(() -> new Done(outcomes, events, revoked));
  }

  private Uni<Void> write() {
    Uni<Void> updated =
        updates.isEmpty()
            ? endings.run(session, now)
            : session.updateAll(updates.toArray()).chain(() -> endings.run(session, now));
    // Table by table: only rows of one statement go to the database together.
    List<Object> inserts = new ArrayList<>(opened);
    inserts.addAll(audited);
    inserts.addAll(statuses);
    return inserts.isEmpty() ? updated : updated.chain(() -> session.insertAll(inserts.toArray()));
  }

  private Outcome decide(Entry entry) {
    for (ReplayMark mark : entry.marks()) {
      if (!claimed.contains(mark.digest())) {
        audit(new AuditEvent.ProofReplayed(entry.context(), mark.kind()));
        return refused(spent(mark, Refusal.PROOF_REPLAYED));
      }
      if (!now.isBefore(mark.expiresAt())) {
        // Its mark may be purged already: a second use could not be told from this one.
        audit(
            new AuditEvent.ClientAuthenticationFailed(
                entry.context(), OAuthError.INVALID_CLIENT, mark.kind() + " waited too long"));
        return refused(spent(mark, Refusal.PROOF_TOO_OLD));
      }
    }
    return switch (entry) {
      case Entry.OpenGrant open -> open(open);
      case Entry.SpendRefreshToken spend -> spend(spend);
      case Entry.ExchangeToken exchange -> exchange(exchange);
      case Entry.RevokeGrant revoke -> revoke(revoke);
      case Entry.ClaimProofs _ -> new Outcome.Noted();
      case Entry.Note note -> {
        audit(note.event());
        yield new Outcome.Noted();
      }
    };
  }

  private static Refusal spent(ReplayMark mark, Refusal otherwise) {
    return mark.kind().equals(ReplayMark.DPOP) ? Refusal.DPOP_PROOF_SPENT : otherwise;
  }

  private Outcome open(Entry.OpenGrant open) {
    Grant grant = open.grant();
    Long revocations = activeClients.get(ClientRow.key(grant.realm(), grant.client()));
    if (revocations == null) {
      return clientNotActive(open);
    }
    if (revocations > open.revocationsSeen()) {
      return viewIsStale(open);
    }
    opened.add(GrantRow.of(grant, open.accessExpiresAt()));
    audit(
        new AuditEvent.TokenIssued(
            open.context(),
            grant.id(),
            open.jti(),
            grant.scope(),
            grant.instance(),
            grant.attestation().kind(),
            grant.attestation().level(),
            grant.confirmation(),
            grant.details()));
    return new Outcome.Recorded(grant, grant.access());
  }

  private Outcome spend(Entry.SpendRefreshToken spend) {
    Long revocations = activeClients.get(ClientRow.key(spend.context().realm(), spend.client()));
    if (revocations == null) {
      return clientNotActive(spend);
    }
    if (revocations > spend.revocationsSeen()) {
      return viewIsStale(spend);
    }
    GrantRow row = lockedGrant(spend.grant(), spend.context().realm().value());
    if (row == null) {
      return refuseRefresh(spend, Refusal.GRANT_UNKNOWN, false);
    }
    return switch (RefreshDecision.decide(row.toGrant(), spend, now)) {
      case RefreshDecision.Rotate rotate -> {
        row.advance(rotate.successor(), spend.accessExpiresAt());
        row.attestedBy(spend.attestation());
        updates.add(row);
        audit(
            new AuditEvent.TokenRefreshed(
                spend.context(),
                spend.grant(),
                spend.jti(),
                rotate.access().scope(),
                row.generation,
                rotate.access().details()));
        yield new Outcome.Recorded(row.toGrant(), rotate.access());
      }
      case RefreshDecision.Repeat repeat -> {
        row.keepUntil(spend.accessExpiresAt());
        row.attestedBy(spend.attestation());
        updates.add(row);
        audit(
            new AuditEvent.RefreshRetried(
                spend.context(),
                spend.grant(),
                spend.jti(),
                repeat.access().scope(),
                row.generation,
                repeat.access().details()));
        yield new Outcome.Recorded(row.toGrant(), repeat.access());
      }
      case RefreshDecision.EndGrant end -> {
        end(spend.grant(), "a spent refresh token was presented");
        audit(
            new AuditEvent.RefreshTokenReplayed(
                spend.context(), spend.grant(), spend.presented(), end.currentGeneration()));
        yield refused(Refusal.REFRESH_TOKEN_REPLAYED);
      }
      case RefreshDecision.Refuse refuse ->
          refuseRefresh(spend, refuse.refusal(), refuse.suspicious());
    };
  }

  private Outcome exchange(Entry.ExchangeToken exchange) {
    Long revocations =
        activeClients.get(ClientRow.key(exchange.context().realm(), exchange.client()));
    if (revocations == null) {
      return clientNotActive(exchange);
    }
    if (revocations > exchange.revocationsSeen()) {
      return viewIsStale(exchange);
    }
    GrantRow row = lockedGrant(exchange.grant(), exchange.context().realm().value());
    Optional<Refusal> objection =
        row == null
            ? Optional.of(Refusal.GRANT_UNKNOWN)
            : ExchangeDecision.objection(row.toGrant(), exchange, now);
    if (objection.isPresent()) {
      audit(ExchangeDecision.refused(exchange, objection.get()));
      return refused(objection.get());
    }
    // No need to keep the row for longer: the new token ends with the subject at the latest.
    row.attestedBy(exchange.attestation());
    updates.add(row);
    audit(ExchangeDecision.exchanged(exchange));
    return new Outcome.Recorded(row.toGrant(), exchange.access());
  }

  private Outcome revoke(Entry.RevokeGrant revoke) {
    GrantRow row = lockedGrant(revoke.grant(), revoke.context().realm().value());
    boolean live = row != null && row.revokedAt == null;
    if (!revoke.seen().holds(Versioned.grant(revoke.context().realm(), revoke.grant()).as(live))) {
      return refused(Refusal.GRANT_NOT_AS_SEEN);
    }
    if (row == null) {
      return new Outcome.Ended(true);
    }
    // Before anything else: whether another client's grant still lives is not this client's
    // business.
    if (revoke.owner().isPresent() && !revoke.owner().get().value().equals(row.clientId)) {
      audit(
          new AuditEvent.RefreshRefused(
              revoke.context(), revoke.grant(), "revocation of another client's token", true));
      return refused(Refusal.GRANT_OF_ANOTHER_CLIENT);
    }
    if (row.revokedAt != null) {
      return new Outcome.Ended(true);
    }
    end(revoke.grant(), revoke.reason());
    audit(
        new AuditEvent.GrantRevoked(
            revoke.context(), revoke.grant(), revoke.by(), revoke.reason()));
    return new Outcome.Ended(false);
  }

  private void end(GrantId grant, String reason) {
    endings.add(grant.value(), reason);
    revoked.add(grant);
  }

  /// A grant of another realm does not exist here.
  private GrantRow lockedGrant(GrantId id, String realm) {
    GrantRow row = grants.get(id.value());
    return row == null || !row.realm.equals(realm) ? null : row;
  }

  private Outcome clientNotActive(Entry entry) {
    audit(
        new AuditEvent.ClientAuthenticationFailed(
            entry.context(), OAuthError.INVALID_CLIENT, "the client is not active"));
    return refused(Refusal.CLIENT_NOT_ACTIVE);
  }

  private Outcome viewIsStale(Entry entry) {
    audit(
        new AuditEvent.TokenRefused(
            entry.context(),
            OAuthError.TEMPORARILY_UNAVAILABLE,
            "an attestation of the client was revoked a moment ago"));
    return refused(Refusal.VIEW_IS_STALE);
  }

  private Outcome refuseRefresh(
      Entry.SpendRefreshToken spend, Refusal refusal, boolean suspicious) {
    audit(
        new AuditEvent.RefreshRefused(
            spend.context(), spend.grant(), refusal.name().toLowerCase(Locale.ROOT), suspicious));
    return refused(refusal);
  }

  private void audit(AuditEvent event) {
    events.add(event);
    audited.add(AuditRow.of(event));
    TokenStatusRow.of(event).ifPresent(statuses::add);
  }

  private static Outcome refused(Refusal refusal) {
    return new Outcome.Refused(refusal);
  }
}
