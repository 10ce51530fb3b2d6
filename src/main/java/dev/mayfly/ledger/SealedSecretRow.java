package dev.mayfly.ledger;

import dev.mayfly.oauth.RealmName;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;

@Entity
@Table(name = "sealed_secrets")
@IdClass(SealedSecretRow.Key.class)
class SealedSecretRow {
  /// As for [ClientRow#COLUMNS].
  static final String COLUMNS = "realm, owner, name, wrap_kid, ciphertext, created_at";

  record Key(String realm, String owner, String name) implements Serializable {}

  @Id
  @Column(name = "realm")
  String realm;

  @Id
  @Column(name = "owner")
  String owner;

  @Id
  @Column(name = "name")
  String name;

  @Column(name = "wrap_kid")
  String wrapKid;

  @Column(name = "ciphertext")
  String ciphertext;

  @Column(name = "created_at")
  Instant createdAt;

  static SealedSecretRow of(Registration.Sealed sealed, Instant createdAt) {
    SealedSecretRow row = new SealedSecretRow();
    row.realm = sealed.realm().value();
    row.owner = sealed.owner();
    row.name = sealed.name();
    row.wrapKid = sealed.wrapKid();
    row.ciphertext = sealed.ciphertext();
    row.createdAt = createdAt;
    return row;
  }

  Registration.Sealed sealed() {
    return new Registration.Sealed(new RealmName(realm), owner, name, wrapKid, ciphertext);
  }
}
