package dev.mayfly.server;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.identity.FirstAdmin;
import dev.mayfly.oauth.RealmName;
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
import java.util.Optional;
import java.util.UUID;

/// Leaves the first admin's link in the home, for `boot` to print: beside the key that could
/// make such a link anyway, and as private.
@ApplicationScoped
class FirstAdminLink {
  private static final RealmName NO_REALM = new RealmName("mayfly");

  private final FirstAdmin first;
  private final BrokerConfig config;
  private final Clock clock;

  @Inject
  FirstAdminLink(FirstAdmin first, BrokerConfig config, Clock clock) {
    this.first = first;
    this.config = config;
    this.clock = clock;
  }

  Uni<Void> leave() {
    AuditContext context =
        new AuditContext(
            clock.instant(), NO_REALM, Optional.empty(), UUID.randomUUID().toString(), "local");
    return first.link(context).invoke(this::write).replaceWithVoid();
  }

  private void write(Optional<String> link) {
    Path folder = config.home().resolve("admin");
    Path file = folder.resolve("first-admin.url");
    try {
      if (link.isEmpty()) {
        Files.deleteIfExists(file);
        return;
      }
      Path temporary =
          Files.createTempFile(
              folder,
              ".new",
              ".url",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(temporary, link.get() + "\n");
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
