package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.Instance;
import dev.mayfly.ledger.Registration.Joining;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/// The instances of clients that proved where they run to our own attester. Each answer is
/// committed with its audit row, refusals included.
@ApplicationScoped
public class Instances {
  private final Registry registry;

  @Inject
  Instances(Registry registry) {
    this.registry = registry;
  }

  /// A join secret is spent by the first instance that presents it; the row's lock makes two at
  /// once take turns. `secretDigests` are its keyed hashes, one for each MAC key that may have
  /// made the row's.
  public Uni<Joining> join(
      AuditContext context,
      RealmName realm,
      ClientId client,
      List<String> secretDigests,
      JwkThumbprint jkt,
      ReplayMark proof) {
    String key = ClientRow.key(realm, client);
    return registry.transaction(
        session ->
            claim(session, proof)
                .chain(
                    fresh ->
                        fresh
                            ? session
                                .createNativeQuery(
                                    "select j.* from join_secrets j join clients c on c.client_key"
                                        + " = j.client_key and c.state = 'active' where j.digest ="
                                        + " any(string_to_array(:digests, ' ')) and j.client_key = :key for update of j",
                                    JoinSecretRow.class)
                                .setParameter("digests", String.join(" ", secretDigests))
                                .setParameter("key", key)
                                .getSingleResultOrNull()
                                .chain(
                                    row ->
                                        unlessRetired(
                                            session,
                                            context,
                                            jkt,
                                            () -> spend(session, context, key, row, jkt)))
                            : replayed(session, context, proof)));
  }

  private Uni<Joining> unlessRetired(
      Mutiny.StatelessSession session,
      AuditContext context,
      JwkThumbprint jkt,
      Supplier<Uni<Joining>> act) {
    return Fingerprints.isRetired(session, jkt.value())
        .chain(
            retired ->
                retired ? refused(session, context, "the instance key was retired") : act.get());
  }

  private Uni<Joining> spend(
      Mutiny.StatelessSession session,
      AuditContext context,
      String key,
      JoinSecretRow row,
      JwkThumbprint jkt) {
    Instant now = context.at();
    if (row == null) {
      return refused(session, context, "no such join secret for an active client");
    }
    if (row.usedAt != null) {
      return registry
          .trail()
          .write(session, new AuditEvent.JoinSecretReused(context, jkt, row.usedBy))
          .replaceWith(new Joining.Refused("the join secret was used before"));
    }
    if (!now.isBefore(row.expiresAt)) {
      return refused(session, context, "the join secret has expired");
    }
    row.usedAt = now;
    row.usedBy = jkt.value();
    InstanceRow instance = new InstanceRow();
    instance.clientKey = key;
    instance.jkt = jkt.value();
    instance.attester = row.attester;
    instance.address = context.address();
    instance.joinedAt = now;
    instance.attestedAt = now;
    return session
        .update(row)
        .chain(() -> session.upsert(instance))
        .chain(
            () ->
                registry
                    .trail()
                    .write(session, new AuditEvent.InstanceJoined(context, jkt, row.attester)))
        .replaceWith(new Joining.Joined(instance(instance)));
  }

  /// Renews by the instance key alone. `atItsPlace` is the attester's rule about the address.
  public Uni<Joining> renew(
      AuditContext context,
      RealmName realm,
      ClientId client,
      JwkThumbprint jkt,
      ReplayMark proof,
      Predicate<Instance> atItsPlace) {
    String key = ClientRow.key(realm, client);
    return registry.transaction(
        session ->
            claim(session, proof)
                .chain(
                    fresh ->
                        fresh
                            ? session
                                .createNativeQuery(
                                    "select i.* from instances i join clients c on c.client_key ="
                                        + " i.client_key and c.state = 'active' where i.client_key"
                                        + " = :key and i.jkt = :jkt for update of i",
                                    InstanceRow.class)
                                .setParameter("key", key)
                                .setParameter("jkt", jkt.value())
                                .getSingleResultOrNull()
                                .chain(
                                    row ->
                                        unlessRetired(
                                            session,
                                            context,
                                            jkt,
                                            () -> renew(session, context, row, atItsPlace)))
                            : replayed(session, context, proof)));
  }

  private Uni<Joining> renew(
      Mutiny.StatelessSession session,
      AuditContext context,
      InstanceRow row,
      Predicate<Instance> atItsPlace) {
    if (row == null) {
      return refused(session, context, "no such instance of an active client");
    }
    if (!atItsPlace.test(instance(row))) {
      return refused(session, context, "the instance has moved from " + row.address);
    }
    row.attestedAt = context.at();
    return session
        .update(row)
        .chain(
            () ->
                registry
                    .trail()
                    .write(
                        session,
                        new AuditEvent.AttestationRenewed(
                            context, new JwkThumbprint(row.jkt), row.attester)))
        .replaceWith(new Joining.Joined(instance(row)));
  }

  public Uni<List<Instance>> of(RealmName realm, ClientId client) {
    return registry.transaction(
        session ->
            session
                .createQuery(
                    "from InstanceRow i where i.clientKey = :key order by i.attestedAt desc",
                    InstanceRow.class)
                .setParameter("key", ClientRow.key(realm, client))
                .setMaxResults(100)
                .getResultList()
                .map(rows -> rows.stream().map(Instances::instance).toList()));
  }

  private static Uni<Boolean> claim(Mutiny.StatelessSession session, ReplayMark mark) {
    return session
        .createNativeQuery(
            "insert into replays (digest, expires_at) values (:digest, :expires)"
                + " on conflict (digest) do nothing")
        .setParameter("digest", mark.digest())
        .setParameter("expires", mark.expiresAt())
        .executeUpdate()
        .map(count -> count == 1);
  }

  private Uni<Joining> replayed(
      Mutiny.StatelessSession session, AuditContext context, ReplayMark proof) {
    return registry
        .trail()
        .write(session, new AuditEvent.ProofReplayed(context, proof.kind()))
        .replaceWith(new Joining.Replayed());
  }

  private Uni<Joining> refused(
      Mutiny.StatelessSession session, AuditContext context, String because) {
    return registry
        .trail()
        .write(
            session, new AuditEvent.AttestationRefused(context, OAuthError.INVALID_CLIENT, because))
        .replaceWith(new Joining.Refused(because));
  }

  private static Instance instance(InstanceRow row) {
    return new Instance(
        new JwkThumbprint(row.jkt), row.attester, row.address, row.joinedAt, row.attestedAt);
  }
}
