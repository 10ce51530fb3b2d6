package dev.mayfly.realm;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Reads one of `attesters`.
final class AttesterReader {
  private static final Duration DEFAULT_LIFETIME = Duration.ofHours(24);
  private final AttestationLevels levels;
  private final EvidenceRules rules;
  private final ClientTrust trust;
  private final FilesBeside filesBeside;

  AttesterReader(
      AttestationLevels levels, EvidenceRules rules, ClientTrust trust, FilesBeside filesBeside) {
    this.levels = levels;
    this.rules = rules;
    this.trust = trust;
    this.filesBeside = filesBeside;
  }

  Attester read(Value attester) {
    Value type =
        attester
            .fields(
                "name",
                "type",
                "attestation_lifetime",
                "join_secret",
                "evidence",
                "jwks",
                "max_lifetime",
                "level",
                "anchors_file",
                "anchors",
                "trust_domain")
            .required("type");
    return switch (type.oneOf(List.of("builtin", "jwks", "x5c", "spiffe"))) {
      case "builtin" -> builtin(attester);
      case "jwks" -> jwks(attester);
      case "spiffe" -> spiffe(attester);
      default -> x5c(attester);
    };
  }

  private Attester builtin(Value attester) {
    Fields fields =
        attester.fields("name", "type", "attestation_lifetime", "join_secret", "evidence");
    String name = name(fields);
    Optional<Value> lifetime = fields.optional("attestation_lifetime");
    Duration duration = lifetime.map(Value::duration).orElse(DEFAULT_LIFETIME);
    Attester.JoinSecret joinSecret =
        fields
            .optional("join_secret")
            .map(this::joinSecret)
            .orElseGet(
                () ->
                    new Attester.JoinSecret(DEFAULT_LIFETIME, AddressPin.EXACT, levels.weakest()));
    lifetime
        .orElse(attester)
        .checked(() -> new Attester.Builtin(name, duration, joinSecret, List.of()));
    List<EvidenceRule> evidence =
        fields.optional("evidence").map(list -> rules.read(list, duration)).orElse(List.of());
    return new Attester.Builtin(name, duration, joinSecret, evidence);
  }

  private Attester.JoinSecret joinSecret(Value value) {
    Fields fields = value.fields("lifetime", "address_pin", "level");
    Optional<Value> lifetime = fields.optional("lifetime");
    Duration duration = lifetime.map(Value::duration).orElse(DEFAULT_LIFETIME);
    AddressPin pin =
        fields
            .optional("address_pin")
            .map(word -> word.oneOf(AddressPin.class))
            .orElse(AddressPin.EXACT);
    AttestationLevel level = level(fields);
    return lifetime.orElse(value).checked(() -> new Attester.JoinSecret(duration, pin, level));
  }

  private Attester jwks(Value attester) {
    Fields fields = attester.fields("name", "type", "jwks", "max_lifetime", "level");
    String name = name(fields);
    PublicKeys keys = JwksReader.read(fields.required("jwks"));
    AttestationLevel level = level(fields);
    return maxLifetime(fields).read(lifetime -> new Attester.Jwks(name, keys, lifetime, level));
  }

  private Attester x5c(Value attester) {
    Fields fields =
        attester.fields("name", "type", "anchors_file", "anchors", "max_lifetime", "level");
    String name = name(fields);
    List<X509Certificate> certificates = Certificates.anchors(fields, filesBeside);
    AttestationLevel level = level(fields);
    return maxLifetime(fields)
        .read(lifetime -> new Attester.X5c(name, certificates, lifetime, level));
  }

  private Attester spiffe(Value attester) {
    Fields fields = attester.fields("name", "type", "trust_domain", "max_lifetime", "level");
    String name = name(fields);
    Value value = fields.required("trust_domain");
    TrustDomain domain =
        trust
            .trustDomains()
            .get(value.definedIn("the realm's trust_domains", trust.trustDomains().keySet()));
    if (domain.witKeys().isEmpty()) {
      throw value.refuse("the bundle of %s has no key for WIT-SVIDs".formatted(domain.name()));
    }
    AttestationLevel level = level(fields);
    return maxLifetime(fields)
        .read(lifetime -> new Attester.Spiffe(name, domain.name(), lifetime, level));
  }

  private static String name(Fields fields) {
    return fields.required("name").parsed(AttesterReader::requireName);
  }

  private AttestationLevel level(Fields fields) {
    return fields
        .optional("level")
        .map(value -> levels.read(value, false))
        .orElseGet(levels::weakest);
  }

  static String requireName(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new IllegalArgumentException(
          "a name is 1 to 64 characters of A-Z a-z 0-9 . _ - and starts with a letter or digit");
    }
    return name;
  }

  private static LifetimeField maxLifetime(Fields fields) {
    return new LifetimeField(fields.owner(), fields.optional("max_lifetime"));
  }

  /// A lifetime that is refused at its own place where it stands.
  private record LifetimeField(Value owner, Optional<Value> value) {
    Attester read(java.util.function.Function<Duration, Attester> constructor) {
      Duration lifetime = value.map(Value::duration).orElse(DEFAULT_LIFETIME);
      return value.orElse(owner).checked(() -> constructor.apply(lifetime));
    }
  }
}
