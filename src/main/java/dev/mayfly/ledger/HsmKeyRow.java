package dev.mayfly.ledger;

import dev.mayfly.oauth.RealmName;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;

@Entity
@Table(name = "hsm_keys")
class HsmKeyRow {
  @Id
  @Column(name = "kid")
  String kid;

  @Column(name = "realm")
  String realm;

  @Column(name = "purpose")
  String purpose;

  @Column(name = "label")
  String label;

  @Column(name = "jwk")
  String jwk;

  @Column(name = "algorithm")
  String algorithm;

  @Column(name = "token")
  String token;

  @Column(name = "check_value")
  String checkValue;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "signs_from")
  Instant signsFrom;

  @Column(name = "distrusted_at")
  Instant distrustedAt;

  @Column(name = "distrust_reason")
  String distrustReason;

  @Column(name = "destroyed_at")
  Instant destroyedAt;

  static HsmKeyRow of(Registration.Key key) {
    HsmKeyRow row = new HsmKeyRow();
    row.kid = key.kid();
    row.realm = Registration.Key.realmText(key.realm());
    row.purpose = key.purpose().text();
    row.label = key.label();
    row.jwk = key.jwk().orElse(null);
    row.algorithm = key.algorithm();
    row.token = key.token();
    row.checkValue = key.checkValue().orElse(null);
    row.createdAt = key.createdAt();
    row.signsFrom = key.signsFrom();
    row.distrustedAt = key.distrust().map(Registration.Distrust::at).orElse(null);
    row.distrustReason = key.distrust().map(Registration.Distrust::reason).orElse(null);
    row.destroyedAt = key.destroyedAt().orElse(null);
    return row;
  }

  Registration.Key key() {
    return new Registration.Key(
        kid,
        realm.equals("*") ? Optional.empty() : Optional.of(new RealmName(realm)),
        Registration.Purpose.parse(purpose),
        token,
        algorithm,
        label,
        Optional.ofNullable(jwk),
        Optional.ofNullable(checkValue),
        createdAt,
        signsFrom,
        distrustedAt == null
            ? Optional.empty()
            : Optional.of(new Registration.Distrust(distrustedAt, distrustReason)),
        Optional.ofNullable(destroyedAt));
  }
}
