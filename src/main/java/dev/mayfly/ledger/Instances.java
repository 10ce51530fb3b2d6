package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.Instance;
import dev.mayfly.ledger.Registration.Joining;
import dev.mayfly.ledger.Registration.NewAttestation;
import dev.mayfly.ledger.Registration.Renewal;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/// The instances of clients that proved where they run to our own attester. Each answer is
/// committed with its audit row, refusals included; what is to be signed is recorded before.
@ApplicationScoped
public class Instances {
  private final Registry registry;

  @Inject
  Instances(Registry registry) {
    this.registry = registry;
  }

  /// Which instance of which client asks, and the proof of its key.
  public record Applicant(
      AuditContext context, RealmName realm, ClientId client, JwkThumbprint jkt, ReplayMark proof) {
    String key() {
      return ClientRow.key(realm, client);
    }
  }

  /// A join secret is spent by the first instance that presents it; the row's lock makes two at
  /// once take turns. `secretDigests` are its keyed hashes, one for each MAC key that may have
  /// made the row's.
  public Uni<Joining> join(Applicant who, List<String> secretDigests, NewAttestation attestation) {
    return attest(
        who,
        session ->
            active(session, who)
                .chain(active -> active ? joinSecret(session, who, secretDigests) : none())
                .chain(row -> spend(session, who, row, attestation)));
  }

  private static Uni<JoinSecretRow> joinSecret(
      Mutiny.StatelessSession session, Applicant who, List<String> digests) {
    return session
        .createNativeQuery(
            "select * from join_secrets where digest = any(string_to_array(:digests, ' ')) and"
                + " client_key = :key for update",
            JoinSecretRow.class)
        .setParameter("digests", String.join(" ", digests))
        .setParameter("key", who.key())
        .getSingleResultOrNull();
  }

  private static <T> Uni<T> none() {
    return Uni.createFrom().nullItem();
  }

  private Uni<Joining> spend(
      Mutiny.StatelessSession session,
      Applicant who,
      JoinSecretRow row,
      NewAttestation attestation) {
    Instant now = who.context().at();
    if (row == null) {
      return refused(session, who, "no such join secret for an active client");
    }
    if (row.usedAt != null) {
      return registry
          .trail()
          .write(session, new AuditEvent.JoinSecretReused(who.context(), who.jkt(), row.usedBy))
          .replaceWith(new Joining.Refused("the join secret was used before"));
    }
    if (!now.isBefore(row.expiresAt)) {
      return refused(session, who, "the join secret has expired");
    }
    if (!row.attester.equals(attestation.attested().attester())) {
      return refused(session, who, "the join secret is of an attester that is no more");
    }
    row.usedAt = now;
    row.usedBy = who.jkt().value();
    return session.update(row).chain(() -> enter(session, who, attestation, Optional.empty()));
  }

  /// Enrols an instance by evidence that was accepted. `single`: the trace of evidence that
  /// enrols one instance key only; the same instance may present it again.
  public Uni<Joining> enrol(
      Applicant who, Optional<ReplayMark> single, NewAttestation attestation) {
    return attest(
        who,
        session ->
            active(session, who)
                .chain(
                    active ->
                        active
                            ? unspent(session, who, single)
                                .chain(
                                    unspent ->
                                        unspent
                                            ? enter(session, who, attestation, single)
                                            : replayed(session, who, single.orElseThrow()))
                            : refused(session, who, "the client is not active")));
  }

  /// First of all, as by whoever revokes: rows of a client are locked after the client's.
  private static Uni<Boolean> active(Mutiny.StatelessSession session, Applicant who) {
    return session
        .createNativeQuery(
            "select 1 from clients where client_key = :key and state = 'active' for share",
            Integer.class)
        .setParameter("key", who.key())
        .getSingleResultOrNull()
        .map(one -> one != null);
  }

  private static Uni<Boolean> unspent(
      Mutiny.StatelessSession session, Applicant who, Optional<ReplayMark> single) {
    if (single.isEmpty()) {
      return Uni.createFrom().item(true);
    }
    return claim(session, single.get())
        .chain(
            fresh ->
                fresh
                    ? Uni.createFrom().item(true)
                    : session
                        .createNativeQuery(
                            "select 1 from instances where client_key = :key and jkt = :jkt and"
                                + " evidence_digest = :digest",
                            Integer.class)
                        .setParameter("key", who.key())
                        .setParameter("jkt", who.jkt().value())
                        .setParameter("digest", single.get().digest())
                        .getSingleResultOrNull()
                        .map(one -> one != null));
  }

