package dev.mayfly.token;

import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RequestSigning;
import dev.mayfly.registry.BrokerKeys;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Derives the keys by which tools sign, and holds those that were asked for: a bot signs each of
/// its requests, and the HSM is asked once for all of them.
@Singleton
public class RequestSigningKeys {
  /// About two hundred bytes each.
  static final int MOST = 20_000;

  private record Held(RequestSigningKey key, Instant until) {}

  private final BrokerKeys macs;
  private final Clock clock;
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  @Inject
  RequestSigningKeys(BrokerKeys macs, Clock clock) {
    this.macs = macs;
    this.clock = clock;
  }

  /// For the token response. Empty for a client that has no shared key.
  Uni<Optional<RequestSigningKey>> ofGrant(ClientConfig client, GrantId grant) {
    return client.requestSigning().filter(RequestSigning::hmac).isEmpty()
        ? Uni.createFrom().item(Optional.empty())
        : macs.current(Purpose.MAC).chain(mac -> derive(grant, mac)).map(Optional::of);
  }

  /// The key of that name, if it is this grant's. Whether its MAC key is still trusted is asked
  /// each time; whether the grant lives is the caller's to know.
  ///
  /// @param until when the token ends that the key is wanted for
  public Uni<Optional<byte[]>> find(String keyid, GrantId grant, Instant until) {
    Optional<Registration.Key> mac =
        macs.trusted(Purpose.MAC).stream()
            .filter(key -> RequestSigningKey.keyid(grant, key).equals(keyid))
            .findFirst();
    if (mac.isEmpty()) {
      return Uni.createFrom().item(Optional.empty());
    }
    Held before = held.get(keyid);
    if (before != null) {
      return Uni.createFrom().item(Optional.of(before.key().key()));
    }
    return derive(grant, mac.get())
        .invoke(key -> keep(new Held(key, until)))
        .map(key -> Optional.of(key.key()));
  }

  private Uni<RequestSigningKey> derive(GrantId grant, Registration.Key mac) {
    return macs.mac(mac, RequestSigningKey.keyInput(grant))
        .map(key -> new RequestSigningKey(RequestSigningKey.keyid(grant, mac), key));
  }

  private void keep(Held fresh) {
    if (held.size() >= MOST) {
      Instant now = clock.instant();
      held.values().removeIf(old -> !now.isBefore(old.until()));
      if (held.size() >= MOST) {
        // Rare enough that deriving some again costs less than keeping an order of use.
        held.clear();
      }
    }
    held.put(fresh.key().keyid(), fresh);
  }

  int size() {
    return held.size();
  }
}
