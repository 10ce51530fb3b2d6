package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "clients")
class ClientRow {
  /// What a native query for this entity selects: Hibernate Reactive fails on a column that the
  /// entity does not have.
  static final String COLUMNS =
      "client_key, realm, client_id, kind, state, state_reason, state_at, revocations";

  /// One row, locked.
  static final String LOCKED =
      "select " + COLUMNS + " from clients where client_key = :key for update";

  @Id
  @Column(name = "client_key")
  String clientKey;

  @Column(name = "realm")
  String realm;

  @Column(name = "client_id")
  String clientId;

  @Column(name = "kind")
  String kind;

  @Column(name = "state")
  String state;

  @Column(name = "state_reason")
  String stateReason;

  @Column(name = "state_at")
  Instant stateAt;

  @Column(name = "revocations")
  long revocations;

  static String key(RealmName realm, ClientId client) {
    return realm.value() + '/' + client.value();
  }
}
