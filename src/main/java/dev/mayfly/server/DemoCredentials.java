package dev.mayfly.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.attestation.InstanceEnrolment;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.ClientSecrets;
import dev.mayfly.registry.Realms;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// What a tool of a demo realm needs to be that tool, in one file (0600) for each client, made
/// at the first start: secret, instance key and attestation. A file that exists is left alone.
@ApplicationScoped
class DemoCredentials {
  private static final String BY = "demo";

  private final Path folder;
  private final Realms realms;
  private final ClientSecrets secrets;
  private final InstanceEnrolment enrolment;
  private final Clock clock;

  @Inject
  DemoCredentials(
      BrokerConfig config,
      Realms realms,
      ClientSecrets secrets,
      InstanceEnrolment enrolment,
      Clock clock) {
    this.folder = config.home().resolve("demo");
    this.realms = realms;
    this.secrets = secrets;
    this.enrolment = enrolment;
    this.clock = clock;
  }

  Uni<Void> write(RealmConfig realm) {
    Uni<Void> all = Uni.createFrom().voidItem();
    if (!realm.demo()) {
      return all;
    }
    List<ClientId> ids = new ArrayList<>(realm.clients().keySet());
    ids.addAll(realm.resourceServers().keySet());
    for (ClientId id : ids) {
      Path file = folder.resolve(realm.realm().value()).resolve(id + ".json");
      if (!Files.exists(file)) {
        all = all.chain(() -> write(realm, id, file));
      }
    }
    return all;
  }

  private Uni<Void> write(RealmConfig realm, ClientId id, Path file) {
    AppliedRealm applied = realms.find(realm.realm().value()).orElseThrow();
    ObjectNode content = Answers.JSON.createObjectNode().put("client_id", id.value());
    Credentials credentials = applied.registered(id).orElseThrow().credentials();
    Uni<Void> steps = Uni.createFrom().voidItem();
    if (credentials.secret().isPresent()) {
      steps =
          steps.chain(
              () ->
                  secrets
                      .rotate(applied, id, context(realm, id), BY, "first start")
                      .invoke(secret -> content.put("client_secret", secret.text()))
                      .replaceWithVoid());
    }
    Optional<ClientConfig> client = realm.client(id);
    if (client.isPresent() && !realm.attestersOf(client.get()).isEmpty()) {
      steps = steps.chain(() -> attest(applied, id, content));
    }
    return steps.invoke(() -> writePrivately(file, content));
  }

  private Uni<Void> attest(AppliedRealm realm, ClientId id, ObjectNode content) {
    ECKey key = newInstanceKey();
    return enrolment
        .enrol(realm, id, key.toPublicJWK(), context(realm.config(), id))
        .invoke(
            attestation -> {
              content.set("instance_key", Answers.JSON.valueToTree(key.toJSONObject()));
              content.put("attestation", attestation);
            })
        .replaceWithVoid();
  }

  private AuditContext context(RealmConfig realm, ClientId id) {
    return new AuditContext(
        clock.instant(), realm.realm(), Optional.of(id), UUID.randomUUID().toString(), "127.0.0.1");
  }

  private static ECKey newInstanceKey() {
    try {
      return new ECKeyGenerator(Curve.P_256).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("every Java platform has P-256", e);
    }
  }

  private static void writePrivately(Path file, ObjectNode content) {
    try {
      Files.createDirectories(
          file.getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path temporary =
          Files.createTempFile(
              file.getParent(),
              ".new",
              ".json",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(temporary, content.toPrettyString() + "\n");
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
