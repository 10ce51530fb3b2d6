package dev.mayfly.attestation;

import dev.mayfly.realm.Attester;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.registry.AppliedRealm;
import java.util.Optional;

/// Our own attester among those that count for a client.
public final class OwnAttester {
  private OwnAttester() {}

  public static Optional<Attester.Builtin> of(AppliedRealm realm, ClientConfig client) {
    return realm.config().attestersOf(client).stream()
        .filter(Attester.Builtin.class::isInstance)
        .map(Attester.Builtin.class::cast)
        .findFirst();
  }
}
