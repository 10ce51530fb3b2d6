package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// Whose token stands at a place of a status list. Written with the audit row of the token: there
/// is no token without it.
@Entity
@Table(name = "token_statuses")
class TokenStatusRow {
  /// No access token can live longer.
  private static final Duration LONGEST = Duration.ofMinutes(15);

  static final Columns<TokenStatusRow> COLUMNS =
      new Columns<TokenStatusRow>()
          .text("place", row -> row.place)
          .text("list_id", row -> row.listId)
          .integer("idx", row -> row.index)
          .uuid("grant_id", row -> row.grantId)
          .moment("dead_after", row -> row.deadAfter);

  @Id
  @Column(name = "place")
  String place;

  @Column(name = "list_id")
  String listId;

  @Column(name = "idx")
  int index;

  @Column(name = "grant_id")
  UUID grantId;

  @Column(name = "dead_after")
  Instant deadAfter;

  /// Empty for an event that issues no token, and for a token without a place.
  static Optional<TokenStatusRow> of(AuditEvent event) {
    if (event instanceof AuditEvent.TokenExchanged exchanged) {
      return of(exchanged.context(), exchanged.grant(), exchanged.jti());
    }
    if (event instanceof AuditEvent.TokenIssued issued) {
      return of(issued.context(), issued.grant(), issued.jti());
    }
    if (event instanceof AuditEvent.TokenRefreshed refreshed) {
      return of(refreshed.context(), refreshed.grant(), refreshed.jti());
    }
    return event instanceof AuditEvent.RefreshRetried retried
        ? of(retried.context(), retried.grant(), retried.jti())
        : Optional.empty();
  }

  private static Optional<TokenStatusRow> of(AuditContext context, GrantId grant, Jti jti) {
    return jti.status()
        .map(
            status -> {
              TokenStatusRow row = new TokenStatusRow();
              row.place = status.toString();
              row.listId = status.list();
              row.index = status.index();
              row.grantId = grant.value();
              row.deadAfter = context.at().plus(LONGEST);
              return row;
            });
  }
}
