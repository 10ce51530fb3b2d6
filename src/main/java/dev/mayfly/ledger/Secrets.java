package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.Adoption;
import dev.mayfly.ledger.Registration.Digests;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// Client secrets and join secrets at rest: keyed hashes, and sealed where they must be
/// recoverable. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class Secrets {
  private final Registry registry;

  @Inject
  Secrets(Registry registry) {
    this.registry = registry;
  }

  /// Adds a secret; the one before it stays valid until `previousValidUntil`, and not longer. Two
  /// are live at a time: what is older ends now.
  public Uni<Void> add(
      RealmName realm,
      ClientId client,
      Registration.Secret secret,
      Instant previousValidUntil,
      AuditEvent event) {
    return add(realm, client, secret, previousValidUntil, event, IfMatch.ANY);
  }

  /// `seen`: of the secrets of before. Errors: [StaleException].
  public Uni<Void> add(
      RealmName realm,
      ClientId client,
      Registration.Secret secret,
      Instant previousValidUntil,
      AuditEvent event,
      IfMatch seen) {
    String key = ClientRow.key(realm, client);
    return registry.transaction(
        session ->
            lock(session, key)
                .chain(
                    () ->
                        Versions.require(
                            session, Versioned.secrets(realm, client, event.context().at()), seen))
                .chain(() -> insertBeside(session, key, secret, previousValidUntil))
                .chain(() -> registry.finish(session, event)));
  }

  /// First of all, so that of two who add a secret each sees the other's.
  static Uni<Void> lock(Mutiny.StatelessSession session, String clientKey) {
    return session
        .createNativeQuery(
            "select client_key from clients where client_key = :key for update", String.class)
        .setParameter("key", clientKey)
        .getSingleResultOrNull()
        .replaceWithVoid();
  }

  /// Precondition: [#lock].
  static Uni<Void> insertBeside(
      Mutiny.StatelessSession session,
      String clientKey,
      Registration.Secret secret,
      Instant previousValidUntil) {
    return Registry.execute(
            session,
            "update client_secrets set expires_at = case when secret_id = (select secret_id from"
                + " client_secrets where client_key = :key and expires_at > :now order by"
                + " created_at desc, secret_id desc limit 1) then least(expires_at, :until) else"
                + " least(expires_at, :now) end where client_key = :key and expires_at > :now",
            Map.of("until", previousValidUntil, "key", clientKey, "now", secret.createdAt()))
        .chain(() -> insert(session, clientKey, secret));
  }

  static Uni<Void> insert(
      Mutiny.StatelessSession session, String clientKey, Registration.Secret secret) {
    ClientSecretRow row = new ClientSecretRow();
    row.secretId = secret.id();
    row.clientKey = clientKey;
    row.digest = secret.kept().digest();
    row.macKid = secret.kept().macKid();
    row.fingerprint = secret.kept().fingerprint().orElse(null);
    row.createdAt = secret.createdAt();
    row.expiresAt = secret.expiresAt();
    return session
        .insert(row)
        .chain(
            () ->
                secret.sealed().isEmpty()
                    ? Uni.createFrom().voidItem()
                    : session.insert(
                        SealedSecretRow.of(secret.sealed().get(), secret.createdAt())));
  }

  /// Adds a secret that an operator provides, unless it is in force or was ever retired.
  /// `candidates`: what may stand in the tables for it, one for each MAC key.
  public Uni<Adoption> adopt(
      RealmName realm,
      ClientId client,
      Registration.Secret secret,
      List<Digests> candidates,
      AuditEvent event) {
    String key = ClientRow.key(realm, client);
    String digests = String.join(" ", candidates.stream().map(Digests::digest).toList());
    String fingerprints =
        String.join(
            " ", candidates.stream().map(Digests::fingerprint).flatMap(Optional::stream).toList());
    Instant now = event.context().at();
    return registry.transaction(
        session ->
            lock(session, key)
                .chain(() -> known(session, key, digests, fingerprints, now))
                .chain(
                    found ->
                        found.isPresent()
                            ? Uni.createFrom().item(found.get())
                            : insertBeside(session, key, secret, secret.expiresAt())
                                .chain(() -> registry.finish(session, event))
                                .<Adoption>replaceWith(new Adoption.Adopted())));
  }

  private static Uni<Optional<Adoption>> known(
      Mutiny.StatelessSession session,
      String key,
      String digests,
      String fingerprints,
      Instant now) {
    return session
        .createNativeQuery(
            "select case when expires_at > :now and client_key = :key then '' else client_key end"
                + " from client_secrets where (client_key = :key and digest ="
                + " any(string_to_array(:digests, ' '))) or (expires_at <= :now and fingerprint ="
                + " any(string_to_array(:fingerprints, ' '))) union all select owner from"
                + " fingerprints where fingerprint = any(string_to_array(:fingerprints, ' '))"
                + " order by 1 limit 1",
            String.class)
        .setParameter("now", now)
        .setParameter("key", key)
        .setParameter("digests", digests)
        .setParameter("fingerprints", fingerprints)
        .getSingleResultOrNull()
        .map(
            owner ->
                owner == null
                    ? Optional.empty()
                    : Optional.of(
                        owner.isEmpty() ? new Adoption.Known() : new Adoption.Retired(owner)));
  }

  /// Once a secret was shown to be right: its hashes under another MAC key, unless somebody else
  /// has replaced them already.
  public Uni<Void> rehash(UUID id, Digests from, Digests to) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "update client_secrets set digest = :digest, mac_kid = :kid, fingerprint ="
                        + " :fingerprint where secret_id = :id and digest = :from",
                    Map.of(
                        "digest", to.digest(),
                        "kid", to.macKid(),
                        "fingerprint", to.fingerprint().orElseThrow(),
                        "id", id,
                        "from", from.digest()))
                .chain(changed -> changed == 0 ? none() : registry.bump(session)));
  }

  private static Uni<Void> none() {
    return Uni.createFrom().voidItem();
  }

  public Uni<Void> addJoinSecret(
      RealmName realm, ClientId client, Registration.JoinSecret secret, AuditEvent event) {
    JoinSecretRow row = new JoinSecretRow();
    row.digest = secret.kept().digest();
    row.macKid = secret.kept().macKid();
    row.fingerprint = secret.kept().fingerprint().orElse(null);
    row.clientKey = ClientRow.key(realm, client);
    row.attester = secret.attester();
    row.createdAt = event.context().at();
    row.expiresAt = secret.expiresAt();
    return registry.transaction(
        session -> session.insert(row).chain(() -> registry.trail().write(session, event)));
  }

  /// Rows that another wrap key than `current` sealed; `limit` of them at most.
  public Uni<List<Registration.Sealed>> sealedByOthersThan(String current, int limit) {
    return registry.transaction(
        session ->
            session
                .createQuery(
                    "from SealedSecretRow s where s.wrapKid <> :current order by s.realm, s.owner,"
                        + " s.name",
                    SealedSecretRow.class)
                .setParameter("current", current)
                .setMaxResults(limit)
                .getResultList()
                .map(rows -> rows.stream().map(SealedSecretRow::sealed).toList()));
  }

  /// Replaces one sealed row by the same secret under another key; 0 when the row has changed
  /// meanwhile.
  public Uni<Integer> reseal(Registration.Sealed from, Registration.Sealed to) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "update sealed_secrets set wrap_kid = :kid, ciphertext = :ciphertext where"
                        + " realm = :realm and owner = :owner and name = :name and ciphertext ="
                        + " :from",
                    Map.of(
                        "kid", to.wrapKid(),
                        "ciphertext", to.ciphertext(),
                        "realm", from.realm().value(),
                        "owner", from.owner(),
                        "name", from.name(),
                        "from", from.ciphertext()))
                .call(changed -> changed == 0 ? none() : registry.bump(session)));
  }

  /// How many rows name this MAC or wrap key.
  public Uni<Long> references(String kid) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select (select count(*) from client_secrets where mac_kid = :kid) + (select"
                        + " count(*) from join_secrets where mac_kid = :kid) + (select count(*)"
                        + " from fingerprints where mac_kid = :kid) + (select count(*) from"
                        + " sealed_secrets where wrap_kid = :kid) + (select count(*) from admins"
                        + " where login_kid = :kid) + (select count(*) from recovery_codes where"
                        + " mac_kid = :kid and used_at is null) + (select count(*) from"
                        + " admin_sessions where mac_kid = :kid) + (select count(*) from"
                        + " admin_invitations where mac_kid = :kid) + (select count(*) from"
                        + " registered_clients where token_mac_kid = :kid) + (select count(*) from"
                        + " initial_access_tokens where mac_kid = :kid)",
                    Long.class)
                .setParameter("kid", kid)
                .getSingleResult());
  }
}
