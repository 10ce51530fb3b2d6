package dev.mayfly.registry;

import dev.mayfly.jose.CompactJwt;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Digests;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Registration.Sealed;
import dev.mayfly.ledger.Registration.Secret;
import dev.mayfly.ledger.Secrets;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/// Knows client secrets again: a presented one by its keyed hash, one that signed by opening it.
@Singleton
public class SecretVerifier {
  private static final Logger LOG = Logger.getLogger(SecretVerifier.class);

  private final SecretHasher hasher;
  private final SealedSecrets sealed;
  private final BrokerKeys keys;
  private final Secrets secrets;
  private final KnownSecrets known = new KnownSecrets();
  private final Set<UUID> underWay = ConcurrentHashMap.newKeySet();

  @Inject
  SecretVerifier(SecretHasher hasher, SealedSecrets sealed, BrokerKeys keys, Secrets secrets) {
    this.hasher = hasher;
    this.sealed = sealed;
    this.keys = keys;
    this.secrets = secrets;
  }

  /// Whether `presented` is one of the live secrets. One MAC for each key that these name: one, but
  /// for the time after a rotation. Without any live secret it costs one too, and none for one
  /// that this process has known before.
  public Uni<Boolean> isOneOf(
      List<Secret> live, RealmName realm, ClientId client, String presented) {
    return isKnown(live, presented)
        ? Uni.createFrom().item(true)
        : isFound(live, realm, client, presented);
  }

  /// Only of the current MAC key: what is to be hashed anew goes the long way.
  private boolean isKnown(List<Secret> live, String presented) {
    List<Registration.Key> trusted = keys.trusted(Purpose.MAC);
    for (Secret secret : live) {
      Digests kept = secret.kept();
      if (!trusted.isEmpty()
          && kept.macKid().equals(trusted.getFirst().kid())
          && known.has(secret.id(), kept, presented)) {
        return true;
      }
    }
    return false;
  }

  private Uni<Boolean> isFound(
      List<Secret> live, RealmName realm, ClientId client, String presented) {
    return keys.current(Purpose.MAC)
        .chain(
            current -> {
              Set<String> named =
                  live.stream()
                      .map(secret -> secret.kept().macKid())
                      .collect(java.util.stream.Collectors.toUnmodifiableSet());
              List<Registration.Key> candidates =
                  keys.trusted(Purpose.MAC).stream()
                      .filter(key -> named.contains(key.kid()))
                      .toList();
              Search search = new Search(live, realm, client, presented, current);
              return search.among(
                  (candidates.isEmpty() ? List.of(current) : candidates).iterator());
            });
  }

  private final class Search {
    private final List<Secret> live;
    private final RealmName realm;
    private final ClientId client;
    private final String presented;
    private final Registration.Key current;

    Search(
        List<Secret> live,
        RealmName realm,
        ClientId client,
        String presented,
        Registration.Key current) {
      this.live = live;
      this.realm = realm;
      this.client = client;
      this.presented = presented;
      this.current = current;
    }

    Uni<Boolean> among(Iterator<Registration.Key> candidates) {
      if (!candidates.hasNext()) {
        return Uni.createFrom().item(false);
      }
      Registration.Key key = candidates.next();
      return hasher
          .digest(key, SecretHasher.Kind.CLIENT_SECRET, realm, client, presented)
          .map(digest -> match(key, digest))
          .chain(
              found ->
                  found.isEmpty()
                      ? among(candidates)
                      : Uni.createFrom().item(true).invoke(() -> renew(found.get())));
    }

    private Optional<Secret> match(Registration.Key key, String digest) {
      byte[] bytes = digest.getBytes(StandardCharsets.US_ASCII);
      return live.stream()
          .filter(secret -> secret.kept().macKid().equals(key.kid()))
          .filter(
              secret ->
                  MessageDigest.isEqual(
                      bytes, secret.kept().digest().getBytes(StandardCharsets.US_ASCII)))
          .findFirst();
    }

    /// Nobody waits for it, and the old hashes stay good if it fails.
    private void renew(Secret secret) {
      Digests kept = secret.kept();
      if (kept.macKid().equals(current.kid()) && kept.fingerprint().isPresent()) {
        known.keep(secret.id(), kept, presented);
        return;
      }
      if (!underWay.add(secret.id())) {
        return;
      }
      hasher
          .digests(SecretHasher.Kind.CLIENT_SECRET, realm, client, presented)
          .chain(renewed -> secrets.rehash(secret.id(), kept, renewed))
          .onTermination()
          .invoke(() -> underWay.remove(secret.id()))
          .subscribe()
          .with(
              _ -> LOG.debugf("a secret of %s was hashed under %s", client, current.kid()),
              failure -> LOG.debugf("a secret's hash waits: %s", failure.getMessage()));
    }
  }

  /// Whether one of the live secrets made the MAC of `assertion`. Each is opened for this one
  /// look, and wiped.
  public Uni<Boolean> signedByOneOf(List<Secret> live, CompactJwt assertion) {
    return signed(live.stream().flatMap(secret -> secret.sealed().stream()).iterator(), assertion);
  }

  private Uni<Boolean> signed(Iterator<Sealed> candidates, CompactJwt assertion) {
    return !candidates.hasNext()
        ? Uni.createFrom().item(false)
        : sealed
            .open(candidates.next())
            .map(secret -> secret.isPresent() && isMacOf(assertion, secret.get()))
            .chain(signed -> signed ? Uni.createFrom().item(true) : signed(candidates, assertion));
  }

  private static boolean isMacOf(CompactJwt assertion, byte[] secret) {
    try {
      return assertion.isMacOf(secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }
}
