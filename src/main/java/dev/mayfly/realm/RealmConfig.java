package dev.mayfly.realm;

import dev.mayfly.network.DeclaredLocation;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// A realm, as its file describes it and with every default filled in. Immutable; the maps are
/// sorted by key, so that equal realms have equal JSON. What one part says about another (a client
/// names a scope, a scope exists) has been checked by [RealmConfigLoader].
///
/// @param demo whether the broker makes demo credentials for each client at first start
/// @param configuredIssuer where it is not `<base-url>/realms/<realm>`
/// @param statusList whether its tokens have a place in a status list, for who verifies offline
/// @param audiences in the file's order, the first is the default
/// @param fourEyes what one admin cannot do alone
/// @param registration empty: there are no clients beside those of the file
/// @param pushReceivers to whom security events may be pushed, and where
/// @param locations in the file's order, the first that fits decides
public record RealmConfig(
    RealmName realm,
    String description,
    boolean demo,
    Optional<String> configuredIssuer,
    List<String> audiences,
    AttestationLevels levels,
    SequencedMap<String, ScopeConfig> scopes,
    SequencedMap<String, Attester> attesters,
    List<DeclaredLocation> locations,
    RealmPolicy policy,
    KeyPolicy keys,
    ClientTrust trust,
    CheckPolicy check,
    RateLimits rateLimits,
    boolean statusList,
    Set<FourEyes> fourEyes,
    Optional<RegistrationPolicy> registration,
    SequencedMap<ClientId, PushReceiver> pushReceivers,
    SequencedMap<ClientId, ClientConfig> clients,
    SequencedMap<ClientId, ResourceServerConfig> resourceServers) {

  public RealmConfig {
    if (audiences.isEmpty() || scopes.isEmpty()) {
      throw new IllegalArgumentException("a realm has at least one audience and one scope");
    }
    audiences = List.copyOf(audiences);
    scopes = sorted(scopes);
    attesters = sorted(attesters);
    locations = List.copyOf(locations);
    fourEyes = Set.copyOf(fourEyes);
    pushReceivers = sorted(pushReceivers);
    clients = sorted(clients);
    resourceServers = sorted(resourceServers);
  }

  /// The canonical JSON: the text that the database keeps as the applied realm.
  public String toJson() {
    return RealmJson.text(this);
  }

  /// Reads what [#toJson] wrote, as strictly as a realm file.
  /// Errors: [RealmConfigException].
  public static RealmConfig fromJson(String json) {
    return RealmConfigLoader.parseApplied(json);
  }

  /// Reads the document of a client that is not in the file, as strictly as one that is; `name` is
  /// how mistakes in it are called.
  /// Errors: [RealmConfigException].
  public ClientConfig readClient(String name, String json) {
    return new ClientReader(
            audiences, scopes, attesters, policy, trust, rateLimits, FilesBeside.NONE)
        .client(Value.root(name, YamlTree.parse(name, json)));
  }

  public Optional<ClientConfig> client(ClientId id) {
    return Optional.ofNullable(clients.get(id));
  }

  public Optional<ResourceServerConfig> resourceServer(ClientId id) {
    return Optional.ofNullable(resourceServers.get(id));
  }

  /// Everybody who is named in the file.
  public List<ClientId> everybody() {
    return Stream.concat(clients.keySet().stream(), resourceServers.keySet().stream()).toList();
  }

  /// The attesters that count for this client; none for a client without attestation.
  public List<Attester> attestersOf(ClientConfig client) {
    return switch (client.attestation()) {
      case ClientConfig.Attestation.Required(List<String> names) ->
          names.stream().map(attesters::get).toList();
      case ClientConfig.Attestation.None _ -> List.of();
    };
  }

  /// Everything that this realm makes the broker fetch, and where it makes it push to.
  public List<KeySource.RemoteDocument> remoteDocuments() {
    return Stream.of(
            attesters.values().stream()
                .filter(Attester.Builtin.class::isInstance)
                .flatMap(attester -> ((Attester.Builtin) attester).evidence().stream())
                .flatMap(EvidenceRules::documents),
            clients.values().stream().flatMap(client -> client.credentials().jwksUri().stream()),
            resourceServers.values().stream()
                .flatMap(server -> server.credentials().jwksUri().stream()),
            pushReceivers.values().stream().map(PushReceiver::endpoint))
        .flatMap(documents -> documents)
        .distinct()
        .toList();
  }

  /// The issuer identifier, RFC 8414 §2.
  public String issuer(String baseUrl) {
    return configuredIssuer.orElseGet(() -> baseUrl + "/realms/" + realm);
  }

  public String defaultAudience() {
    return audiences.getFirst();
  }

  /// The realm's limits, narrowed by the client's own.
  public NetworkPolicy networkPolicy(ClientConfig client) {
    return policy.network().narrowedBy(client.network());
  }

  public RefreshPolicy refresh(ClientConfig client) {
    return client.refresh().orElseGet(policy::refresh);
  }

  /// Whether token exchange is there for any of its clients.
  public boolean exchangesTokens() {
    return clients.values().stream().anyMatch(ClientConfig::tokenExchange);
  }

  /// How long an access token with these scopes lives: as long as the shortest of them allows.
  /// Errors: `IllegalArgumentException` when a scope is not of this realm, or none is given.
  public Duration tokenLifetime(ScopeSet requested) {
    return requested.tokens().stream()
        .map(this::scope)
        .map(ScopeConfig::maxLifetime)
        .min(Comparator.naturalOrder())
        .orElseThrow(() -> new IllegalArgumentException("a token has at least one scope"));
  }

  /// Errors: `IllegalArgumentException` when the scope is not of this realm.
  public ScopeConfig scope(String token) {
    ScopeConfig scope = scopes.get(token);
    if (scope == null) {
      throw new IllegalArgumentException("not a scope of this realm");
    }
    return scope;
  }

  /// The realm's own locations first, then the data all realms share.
  public GeoLookup geoLookup(GeoLookup otherwise) {
    return GeoLookup.declared(locations, otherwise);
  }

  static <T, K> SequencedMap<K, T> byKey(Collection<T> values, Function<T, K> key) {
    SequencedMap<K, T> map = new LinkedHashMap<>();
    values.forEach(value -> map.put(key.apply(value), value));
    return map;
  }

  static <K, V> SequencedMap<K, V> sorted(SequencedMap<K, V> map) {
    SequencedMap<K, V> sorted = new LinkedHashMap<>();
    map.entrySet().stream()
        .sorted(Comparator.comparing(entry -> entry.getKey().toString()))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return Collections.unmodifiableSequencedMap(sorted);
  }
}
