package dev.mayfly.registry;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registry;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.RealmConfigException;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// Client secrets and join secrets: made here, told once, kept as keyed hashes.
@ApplicationScoped
public class ClientSecrets {
  private final Registry registry;
  private final Realms realms;
  private final SecretHasher hasher;

  @Inject
  ClientSecrets(Registry registry, Realms realms, SecretHasher hasher) {
    this.registry = registry;
    this.realms = realms;
    this.hasher = hasher;
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
    String text = SecretHasher.generate(SecretHasher.Kind.CLIENT_SECRET);
    Instant now = context.at();
    Instant expiresAt = now.plus(realm.config().policy().secretLifetime());
    Instant previousUntil = now.plus(realm.config().policy().secretOverlap());
    return hasher
        .digest(SecretHasher.Kind.CLIENT_SECRET, realm.name(), client, text)
        .chain(
            digest ->
                registry.addSecret(
                    realm.name(),
                    client,
                    new Registration.Secret(digest, now, expiresAt),
                    previousUntil,
                    new AuditEvent.SecretIssued(context, by, reason, expiresAt, previousUntil)))
        .chain(realms::reload)
        .replaceWith(new Told(text, expiresAt, previousUntil));
  }

  private static final int SHORTEST = 32;

  /// Takes over the secrets that a realm's file refers to by path, each once. `folder`: where
  /// relative paths start.
  /// Errors: [RealmConfigException] when a file cannot be read or its secret is too short.
  public Uni<Void> adoptFromFiles(AppliedRealm realm, Path folder, AuditContext context) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (ClientId id : realm.states().keySet()) {
      Optional<Credentials.SecretSource> source =
          realm.registered(id).flatMap(known -> known.credentials().secret());
      if (source.isPresent() && source.get() instanceof Credentials.SecretSource.InFile inFile) {
        String secret = read(realm, id, inFile.in(folder));
        all = all.chain(() -> adopt(realm, id, secret, context.withClient(id)));
      }
    }
    return all;
  }

  private Uni<Void> adopt(
      AppliedRealm realm, ClientId client, String secret, AuditContext context) {
    Instant now = context.at();
    Instant expiresAt = now.plus(realm.config().policy().secretLifetime());
    return hasher
        .digest(SecretHasher.Kind.CLIENT_SECRET, realm.name(), client, secret)
        .chain(
            digest ->
                registry.adoptSecret(
                    realm.name(),
                    client,
                    new Registration.Secret(digest, now, expiresAt),
                    new AuditEvent.SecretIssued(
                        context, "start", "provided by file", expiresAt, expiresAt)))
        .chain(realms::reload);
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
        .digest(SecretHasher.Kind.JOIN_SECRET, realm.name(), client, text)
        .chain(
            digest ->
                registry.addJoinSecret(
                    realm.name(),
                    client,
                    new Registration.JoinSecret(digest, attester.name(), expiresAt),
                    new AuditEvent.JoinSecretIssued(context, by, reason, expiresAt)))
        .replaceWith(new Told(text, expiresAt, expiresAt));
  }
}
