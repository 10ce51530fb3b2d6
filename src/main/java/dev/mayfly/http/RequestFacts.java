package dev.mayfly.http;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.network.Location;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/// What is known of a request before anybody is authenticated. `address` is the client's,
/// resolved through trusted proxies only.
public record RequestFacts(
    RealmName realm, InetAddress address, Location location, Instant received, String requestId) {

  public AuditContext context(Optional<ClientId> client) {
    return new AuditContext(
        received, realm, client, requestId, address.getHostAddress(), country());
  }

  public Optional<String> country() {
    return location instanceof Location.Known known
        ? Optional.of(known.country())
        : Optional.empty();
  }
}
