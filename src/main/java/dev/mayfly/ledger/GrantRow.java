package dev.mayfly.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.CertificateThumbprint;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import io.vertx.sqlclient.Row;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@Entity
@Table(name = "grants")
class GrantRow {
  private static final JsonMapper JSON = new JsonMapper();

  /// In the order of `read`.
  static final Columns<GrantRow> COLUMNS =
      new Columns<GrantRow>()
          .uuid("grant_id", row -> row.grantId)
          .text("client_key", row -> row.clientKey)
          .text("realm", row -> row.realm)
          .text("client_id", row -> row.clientId)
          .text("scope", row -> row.scope)
          .text("audience", row -> row.audience)
          .text("authorization_details", row -> row.authorizationDetails)
          .text("attestation", row -> row.attestation)
          .text("attestation_level", row -> row.attestationLevel)
          .text("attestation_jti", row -> row.attestationJti)
          .text("attester", row -> row.attester)
          .text("attestation_rule", row -> row.attestationRule)
          .text("instance_jkt", row -> row.instanceJkt)
          .text("confirmation_jkt", row -> row.confirmationJkt)
          .text("confirmation_x5t", row -> row.confirmationX5t)
          .text("address", row -> row.address)
          .text("country", row -> row.country)
          .moment("created_at", row -> row.createdAt)
          .moment("ends_at", row -> row.endsAt)
          .integer("generation", row -> row.generation)
          .moment("refresh_expires_at", row -> row.refreshExpiresAt)
          .moment("rotated_at", row -> row.rotatedAt)
          .moment("dead_after", row -> row.deadAfter)
          .moment("revoked_at", row -> row.revokedAt)
          .text("revoke_reason", row -> row.revokeReason)
          .integer("revision", row -> row.revision);

  /// What a refresh or an exchange changes, behind which row it is.
  static final Columns<GrantRow> ADVANCED =
      new Columns<GrantRow>()
          .uuid("grant_id", row -> row.grantId)
          .integer("revision", row -> row.revision)
          .text("attestation", row -> row.attestation)
          .text("attestation_level", row -> row.attestationLevel)
          .text("attestation_jti", row -> row.attestationJti)
          .text("attester", row -> row.attester)
          .text("attestation_rule", row -> row.attestationRule)
          .integer("generation", row -> row.generation)
          .moment("refresh_expires_at", row -> row.refreshExpiresAt)
          .moment("rotated_at", row -> row.rotatedAt)
          .moment("dead_after", row -> row.deadAfter);

  @Id
  @Column(name = "grant_id")
  UUID grantId;

  @Column(name = "client_key")
  String clientKey;

  @Column(name = "realm")
  String realm;

  @Column(name = "client_id")
  String clientId;

  @Column(name = "scope")
  String scope;

  @Column(name = "audience")
  String audience;

  @Column(name = "authorization_details")
  String authorizationDetails;

  @Column(name = "attestation")
  String attestation;

  @Column(name = "attestation_level")
  String attestationLevel;

  @Column(name = "attestation_jti")
  String attestationJti;

  @Column(name = "attester")
  String attester;

  @Column(name = "attestation_rule")
  String attestationRule;

  @Column(name = "instance_jkt")
  String instanceJkt;

  @Column(name = "confirmation_jkt")
  String confirmationJkt;

  @Column(name = "confirmation_x5t")
  String confirmationX5t;

  @Column(name = "address")
  String address;

