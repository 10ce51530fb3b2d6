package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.AuditRecord;
import dev.mayfly.ledger.Outcome.Refusal;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.OAuthError;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// One transaction over some entries: claim their replay marks, lock the clients (shared) and the
/// grants (exclusive), decide, write. Each entry gets its own outcome.
final class Batch {
  private final BatchStatements statements;
  private final List<Entry> entries;
  private final Clock clock;

  /// Taken once the locks are held: what waited too long is judged as late as it is.
  private Instant now;

  /// Marks of these entries that were free, and are theirs.
  private Claimed claimed = Claimed.nothing();

  /// Active ones, and how many of their attestations were revoked.
  private Map<String, Long> activeClients = Map.of();

  private Map<UUID, GrantRow> grants = Map.of();
  private final List<AuditRecord> events = new ArrayList<>();
  private final List<GrantRow> opened = new ArrayList<>();
  private final List<AuditRow> audited = new ArrayList<>();
  private final List<TokenStatusRow> statuses = new ArrayList<>();
  private final List<GrantRow> advanced = new ArrayList<>();
  private final Map<String, List<UUID>> ended = new HashMap<>();
  private final List<GrantId> revoked = new ArrayList<>();

  Batch(BatchStatements statements, List<Entry> entries, Clock clock) {
    this.statements = statements;
    this.entries = entries;
    this.clock = clock;
    this.now = clock.instant();
  }

  /// What a batch did: an outcome for each entry, and what stands in the audit trail of it.
  /// `revoked`: the grants that it ended.
  record Done(List<Outcome> outcomes, List<AuditRecord> events, List<GrantId> revoked) {
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

  /// What is to be locked is asked for at once, in the one order of locks.
  Uni<Done> run(Uni<Claimed> claims) {
    return Uni.combine()
        .all()
        .unis(
            claims.invoke(some -> claimed = some),
            statements.lockClients(clients()).invoke(some -> activeClients = some),
            statements.lockGrants(grants()).invoke(some -> grants = some))
        .discardItems()
        .chain(this::decideAll);
  }

  private Set<String> clients() {
    Set<String> keys = new HashSet<>();
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
    return keys;
  }

  private Set<UUID> grants() {
    Set<UUID> ids = new HashSet<>();
    for (Entry entry : entries) {
      switch (entry) {
        case Entry.SpendRefreshToken spend -> ids.add(spend.grant().value());
        case Entry.ExchangeToken exchange -> ids.add(exchange.grant().value());
        case Entry.RevokeGrant revoke -> ids.add(revoke.grant().value());
        case Entry.OpenGrant _, Entry.ClaimProofs _, Entry.Note _ -> {}
      }
    }
    return ids;
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
    return statements
        .write(new BatchStatements.Writes(now, ended, advanced, opened, audited, statuses))
        .replaceWith(() -> new Done(outcomes, events, revoked));
  }

  private Outcome decide(Entry entry) {
    for (ReplayMark mark : entry.marks()) {
      Optional<Refusal> objection = claimed.objection(mark, now);
      if (objection.isPresent()) {
        return refuse(entry, mark, objection.get());
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

  private Outcome refuse(Entry entry, ReplayMark mark, Refusal refusal) {
    switch (refusal) {
      case PROOF_REPLAYED -> audit(new AuditEvent.ProofReplayed(entry.context(), mark.kind()));
      case PROOF_TOO_OLD ->
          audit(
              new AuditEvent.ClientAuthenticationFailed(
                  entry.context(), OAuthError.INVALID_CLIENT, mark.kind() + " waited too long"));
      default -> {
        return refused(refusal); // its sender tries again, as with any nonce that has aged
      }
    }
    return refused(spent(mark, refusal));
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
        advanced.add(row);
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
        advanced.add(row);
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
    advanced.add(row);
    audit(ExchangeDecision.exchanged(exchange));
    return new Outcome.Recorded(row.toGrant(), exchange.access());
  }

  private Outcome revoke(Entry.RevokeGrant revoke) {
    GrantRow grant = lockedGrant(revoke.grant(), revoke.context().realm().value());
    boolean live = grant != null && grant.revokedAt == null;
    if (!revoke.seen().isAny()
        && !revoke
            .seen()
            .holds(Versioned.grant(revoke.context().realm(), revoke.grant()).as(live))) {
      return refused(Refusal.GRANT_NOT_AS_SEEN);
    }
    if (grant == null) {
      return new Outcome.Ended(true);
    }
    // Before anything else: whether another client's grant still lives is not this client's
    // business.
    if (revoke.owner().isPresent() && !revoke.owner().get().value().equals(grant.clientId)) {
      audit(
          new AuditEvent.RefreshRefused(
              revoke.context(), revoke.grant(), "revocation of another client's token", true));
      return refused(Refusal.GRANT_OF_ANOTHER_CLIENT);
    }
    if (!live) {
      return new Outcome.Ended(true);
    }
    end(revoke.grant(), revoke.reason());
    audit(
        new AuditEvent.GrantRevoked(
            revoke.context(), revoke.grant(), revoke.by(), revoke.reason()));
    return new Outcome.Ended(false);
  }

  private void end(GrantId grant, String reason) {
    ended.computeIfAbsent(reason, _ -> new ArrayList<>()).add(grant.value());
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
    AuditRecord record = AuditRecord.of(event);
    events.add(record);
    audited.add(AuditRow.of(record));
    TokenStatusRow.of(event).ifPresent(statuses::add);
  }

  private static Outcome refused(Refusal refusal) {
    return new Outcome.Refused(refusal);
  }
}
