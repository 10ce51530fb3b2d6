package dev.mayfly.registry;

import dev.mayfly.ledger.Registration;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
import java.util.Map;
import java.util.Optional;

/// A realm as it is in force on this replica. A realm without keys for both purposes is not applied
/// yet and does not exist for requests. What `retired` knows is refused, whatever the
/// configuration says: it may have been retired in another realm since.
public record AppliedRealm(
    RealmConfig config,
    String issuer,
    KeyRing accessTokenKeys,
    KeyRing attestationKeys,
    GeoLookup geo,
    Map<ClientId, Registration.State> states,
    RetiredKeys retired) {
  public AppliedRealm {
    states = Map.copyOf(states);
  }

  public RealmName name() {
    return config.realm();
  }

  public Optional<Registered> registered(ClientId id) {
    Registration.State state = states.get(id);
    if (state == null) {
      return Optional.empty();
    }
    return config
        .client(id)
        .<Registered>map(client -> new Registered.AsClient(client, state))
        .or(
            () ->
                config
                    .resourceServer(id)
                    .map(server -> new Registered.AsResourceServer(server, state)));
  }
}
