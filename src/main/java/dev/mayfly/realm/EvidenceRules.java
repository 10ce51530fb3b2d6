package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.KeySource.RemoteDocument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Reads and writes `evidence`: the one place that knows every kind.
final class EvidenceRules {
  /// The name that the attester's own `join_secret` goes by.
  static final String JOIN_SECRET = "join_secret";

  private static final List<String> COMMON =
      List.of("name", "type", "level", "clients", "max_age", "renewable");

  /// How a kind is read: the fields of its own, and the reader.
  private record Kind(List<String> fields, Reader reader) {}

  @FunctionalInterface
  interface Reader {
    EvidenceRule read(EvidenceRule.Worth worth, Fields fields, Beside beside);

    /// Of a kind that stands by itself and the files beside it.
    static Reader of(FileReader reader) {
      return (worth, fields, beside) -> reader.read(worth, fields, beside.files());
    }

    static Reader of(SpiffeRule.Svid svid) {
      return (worth, fields, beside) -> SpiffeRuleReader.read(worth, svid, fields, beside.trust());
    }
  }

  @FunctionalInterface
  interface FileReader {
    EvidenceRule read(EvidenceRule.Worth worth, Fields fields, FilesBeside filesBeside);
  }

  /// What else of the realm a rule may speak of.
  record Beside(ClientTrust trust, FilesBeside files) {}

  private static final Map<String, Kind> KINDS =
      new TreeMap<>(
          Map.of(
              TpmRule.KIND,
              new Kind(TpmRuleReader.FIELDS, Reader.of(TpmRuleReader::read)),
              AwsNitroRule.KIND,
              new Kind(AwsNitroRuleReader.FIELDS, Reader.of(AwsNitroRuleReader::read)),
              KubernetesRule.KIND,
              new Kind(KubernetesRuleReader.FIELDS, Reader.of(KubernetesRuleReader::read)),
              GithubActionsRule.KIND,
              new Kind(GithubActionsRuleReader.FIELDS, Reader.of(GithubActionsRuleReader::read)),
              OidcRule.KIND,
              new Kind(OidcRuleReader.FIELDS, Reader.of(OidcRuleReader::read)),
              SpiffeRule.JWT_KIND,
              new Kind(SpiffeRuleReader.FIELDS, Reader.of(SpiffeRule.Svid.JWT)),
              SpiffeRule.X509_KIND,
              new Kind(SpiffeRuleReader.FIELDS, Reader.of(SpiffeRule.Svid.X509)),
              SpiffeRule.WIT_KIND,
              new Kind(SpiffeRuleReader.FIELDS, Reader.of(SpiffeRule.Svid.WIT))));

  private final AttestationLevels levels;
  private final Beside beside;

  /// What stands in `clients` of the rules: the clients are read later.
  private final List<Value> mentions = new ArrayList<>();

  EvidenceRules(AttestationLevels levels, ClientTrust trust, FilesBeside filesBeside) {
    this.levels = levels;
    this.beside = new Beside(trust, filesBeside);
  }

  /// `otherwise`: the `max_age` of a rule that gives none.
  List<EvidenceRule> read(Value list, Duration otherwise) {
    List<EvidenceRule> rules = new ArrayList<>();
    list.list(
        item -> {
          EvidenceRule rule = rule(item, otherwise);
          if (rules.stream().anyMatch(other -> other.name().equals(rule.name()))) {
            throw item.at("name").refuse("%s stands twice".formatted(rule.name()));
          }
          rules.add(rule);
          return rule;
        });
    return rules;
  }

  private EvidenceRule rule(Value item, Duration otherwise) {
    Set<String> every = new LinkedHashSet<>(COMMON);
    KINDS.values().forEach(kind -> every.addAll(kind.fields()));
    String type =
        item.fields(every.toArray(String[]::new))
            .required("type")
            .oneOf(List.copyOf(KINDS.keySet()));
    Kind kind = KINDS.get(type);
    Set<String> known = new LinkedHashSet<>(COMMON);
    known.addAll(kind.fields());
    Fields fields = item.fields(known.toArray(String[]::new));
    return kind.reader().read(worth(fields, otherwise), fields, beside);
  }

  private EvidenceRule.Worth worth(Fields fields, Duration otherwise) {
    String name = fields.required("name").parsed(EvidenceRules::requireName);
    AttestationLevel level = levels.read(fields.required("level"), false);
    List<ClientId> clients =
        fields
            .optional("clients")
            .map(
                value ->
                    value.list(
                        item -> {
                          mentions.add(item);
                          return item.parsed(ClientId::new);
                        }))
            .orElse(List.of());
    Optional<Value> maxAge = fields.optional("max_age");
    Duration age = maxAge.map(Value::duration).orElse(otherwise);
    boolean renewable = fields.optional("renewable").map(Value::bool).orElse(false);
    return maxAge
        .orElse(fields.owner())
        .checked(() -> new EvidenceRule.Worth(name, level, clients, age, renewable));
  }

  private static String requireName(String name) {
    AttesterReader.requireName(name);
    if (name.equals(JOIN_SECRET)) {
      throw new IllegalArgumentException("join_secret is the name of the attester's join secret");
    }
    return name;
  }

  /// Once the clients are known: those whom a rule names are among them.
  void requireClients(Set<ClientId> clients) {
    List<String> names = clients.stream().map(ClientId::value).toList();
    mentions.forEach(
        mention -> mention.definedIn("the realm's clients that this attester counts for", names));
  }

  /// What a rule makes the broker fetch.
  static Stream<RemoteDocument> documents(EvidenceRule rule) {
    return switch (rule) {
      case KubernetesRule kubernetes ->
          Stream.concat(
              kubernetes.keys().stream().flatMap(EvidenceRules::documents),
              kubernetes.review().stream().map(KubernetesRule.TokenReview::api));
      case GithubActionsRule github -> documents(github.keys());
      case OidcRule oidc -> documents(oidc.keys());
      case TpmRule _, AwsNitroRule _, SpiffeRule _ -> Stream.empty();
    };
  }

  private static Stream<RemoteDocument> documents(KeySource source) {
    return switch (source) {
      case KeySource.Inline _ -> Stream.empty();
      case KeySource.Remote(RemoteDocument document) -> Stream.of(document);
    };
  }

  static ObjectNode json(EvidenceRule rule) {
    EvidenceRule.Worth worth = rule.worth();
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("name", worth.name())
            .put("type", rule.kind())
            .put("level", worth.level().name());
    if (!worth.clients().isEmpty()) {
      ArrayNode clients = json.putArray("clients");
      worth.clients().forEach(client -> clients.add(client.value()));
    }
    json.put("max_age", Durations.text(worth.maxAge())).put("renewable", worth.renewable());
    switch (rule) {
      case KubernetesRule kubernetes -> KubernetesRuleReader.write(kubernetes, json);
      case GithubActionsRule github -> GithubActionsRuleReader.write(github, json);
      case OidcRule oidc -> OidcRuleReader.write(oidc, json);
      case TpmRule tpm -> TpmRuleReader.write(tpm, json);
      case AwsNitroRule nitro -> AwsNitroRuleReader.write(nitro, json);
      case SpiffeRule spiffe -> SpiffeRuleReader.write(spiffe, json);
    }
    return json;
  }
}
