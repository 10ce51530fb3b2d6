package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// Rotations that are driven to their end, each by the name that whoever drives it gave: a second
/// secret beside the old one, and once that is in use, the end of the old one. Asked for again,
/// nothing happens twice. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class SecretRotations {
  private final Registry registry;

  @Inject
  SecretRotations(Registry registry) {
    this.registry = registry;
  }

  /// Of what, by whom, and why. `seen`: of the client's secrets. Errors: [StaleException].
  public record Rotation(
      RealmName realm,
      ClientId client,
      String id,
      AuditContext context,
      String by,
      String reason,
      IfMatch seen) {
    private String key() {
      return ClientRow.key(realm, client);
    }

    private Versioned secrets() {
      return Versioned.secrets(realm, client, context.at());
    }
  }

  public sealed interface Step {
    /// The secret that was handed in is the rotation's now, and any that it had before has ended.
    record Begun(UUID secret) implements Step {}

    /// The secret that this rotation made is in force and is still wanted.
    record UnderWay(UUID secret) implements Step {}

    record Finished(UUID secret) implements Step {}

    /// Another rotation of this client has not been finished.
    record Another(String id) implements Step {}

    record Unknown() implements Step {}
  }

  /// How far this rotation is; nothing is changed.
  public Uni<Step> look(Rotation rotation) {
    return registry.transaction(session -> state(session, rotation, false));
  }

  private static Uni<Step> state(
      Mutiny.StatelessSession session, Rotation rotation, boolean locked) {
    return session
        .createNativeQuery(
            "select rotation_id, secret_id, finished_at from secret_rotations where client_key ="
                + " :key and (rotation_id = :id or finished_at is null) order by (rotation_id ="
                + " :id) desc"
                + (locked ? " for update" : ""),
            Object[].class)
        .setParameter("key", rotation.key())
        .setParameter("id", rotation.id())
        .getResultList()
        .map(
            rows -> {
              if (rows.isEmpty()) {
                return new Step.Unknown();
              }
              Object[] row = rows.getFirst();
              return !row[0].equals(rotation.id())
                  ? new Step.Another((String) row[0])
                  : row[2] == null
                      ? new Step.UnderWay((UUID) row[1])
                      : new Step.Finished((UUID) row[1]);
            });
  }

  /// Begins a rotation with `secret`, or begins it once more: the secret that was made before, and
  /// that nobody has, ends at once. Those of before the rotation stay until `previousValidUntil`.
  public Uni<Step> begin(
      Rotation rotation, Registration.Secret secret, Instant previousValidUntil) {
    AuditEvent event =
        new AuditEvent.SecretIssued(
            rotation.context(),
            rotation.by(),
            rotation.reason(),
            secret.expiresAt(),
            previousValidUntil);
    return registry.transaction(
        session ->
            Secrets.lock(session, rotation.key())
                .chain(() -> Versions.require(session, rotation.secrets(), rotation.seen()))
                .chain(() -> state(session, rotation, true))
                .chain(
                    step ->
                        switch (step) {
                          case Step.Finished _, Step.Another _, Step.Begun _ ->
                              Uni.createFrom().item(step);
                          case Step.Unknown _ ->
                              add(session, rotation, secret, previousValidUntil, event);
                          case Step.UnderWay(UUID lost) ->
                              Fingerprints.retireSecret(
                                      session,
                                      rotation.key(),
                                      lost,
                                      rotation.context().at(),
                                      "made again in the rotation " + rotation.id())
                                  .chain(
                                      () ->
                                          add(
                                              session,
                                              rotation,
                                              secret,
                                              previousValidUntil,
                                              event));
                        }));
  }

  private Uni<Step> add(
      Mutiny.StatelessSession session,
      Rotation rotation,
      Registration.Secret secret,
      Instant previousValidUntil,
      AuditEvent event) {
    return Secrets.insertBeside(session, rotation.key(), secret, previousValidUntil)
        .chain(
            () ->
                Registry.execute(
                    session,
                    "insert into secret_rotations (client_key, rotation_id, secret_id, begun_at)"
                        + " values (:key, :id, :secret, :at) on conflict (client_key, rotation_id)"
                        + " do update set secret_id = excluded.secret_id",
                    Map.of(
                        "key", rotation.key(),
                        "id", rotation.id(),
                        "secret", secret.id(),
                        "at", rotation.context().at())))
        .chain(() -> registry.finish(session, event))
        .replaceWith(new Step.Begun(secret.id()));
  }

  /// The secrets of before have ended, if they had not; a second time nothing happens.
  public Uni<Step> finish(Rotation rotation) {
    return registry.transaction(
        session ->
            Secrets.lock(session, rotation.key())
                .chain(() -> Versions.require(session, rotation.secrets(), rotation.seen()))
                .chain(() -> state(session, rotation, true))
                .chain(
                    step ->
                        step instanceof Step.UnderWay(UUID secret)
                            ? finish(session, rotation, secret)
                            : Uni.createFrom().item(step)));
  }

  private Uni<Step> finish(Mutiny.StatelessSession session, Rotation rotation, UUID secret) {
    Instant at = rotation.context().at();
    return Registry.execute(
            session,
            "update client_secrets set expires_at = :at where client_key = :key and secret_id <>"
                + " :secret and expires_at > :at",
            Map.of("at", at, "key", rotation.key(), "secret", secret))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "update secret_rotations set finished_at = :at where client_key = :key and"
                        + " rotation_id = :id",
                    Map.of("at", at, "key", rotation.key(), "id", rotation.id())))
        .chain(
            () ->
                registry.finish(
                    session,
                    new AuditEvent.SecretRotationFinished(
                        rotation.context(),
                        rotation.id(),
                        secret,
                        rotation.by(),
                        rotation.reason())))
        .replaceWith(new Step.Finished(secret));
  }
}
