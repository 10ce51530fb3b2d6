package dev.mayfly.registry;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.IfMatch;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Adoption;
import dev.mayfly.ledger.SecretRotations;
import dev.mayfly.ledger.SecretRotations.Rotation;
import dev.mayfly.ledger.SecretRotations.Step;
import dev.mayfly.ledger.Secrets;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.RealmConfigException;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// Client secrets and join secrets: made here, told once, kept as keyed hashes.
@ApplicationScoped
public class ClientSecrets {
  private static final Logger LOG = Logger.getLogger(ClientSecrets.class);

  private final Secrets secrets;
  private final SecretRotations rotations;
  private final Realms realms;
  private final SecretHasher hasher;
  private final SealedSecrets sealed;

  @Inject
  ClientSecrets(
      Secrets secrets,
      SecretRotations rotations,
      Realms realms,
      SecretHasher hasher,
      SealedSecrets sealed) {
    this.secrets = secrets;
    this.rotations = rotations;
    this.realms = realms;
    this.hasher = hasher;
    this.sealed = sealed;
  }

  /// A secret in clear, for the one answer that tells it.
  public record Told(String text, Instant expiresAt, Instant previousValidUntil) {
    @Override
    public String toString() {
      return "Told[redacted]";
    }
  }

  /// A new client secret; those before it stay valid for the realm's overlap, and not longer.
  public Uni<Told> rotate(
      AppliedRealm realm, ClientId client, AuditContext context, String by, String reason) {
    return rotate(realm, client, context, by, reason, IfMatch.ANY);
  }

  /// `seen`: of the secrets of before. Errors: [dev.mayfly.ledger.StaleException].
  public Uni<Told> rotate(
      AppliedRealm realm,
      ClientId client,
      AuditContext context,
      String by,
      String reason,
      IfMatch seen) {
    String text = SecretHasher.generate(SecretHasher.Kind.CLIENT_SECRET);
    Instant now = context.at();
    Instant expiresAt = now.plus(realm.config().policy().secretLifetime());
    Instant previousUntil = now.plus(realm.config().policy().secretOverlap());
    return kept(realm, client, text, now, expiresAt)
        .chain(
            secret ->
                secrets.add(
                    realm.name(),
                    client,
                    secret,
                    previousUntil,
                    new AuditEvent.SecretIssued(context, by, reason, expiresAt, previousUntil),
                    seen))
        .chain(realms::reload)
        .replaceWith(new Told(text, expiresAt, previousUntil));
  }

  /// How far a rotation is, and the new secret where one was made now.
  public record Begun(Step step, Optional<Told> told) {}

  public Uni<Step> lookAt(Rotation rotation) {
    return rotations.look(rotation);
  }

  /// Makes the second secret of a rotation, unless it is finished or another is under way.
  public Uni<Begun> begin(AppliedRealm realm, Rotation rotation) {
    String text = SecretHasher.generate(SecretHasher.Kind.CLIENT_SECRET);
    Instant now = rotation.context().at();
    Instant expiresAt = now.plus(realm.config().policy().secretLifetime());
    Instant previousUntil = now.plus(realm.config().policy().secretOverlap());
    return kept(realm, rotation.client(), text, now, expiresAt)
        .chain(secret -> rotations.begin(rotation, secret, previousUntil))
        .call(realms::reload)
        .map(
            step ->
                new Begun(
                    step,
                    step instanceof Step.Begun
                        ? Optional.of(new Told(text, expiresAt, previousUntil))
                        : Optional.empty()));
  }

  public Uni<Step> finish(Rotation rotation) {
    return rotations.finish(rotation).call(realms::reload);
  }

  /// A first secret, not written yet; for a client whose secret need not be recoverable.
  record Made(Registration.Secret secret, Told told) {}

  Uni<Made> make(AppliedRealm realm, ClientId client, Instant now) {
    String text = SecretHasher.generate(SecretHasher.Kind.CLIENT_SECRET);
    Instant expiresAt = now.plus(realm.config().policy().secretLifetime());
    return kept(realm, client, text, now, expiresAt)
        .map(secret -> new Made(secret, new Told(text, expiresAt, now)));
  }

