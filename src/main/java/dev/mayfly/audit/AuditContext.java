package dev.mayfly.audit;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.Optional;

/// Where an event happened: in which realm, for which client, in which request, from which
/// address. `client` is what the request claimed until it was authenticated; empty when it
/// claimed none. `address` is the peer's address as text, or `local` for the process itself and
/// its admin. `country` is the address's, where it is known.
public record AuditContext(
    Instant at,
    RealmName realm,
    Optional<ClientId> client,
    String requestId,
    String address,
    Optional<String> country) {
  /// Of the process itself, or where nobody has asked which country it is.
  public AuditContext(
      Instant at, RealmName realm, Optional<ClientId> client, String requestId, String address) {
    this(at, realm, client, requestId, address, Optional.empty());
  }

  public AuditContext withClient(ClientId proven) {
    return new AuditContext(at, realm, Optional.of(proven), requestId, address, country);
  }
}