  @Column(name = "country")
  String country;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "ends_at")
  Instant endsAt;

  @Column(name = "generation")
  int generation;

  @Column(name = "refresh_expires_at")
  Instant refreshExpiresAt;

  @Column(name = "rotated_at")
  Instant rotatedAt;

  @Column(name = "dead_after")
  Instant deadAfter;

  @Column(name = "revoked_at")
  Instant revokedAt;

  @Column(name = "revoke_reason")
  String revokeReason;

  /// Makes each update conditional on the row being the one that was locked and decided on.
  @Version
  @Column(name = "revision")
  int revision;

  static GrantRow of(Grant grant, Instant accessExpiresAt) {
    GrantRow row = new GrantRow();
    row.grantId = grant.id().value();
    row.clientKey = ClientRow.key(grant.realm(), grant.client());
    row.realm = grant.realm().value();
    row.clientId = grant.client().value();
    row.scope = grant.scope().toString();
    row.audience = String.join(" ", grant.audience());
    row.authorizationDetails = grant.details().isEmpty() ? null : grant.details().toString();
    row.attestedBy(grant.attestation());
    row.instanceJkt = grant.instance().map(JwkThumbprint::value).orElse(null);
    row.confirmationJkt =
        grant.confirmation().flatMap(Confirmation::jkt).map(JwkThumbprint::value).orElse(null);
    row.confirmationX5t =
        grant
            .confirmation()
            .flatMap(Confirmation::x5tS256)
            .map(CertificateThumbprint::value)
            .orElse(null);
    row.address = grant.address();
    row.country = grant.country().orElse(null);
    row.createdAt = grant.createdAt();
    row.endsAt = grant.endsAt();
    row.generation = grant.refresh().map(Grant.Refresh::generation).orElse(0);
    row.refreshExpiresAt = grant.refresh().map(Grant.Refresh::expiresAt).orElse(null);
    row.rotatedAt = grant.refresh().map(Grant.Refresh::since).orElse(grant.createdAt());
    row.deadAfter =
        grant
            .refresh()
            .map(refresh -> row.roomyEnd(refresh, accessExpiresAt))
            .orElse(accessExpiresAt);
    return row;
  }

  static GrantRow read(Row row) {
    GrantRow read = new GrantRow();
    read.grantId = row.getUUID(0);
    read.clientKey = row.getString(1);
    read.realm = row.getString(2);
    read.clientId = row.getString(3);
    read.scope = row.getString(4);
    read.audience = row.getString(5);
    read.authorizationDetails = row.getString(6);
    read.attestation = row.getString(7);
    read.attestationLevel = row.getString(8);
    read.attestationJti = row.getString(9);
    read.attester = row.getString(10);
    read.attestationRule = row.getString(11);
    read.instanceJkt = row.getString(12);
    read.confirmationJkt = row.getString(13);
    read.confirmationX5t = row.getString(14);
    read.address = row.getString(15);
    read.country = row.getString(16);
    read.createdAt = Moments.read(row.getOffsetDateTime(17));
    read.endsAt = Moments.read(row.getOffsetDateTime(18));
    read.generation = row.getInteger(19);
    read.refreshExpiresAt = Moments.read(row.getOffsetDateTime(20));
    read.rotatedAt = Moments.read(row.getOffsetDateTime(21));
    read.deadAfter = Moments.read(row.getOffsetDateTime(22));
    read.revokedAt = Moments.read(row.getOffsetDateTime(23));
    read.revokeReason = row.getString(24);
    read.revision = row.getInteger(25);
    return read;
  }

  Grant toGrant() {
    return new Grant(
        new GrantId(grantId),
        new RealmName(realm),
        new ClientId(clientId),
        ScopeSet.parse(scope),
        List.of(audience.split(" ")),
        details(),
        new Grant.Attestation(
            attestation,
            attestationLevel,
            Optional.ofNullable(attester),
            Optional.ofNullable(attestationRule),
            Optional.ofNullable(attestationJti)),
        Optional.ofNullable(instanceJkt).map(JwkThumbprint::new),
        Confirmation.of(
            Optional.ofNullable(confirmationJkt).map(JwkThumbprint::new),
            Optional.ofNullable(confirmationX5t).map(CertificateThumbprint::new)),
        address,
        Optional.ofNullable(country),
        createdAt,
        endsAt,
        Optional.ofNullable(refreshExpiresAt)
            .map(end -> new Grant.Refresh(generation, rotatedAt, end)),
        revokedAt == null
            ? new Grant.Status.Live()
            : new Grant.Status.Revoked(revokedAt, revokeReason));
  }

  /// Errors: `IllegalArgumentException` when it holds what we never write: such a grant is of no
  /// use to anybody, since without its limits it would be worth more.
  private AuthorizationDetails details() {
    if (authorizationDetails == null) {
      return AuthorizationDetails.NONE;
    }
    try {
      return AuthorizationDetails.of(JSON.readValue(authorizationDetails, Object.class));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the authorization details of a grant are no JSON", e);
    }
  }

  /// What is proved with each request; the row has the latest.
  void attestedBy(Grant.Attestation by) {
    attestation = by.kind();
    attestationLevel = by.level();
    attester = by.attester().orElse(null);
    attestationRule = by.rule().orElse(null);
    attestationJti = by.jti().orElse(null);
  }

  void advance(Grant.Refresh successor, Instant accessExpiresAt) {
    generation = successor.generation();
    rotatedAt = successor.since();
    refreshExpiresAt = successor.expiresAt();
    if (later(successor.expiresAt(), accessExpiresAt).isAfter(deadAfter)) {
      deadAfter = roomyEnd(successor, accessExpiresAt);
    }
  }

  void keepUntil(Instant end) {
    if (end.isAfter(deadAfter)) {
      deadAfter = end;
    }
  }

  /// An eighth longer than needed, where the grant does not end before: the next few refreshes then
  /// leave the moment as it is, and with it every index of the table.
  private Instant roomyEnd(Grant.Refresh refresh, Instant accessExpiresAt) {
    Instant needed = later(refresh.expiresAt(), accessExpiresAt);
    Instant roomy = needed.plus(Duration.between(refresh.since(), needed).dividedBy(8));
    Instant most = later(needed, endsAt);
    return roomy.isBefore(most) ? roomy : most;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
