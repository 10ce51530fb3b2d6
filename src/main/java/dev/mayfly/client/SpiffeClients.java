package dev.mayfly.client;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.SpiffeId;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.registry.AppliedRealm;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Which client a request means that may name it by its SPIFFE ID.
final class SpiffeClients {
  private static final String SCHEME = "spiffe:";

  private SpiffeClients() {}

  /// A `client_id` of ours as it is, whether or not it is registered. For a SPIFFE ID the one
  /// client that is registered with `method` and a pattern that has it: where two patterns do,
  /// the realm has not said whose it is, and nobody is meant.
  static Optional<ClientId> named(AppliedRealm realm, String name, AuthMethod method) {
    try {
      return name.startsWith(SCHEME)
          ? ofWorkload(realm, SpiffeId.parse(name), method)
          : Optional.of(new ClientId(name));
    } catch (IllegalArgumentException noSuchClientCanBe) {
      return Optional.empty();
    }
  }

  private static Optional<ClientId> ofWorkload(
      AppliedRealm realm, SpiffeId workload, AuthMethod method) {
    List<ClientId> clients =
        Stream.concat(
                realm.config().clients().entrySet().stream()
                    .map(entry -> Map.entry(entry.getKey(), entry.getValue().credentials())),
                realm.config().resourceServers().entrySet().stream()
                    .map(entry -> Map.entry(entry.getKey(), entry.getValue().credentials())))
            .filter(entry -> isOf(entry.getValue(), workload, method))
            .map(Map.Entry::getKey)
            .toList();
    return clients.size() == 1 ? Optional.of(clients.getFirst()) : Optional.empty();
  }

  /// Whether the credentials have this method, and their pattern this workload.
  static boolean isOf(Credentials credentials, SpiffeId workload, AuthMethod method) {
    return credentials.methods().contains(method)
        && credentials.spiffeId().map(pattern -> pattern.matches(workload)).orElse(false);
  }
}
