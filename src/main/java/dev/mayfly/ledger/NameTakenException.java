package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;

/// A registered client has this name, or had it.
public final class NameTakenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ClientId client;

  NameTakenException(ClientId client) {
    super("a registered client is or was called " + client);
    this.client = client;
  }

  public ClientId client() {
    return client;
  }
}
