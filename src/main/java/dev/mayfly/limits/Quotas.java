package dev.mayfly.limits;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.network.Network;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.Quota;
import dev.mayfly.realm.RealmConfig;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Who has asked how much, on this replica. Quotas of clients are counted for a client that has
/// proved who it is; failures for an address and the name that it uses, so that whoever guesses
/// from one address, or behind it, slows down himself and nobody else.
@Singleton
public class Quotas {
  private static final int MOST_CLIENTS = 100_000;
  private static final int MOST_SOURCES = 100_000;

  /// For the audit rows of all refusals together: a flood from many addresses is in the metrics.
  private static final Quota ROWS = new Quota(60, Duration.ofMinutes(1));

  private final Consumer<AuditEvent> trail;
  private final MeterRegistry meters;
  private final LongSupplier nanos;
  private final Buckets<OfClient> clients;
  private final Buckets<OfRealm> realms;
  private final Buckets<Source> sources;

  /// Apart from the others: whoever asks from many addresses must not make room for guesses.
  private final Buckets<Source> askers;

  private final Bucket rows;

  private record OfClient(Door door, RealmName realm, ClientId client) {}

  private record OfRealm(Door door, RealmName realm) {}

  /// `claimed` is a client of the realm, or nobody: names that do not exist share one bucket.
  private record Source(Door door, RealmName realm, Network network, Optional<ClientId> claimed) {}

  @Inject
  Quotas(Ledger ledger, MeterRegistry meters) {
    this(event -> record(ledger, meters, event), meters, System::nanoTime);
  }

  /// `trail` takes events without delay.
  Quotas(Consumer<AuditEvent> trail, MeterRegistry meters, LongSupplier nanos) {
    this.trail = trail;
    this.meters = meters;
    this.nanos = nanos;
    long now = nanos.getAsLong();
    this.clients = new Buckets<>(MOST_CLIENTS, now);
    this.realms = new Buckets<>(MOST_CLIENTS, now);
    this.sources = new Buckets<>(MOST_SOURCES, now);
    this.askers = new Buckets<>(MOST_SOURCES, now);
    this.rows = new Bucket(now);
  }

  /// Counts a request of a client that has been authenticated. Its own quota comes first: what
  /// it asks beyond that takes nothing from the others. Empty where it has none.
  public Optional<Standing> take(
      Door door, RequestFacts facts, RealmConfig realm, ClientConfig client) {
    Optional<Quota> own = door.ofClient(realm, client);
    if (own.isEmpty()) {
      return Optional.empty();
    }
    long now = nanos.getAsLong();
    OfClient key = new OfClient(door, facts.realm(), client.clientId());
    Optional<ClientId> who = Optional.of(client.clientId());
    Optional<Standing> standing =
        clients.of(key, now).map(bucket -> take("client", own.get(), bucket, door, facts, who));
    Optional<Quota> shared = door.ofRealm(realm).realm();
    if (shared.isEmpty() || standing.filter(still -> !still.within()).isPresent()) {
      return standing;
    }
    return realms
        .of(new OfRealm(door, facts.realm()), now)
        .map(bucket -> take("realm", shared.get(), bucket, door, facts, who))
        .filter(whole -> !whole.within())
        .or(() -> standing);
  }

  /// Counts a request for a challenge, by its address alone. Empty where nothing is counted.
  public Optional<Standing> takeChallenge(RequestFacts facts, RealmConfig realm) {
    long now = nanos.getAsLong();
    Source source = source(Door.CHALLENGE, facts, realm, Optional.empty());
    Quota quota = realm.rateLimits().challenge();
    return askers
        .of(source, now)
        .map(bucket -> take("address", quota, bucket, Door.CHALLENGE, facts, Optional.empty()));
  }

  /// As [#take], but takes nothing: for a request that still has something to prove. What is
  /// refused is noted.
  public Optional<Standing> exhausted(
      Door door, RequestFacts facts, RealmConfig realm, ClientConfig client) {
    Optional<Bucket> own = clients.find(new OfClient(door, facts.realm(), client.clientId()));
    Optional<Bucket> shared = realms.find(new OfRealm(door, facts.realm()));
    Optional<ClientId> who = Optional.of(client.clientId());
    return exhausted("client", door.ofClient(realm, client), own, door, facts, who)
        .or(() -> exhausted("realm", door.ofRealm(realm).realm(), shared, door, facts, who));
  }

  private Optional<Standing> exhausted(
      String policy,
      Optional<Quota> quota,
      Optional<Bucket> bucket,
      Door door,
      RequestFacts facts,
      Optional<ClientId> who) {
    if (quota.isEmpty() || bucket.isEmpty()) {
      return Optional.empty();
    }
    Standing standing =
        Standing.of(policy, quota.get(), bucket.get().look(quota.get(), nanos.getAsLong()));
    if (standing.within()) {
      return Optional.empty();
    }
    note(door, bucket.get(), standing, facts, who);
    return Optional.of(standing);
  }

  private Standing take(
      String policy,
      Quota quota,
      Bucket bucket,
      Door door,
      RequestFacts facts,
      Optional<ClientId> who) {
    Standing standing = Standing.of(policy, quota, bucket.take(quota, nanos.getAsLong()));
    if (!standing.within()) {
      note(door, bucket, standing, facts, who);
    }
    return standing;
  }

  /// Whether this address has failed so often with this name that it has to wait; asked before
  /// anything that costs.
  public Optional<Standing> slowed(
      Door door, RequestFacts facts, RealmConfig realm, Optional<ClientId> claimed) {
    Source source = source(door, facts, realm, claimed);
    return exhausted(
        "failures",
        Optional.of(realm.rateLimits().failures()),
        sources.find(source),
        door,
        facts,
        source.claimed());
  }

  /// Counts a failure to prove who one is.
  public void failed(Door door, RequestFacts facts, RealmConfig realm, Optional<ClientId> claimed) {
    long now = nanos.getAsLong();
    sources
        .of(source(door, facts, realm, claimed), now)
        .ifPresent(bucket -> bucket.take(realm.rateLimits().failures(), now));
  }

  private static Source source(
      Door door, RequestFacts facts, RealmConfig realm, Optional<ClientId> claimed) {
    return new Source(
        door,
        facts.realm(),
        network(facts.address()),
        claimed.filter(id -> realm.client(id).isPresent() || realm.resourceServer(id).isPresent()));
  }

  /// What one customer of a provider usually has.
  static Network network(InetAddress address) {
    return Network.around(address, address.getAddress().length == 16 ? 64 : 32);
  }

  /// One row for each bucket and minute; nobody waits for it.
  private void note(
      Door door, Bucket bucket, Standing standing, RequestFacts facts, Optional<ClientId> client) {
    meters
        .counter(
            "mayfly.quota.refused",
            "realm",
            facts.realm().value(),
            "door",
            door.word(),
            "policy",
            standing.policy())
        .increment();
    long now = nanos.getAsLong();
    bucket
        .countRefusal(now)
        .ifPresent(
            many -> {
              if (rows.take(ROWS, now).granted()) {
                trail.accept(
                    new AuditEvent.QuotaExceeded(
                        facts.context(client),
                        door.word(),
                        standing.policy(),
                        standing.quota().toString(),
                        many));
              }
            });
  }

  private static void record(Ledger ledger, MeterRegistry meters, AuditEvent event) {
    var _ =
        ledger
            .record(new Entry.Note(event, List.of()))
            .subscribe()
            .with(_ -> {}, _ -> meters.counter("mayfly.quota.unrecorded").increment());
  }
}
