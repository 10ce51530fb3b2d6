package dev.mayfly.realm;

import dev.mayfly.network.DeclaredLocation;
import dev.mayfly.network.Location;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Reads a realm file from the top: what is defined, then what refers to it.
final class RealmReader {
  private final FilesBeside filesBeside;

  RealmReader(FilesBeside filesBeside) {
    this.filesBeside = filesBeside;
  }

  /// Errors: [RealmConfigException].
  RealmConfig read(Value root) {
    Fields fields =
        root.fields(
            "realm",
            "description",
            "demo",
            "issuer",
            "audiences",
            "attestation_levels",
            "scopes",
            "attesters",
            "locations",
            "client_certificates",
            "trust_domains",
            "policy",
            "keys",
            "check",
            "rate_limits",
            "status_list",
            "four_eyes",
            "registration",
            "security_events",
            "clients",
            "resource_servers");
    RealmName realm = fields.required("realm").parsed(RealmName::new);
    List<String> audiences = fields.required("audiences").list(RealmReader::audience);
    AttestationLevels levels =
        fields
            .optional("attestation_levels")
            .map(RealmReader::levels)
            .orElse(AttestationLevels.ONE);
    SequencedMap<String, ScopeConfig> scopes = scopes(fields.required("scopes"), levels);
    ClientTrust trust = trust(fields);
    EvidenceRules rules = new EvidenceRules(levels, trust, filesBeside);
    SequencedMap<String, Attester> attesters =
        attesters(fields, new AttesterReader(levels, rules, trust, filesBeside));
    RealmPolicy policy =
        fields.optional("policy").map(PolicyReader::read).orElse(RealmPolicy.DEFAULT);
    RateLimits limits =
        fields.optional("rate_limits").map(RateLimitsReader::read).orElse(RateLimits.DEFAULT);
    ClientReader reader =
        new ClientReader(audiences, scopes, attesters, policy, trust, limits, filesBeside);
    Set<ClientId> ids = new HashSet<>();
    List<ClientConfig> clients =
        list(fields, "clients", item -> distinct(item, ids, reader.client(item)));
    rules.requireClients(ofOwnAttester(clients, attesters));
    List<ResourceServerConfig> servers =
        list(fields, "resource_servers", item -> distinct(item, ids, reader.resourceServer(item)));
    return new RealmConfig(
        realm,
        ClientReader.text(fields, "description"),
        fields.optional("demo").map(Value::bool).orElse(false),
        fields.optional("issuer").map(value -> value.parsed(RealmReader::issuer)),
        audiences,
        levels,
        scopes,
        attesters,
        list(fields, "locations", RealmReader::location),
        policy,
        fields.optional("keys").map(KeyPolicyReader::read).orElse(KeyPolicy.DEFAULT),
        trust,
        fields
            .optional("check")
            .map(new CheckPolicyReader(audiences, scopes.keySet())::read)
            .orElse(CheckPolicy.NONE),
        limits,
        fields.optional("status_list").map(Value::bool).orElse(false),
        new HashSet<>(list(fields, "four_eyes", item -> item.oneOf(FourEyes.class))),
        fields
            .optional("registration")
            .map(new RegistrationReader(audiences, scopes.keySet(), policy)::read),
        fields
            .optional("security_events")
            .map(new PushReceiverReader(clients, filesBeside)::read)
            .orElseGet(LinkedHashMap::new),
        RealmConfig.byKey(clients, ClientConfig::clientId),
        RealmConfig.byKey(servers, ResourceServerConfig::clientId));
  }

  private static <T> List<T> list(Fields fields, String key, Function<Value, T> reader) {
    return fields.optional(key).map(value -> value.list(reader)).orElse(List.of());
  }

  private static ClientConfig distinct(Value item, Set<ClientId> ids, ClientConfig client) {
    requireNew(item, ids, client.clientId());
    return client;
  }

  private static ResourceServerConfig distinct(
      Value item, Set<ClientId> ids, ResourceServerConfig server) {
    requireNew(item, ids, server.clientId());
    return server;
  }

  /// Clients and resource servers share one space of names: both authenticate by `client_id`.
  private static void requireNew(Value item, Set<ClientId> ids, ClientId id) {
    if (!ids.add(id)) {
      throw item.at("client_id").refuse("%s stands twice in this realm".formatted(id));
    }
  }