  /// Its keyed hashes; and sealed, where one of the client's methods needs the secret itself.
  private Uni<Registration.Secret> kept(
      AppliedRealm realm, ClientId client, String text, Instant now, Instant expiresAt) {
    UUID id = UUID.randomUUID();
    boolean recoverable =
        realm.registered(client).map(known -> known.credentials().needSealing()).orElse(false);
    Uni<Optional<Registration.Sealed>> row =
        recoverable
            ? sealed
                .seal(
                    realm.name(),
                    client.value(),
                    Registration.Secret.sealedName(id),
                    text.getBytes(StandardCharsets.UTF_8))
                .map(Optional::of)
            : Uni.createFrom().item(Optional.empty());
    return hasher
        .digests(SecretHasher.Kind.CLIENT_SECRET, realm.name(), client, text)
        .chain(
            digests ->
                row.map(
                    sealedRow -> new Registration.Secret(id, digests, now, expiresAt, sealedRow)));
  }

  private static final int SHORTEST = 32;

  /// Takes over the secrets that a realm's file refers to by path, each once. `folder`: where
  /// relative paths start.
  /// Errors: [RealmConfigException] when a file cannot be read or its secret is too short.
  public Uni<Void> adoptFromFiles(AppliedRealm realm, Path folder, AuditContext context) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (ClientId id : realm.config().everybody()) {
      Optional<Credentials.SecretSource> source =
          realm.registered(id).flatMap(known -> known.credentials().secret());
      if (source.isPresent() && source.get() instanceof Credentials.SecretSource.InFile inFile) {
        String secret = read(realm, id, inFile.in(folder));
        all = all.chain(() -> adopt(realm, id, secret, context.withClient(id)));
      }
    }
    return all;
  }

  private Uni<Void> adopt(AppliedRealm realm, ClientId client, String text, AuditContext context) {
    Instant now = context.at();
    Instant expiresAt = now.plus(realm.config().policy().secretLifetime());
    return hasher
        .everyDigests(SecretHasher.Kind.CLIENT_SECRET, realm.name(), client, text)
        .chain(
            candidates ->
                kept(realm, client, text, now, expiresAt)
                    .chain(
                        secret ->
                            secrets.adopt(
                                realm.name(),
                                client,
                                secret,
                                candidates,
                                new AuditEvent.SecretIssued(
                                    context, "start", "provided by file", expiresAt, expiresAt))))
        .invoke(adoption -> judge(realm, client, adoption))
        .chain(realms::reload);
  }

  /// A file that still holds the client's own former secret is what a rotation leaves behind: the
  /// broker starts without it. A secret that was somebody else's is a mistake in the realm.
  private static void judge(AppliedRealm realm, ClientId client, Adoption adoption) {
    switch (adoption) {
      case Adoption.Adopted _, Adoption.Known _ -> {}
      case Adoption.Retired(String owner) -> {
        String what =
            "%s.yaml: clients.%s.secret: the secret in the file was retired with %s"
                .formatted(realm.name(), client, owner);
        if (!owner.equals(realm.name() + "/" + client)) {
          throw new RealmConfigException(what + " and is not taken again");
        }
        LOG.warn(what + " and is not taken again; provide another or use rotate-secret");
      }
    }
  }

  private static String read(AppliedRealm realm, ClientId client, Path file) {
    String secret;
    try {
      secret = Files.readString(file).strip();
    } catch (IOException e) {
      throw new RealmConfigException(
          "%s: client %s: the secret file %s cannot be read".formatted(realm.name(), client, file));
    }
    if (secret.length() < SHORTEST) {
      throw new RealmConfigException(
          "%s: client %s: the secret in %s is shorter than %d characters"
              .formatted(realm.name(), client, file, SHORTEST));
    }
    return secret;
  }

  /// A one-time secret with which one instance of the client may join by this attester.
  public Uni<Told> newJoinSecret(
      AppliedRealm realm,
      ClientId client,
      Attester.Builtin attester,
      AuditContext context,
      String by,
      String reason) {
    String text = SecretHasher.generate(SecretHasher.Kind.JOIN_SECRET);
    Instant expiresAt = context.at().plus(attester.joinSecret().lifetime());
    return hasher
        .digests(SecretHasher.Kind.JOIN_SECRET, realm.name(), client, text)
        .chain(
            digests ->
                secrets.addJoinSecret(
                    realm.name(),
                    client,
                    new Registration.JoinSecret(digests, attester.name(), expiresAt),
                    new AuditEvent.JoinSecretIssued(context, by, reason, expiresAt)))
        .replaceWith(new Told(text, expiresAt, expiresAt));
  }
}