  private Uni<Joining> enter(
      Mutiny.StatelessSession session,
      Applicant who,
      NewAttestation attestation,
      Optional<ReplayMark> single) {
    Instant now = who.context().at();
    InstanceRow instance = new InstanceRow();
    instance.clientKey = who.key();
    instance.jkt = who.jkt().value();
    instance.address = who.context().address();
    instance.joinedAt = now;
    instance.evidenceAt = now;
    instance.evidenceDigest = single.map(ReplayMark::digest).orElse(null);
    instance.attest(attestation.attested(), now);
    return session
        .upsert(instance)
        .chain(() -> session.insert(row(who, attestation)))
        .chain(
            () ->
                registry
                    .trail()
                    .write(
                        session,
                        new AuditEvent.InstanceJoined(
                            who.context(),
                            who.jkt(),
                            by(attestation),
                            attestation.attested().subject())))
        .replaceWith(new Joining.Joined(instance.instance(), attestation));
  }

  /// Renews by the instance key alone, if `rule` grants it.
  public Uni<Joining> renew(Applicant who, Function<Instance, Renewal> rule) {
    return attest(
        who,
        session ->
            active(session, who)
                .chain(active -> active ? instance(session, who) : none())
                .chain(row -> renew(session, who, row, rule)));
  }

  private static Uni<InstanceRow> instance(Mutiny.StatelessSession session, Applicant who) {
    return session
        .createNativeQuery(
            "select * from instances where client_key = :key and jkt = :jkt for update",
            InstanceRow.class)
        .setParameter("key", who.key())
        .setParameter("jkt", who.jkt().value())
        .getSingleResultOrNull();
  }

  private Uni<Joining> renew(
      Mutiny.StatelessSession session,
      Applicant who,
      InstanceRow row,
      Function<Instance, Renewal> rule) {
    if (row == null) {
      return refused(session, who, "no such instance of an active client");
    }
    return switch (rule.apply(row.instance())) {
      case Renewal.Refused(String because) -> refused(session, who, because);
      case Renewal.Granted(NewAttestation attestation) -> {
        row.attest(attestation.attested(), who.context().at());
        yield session
            .update(row)
            .chain(() -> session.insert(row(who, attestation)))
            .chain(
                () ->
                    registry
                        .trail()
                        .write(
                            session,
                            new AuditEvent.AttestationRenewed(
                                who.context(), who.jkt(), by(attestation))))
            .replaceWith(new Joining.Joined(row.instance(), attestation));
      }
    };
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
                .map(rows -> rows.stream().map(InstanceRow::instance).toList()));
  }

  /// The proof of the key counts once, and a retired key never again.
  private Uni<Joining> attest(Applicant who, Function<Mutiny.StatelessSession, Uni<Joining>> act) {
    return registry.transaction(
        session ->
            claim(session, who.proof())
                .chain(
                    fresh ->
                        fresh
                            ? unlessRetired(session, who, () -> act.apply(session))
                            : replayed(session, who, who.proof())));
  }

  private Uni<Joining> unlessRetired(
      Mutiny.StatelessSession session, Applicant who, Supplier<Uni<Joining>> act) {
    return Fingerprints.isRetired(session, who.jkt().value())
        .chain(
            retired -> retired ? refused(session, who, "the instance key was retired") : act.get());
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

  private Uni<Joining> replayed(Mutiny.StatelessSession session, Applicant who, ReplayMark mark) {
    Joining answer =
        mark.equals(who.proof())
            ? new Joining.Replayed()
            : new Joining.Refused("the evidence enrolled another instance");
    return registry
        .trail()
        .write(session, new AuditEvent.ProofReplayed(who.context(), mark.kind()))
        .replaceWith(answer);
  }

  private Uni<Joining> refused(Mutiny.StatelessSession session, Applicant who, String because) {
    return registry
        .trail()
        .write(
            session,
            new AuditEvent.AttestationRefused(who.context(), OAuthError.INVALID_CLIENT, because))
        .replaceWith(new Joining.Refused(because));
  }

  private static AttestationRow row(Applicant who, NewAttestation attestation) {
    AttestationRow row = new AttestationRow();
    row.realm = who.realm().value();
    row.jti = attestation.jti().value();
    row.clientKey = who.key();
    row.jkt = who.jkt().value();
    row.attester = attestation.attested().attester();
    row.rule = attestation.attested().rule();
    row.issuedAt = who.context().at();
    row.expiresAt = attestation.expiresAt();
    return row;
  }

  private static AuditEvent.By by(NewAttestation attestation) {
    Registration.Attested attested = attestation.attested();
    return new AuditEvent.By(
        attested.attester(), attested.rule(), attested.kind(), attested.level(), attestation.jti());
  }
}
