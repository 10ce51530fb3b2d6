package dev.mayfly.client;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.fetch.KeySets;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.KeySource.RemoteDocument;
import dev.mayfly.registry.AppliedRealm;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.function.Predicate;

/// The public keys that a client is registered with: those in the realm file, or those that are at
/// its `jwks_uri` now. By either way the same kinds of keys count, and none that was ever retired:
/// showing it at another place does not bring it back.
@ApplicationScoped
class ClientKeys {
  private final KeySets sets;

  @Inject
  ClientKeys(KeySets sets) {
    this.sets = sets;
  }

  /// Those among them that are `wanted`. A `jwks_uri` is asked again where none of what is known
  /// of it is wanted. Fails with [dev.mayfly.fetch.FetchFailedException] when there are no keys to
  /// believe: that is nobody's guilt, and no refusal.
  Uni<List<JWK>> of(Credentials credentials, AppliedRealm realm, Predicate<JWK> wanted) {
    if (credentials.jwksUri().isEmpty()) {
      return Uni.createFrom()
          .item(
              credentials.jwks().map(jwks -> jwks.keys()).orElse(List.of()).stream()
                  .filter(wanted)
                  .filter(key -> !realm.retired().contains(key))
                  .toList());
    }
    RemoteDocument document = credentials.jwksUri().get();
    return sets.of(document, wanted)
        .map(
            keys ->
                keys.stream()
                    .filter(dev.mayfly.realm.PublicKeys::isUsable)
                    .filter(wanted)
                    .filter(key -> !realm.retired().contains(PublicKeys.canonicalThumbprint(key)))
                    .toList());
  }
}
