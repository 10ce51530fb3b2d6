package dev.mayfly.registry;

import dev.mayfly.ledger.Registration;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.ResourceServerConfig;

/// Who can authenticate at a realm: a client, or a resource server that introspects.
public sealed interface Registered {
  ClientId id();

  Credentials credentials();

  Registration.State state();

  record AsClient(ClientConfig config, Registration.State state) implements Registered {
    @Override
    public ClientId id() {
      return config.clientId();
    }

    @Override
    public Credentials credentials() {
      return config.credentials();
    }
  }

  record AsResourceServer(ResourceServerConfig config, Registration.State state)
      implements Registered {
    @Override
    public ClientId id() {
      return config.clientId();
    }

    @Override
    public Credentials credentials() {
      return config.credentials();
    }
  }
}