  private static AttestationLevels levels(Value value) {
    List<String> names = value.list(item -> item.parsed(AttestationLevels::requireName));
    return value.checked(() -> new AttestationLevels(names));
  }

  /// The clients for whom our own attester counts.
  private static Set<ClientId> ofOwnAttester(
      List<ClientConfig> clients, SequencedMap<String, Attester> attesters) {
    return clients.stream()
        .filter(
            client ->
                client.attestation() instanceof ClientConfig.Attestation.Required required
                    && required.attesters().stream()
                        .anyMatch(name -> attesters.get(name) instanceof Attester.Builtin))
        .map(ClientConfig::clientId)
        .collect(Collectors.toSet());
  }

  private static SequencedMap<String, Attester> attesters(Fields fields, AttesterReader reader) {
    SequencedMap<String, Attester> attesters = new LinkedHashMap<>();
    list(
        fields,
        "attesters",
        item -> {
          Attester attester = reader.read(item);
          if (attester instanceof Attester.Builtin
              && attesters.values().stream().anyMatch(Attester.Builtin.class::isInstance)) {
            throw item.at("type").refuse("a realm has at most one builtin attester");
          }
          if (attesters.put(attester.name(), attester) != null) {
            throw item.at("name").refuse("%s stands twice".formatted(attester.name()));
          }
          return attester;
        });
    return attesters;
  }

  private ClientTrust trust(Fields fields) {
    List<X509Certificate> anchors =
        fields
            .optional("client_certificates")
            .map(
                value -> Certificates.anchors(value.fields("anchors_file", "anchors"), filesBeside))
            .orElse(List.of());
    TrustDomainReader reader = new TrustDomainReader(filesBeside);
    SequencedMap<String, TrustDomain> domains = new LinkedHashMap<>();
    list(
        fields,
        "trust_domains",
        item -> {
          TrustDomain domain = reader.read(item);
          if (domains.put(domain.name(), domain) != null) {
            throw item.at("name").refuse("%s stands twice".formatted(domain.name()));
          }
          return domain;
        });
    return new ClientTrust(anchors, domains);
  }

  private static SequencedMap<String, ScopeConfig> scopes(Value value, AttestationLevels levels) {
    SequencedMap<String, ScopeConfig> scopes = new LinkedHashMap<>();
    for (Value.NamedValue entry : value.entries()) {
      String token = entry.key().parsed(RealmReader::scopeToken);
      scopes.put(token, scope(entry.value(), levels));
    }
    return scopes;
  }

  private static String scopeToken(String token) {
    ScopeSet.requireScopeToken(token);
    return token;
  }

  private static ScopeConfig scope(Value value, AttestationLevels levels) {
    Fields fields = value.fields("description", "max_lifetime", "minimum_attestation");
    String description = ClientReader.text(fields, "description");
    AttestationLevel level =
        fields
            .optional("minimum_attestation")
            .map(word -> levels.read(word, true))
            .orElseGet(levels::weakest);
    return fields
        .optional("max_lifetime")
        .map(field -> field.checked(() -> new ScopeConfig(description, field.duration(), level)))
        .orElseGet(() -> new ScopeConfig(description, ScopeConfig.LONGEST_LIFETIME, level));
  }

  private static DeclaredLocation location(Value value) {
    Fields fields = value.fields("networks", "country");
    return new DeclaredLocation(
        fields.required("networks").list(PolicyReader::network),
        new Location.Known(PolicyReader.country(fields.required("country"))));
  }

  /// A resource indicator, RFC 8707 §2: an absolute URI without a fragment.
  static String audience(Value value) {
    return value.parsed(
        text -> {
          URI uri = uri(text);
          if (uri == null || !uri.isAbsolute() || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("an audience is an absolute URI without a fragment");
          }
          return text;
        });
  }

  /// An issuer identifier, RFC 8414 §2: `https`, no query, no fragment.
  private static String issuer(String text) {
    URI uri = uri(text);
    if (uri == null
        || !"https".equals(uri.getScheme())
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || text.endsWith("/")) {
      throw new IllegalArgumentException(
          "an issuer is an https URL with a host, without query, fragment or trailing slash");
    }
    return text;
  }

  private static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException _) {
      return null;
    }
  }
}
