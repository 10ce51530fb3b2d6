package dev.mayfly.realm;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.oauth.SpiffeId;
import dev.mayfly.oauth.SpiffeIdPattern;
import dev.mayfly.realm.ClientConfig.Attestation;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.realm.Credentials.SecretSource;
import dev.mayfly.realm.KeySource.RemoteDocument;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Reads one of `clients` or `resource_servers`, against what the realm defines above them.
///
/// @param audiences of the realm
/// @param scopes of the realm
/// @param attesters of the realm, by their names
record ClientReader(
    List<String> audiences,
    SequencedMap<String, ScopeConfig> scopes,
    SequencedMap<String, Attester> attesters,
    RealmPolicy policy,
    ClientTrust trust,
    RateLimits limits,
    FilesBeside filesBeside) {
  private static final List<String> NAMES =
      List.of(
          "tls_client_auth_subject_dn",
          "tls_client_auth_san_dns",
          "tls_client_auth_san_uri",
          "tls_client_auth_san_ip",
          "tls_client_auth_san_email");

  ClientConfig client(Value client) {
    Fields fields =
        client.fields(
            "client_id",
            "description",
            "vendor",
            "token_endpoint_auth_methods",
            "secret",
            "jwks",
            "jwks_uri",
            "allow_private",
            "ca_file",
            "ca",
            "tls_client_auth_subject_dn",
            "tls_client_auth_san_dns",
            "tls_client_auth_san_uri",
            "tls_client_auth_san_ip",
            "tls_client_auth_san_email",
            "spiffe_id",
            "tls_client_certificate_bound_access_tokens",
            "attestation",
            "attesters",
            "scopes",
            "default_scope",
            "audiences",
            "authorization_details",
            "networks",
            "countries",
            "hours",
            "refresh",
            "dpop",
            "rate_limits",
            "request_signing",
            "token_exchange");
    ClientId clientId = clientId(fields);
    Credentials credentials = credentials(fields);
    boolean certificateBound =
        fields
            .optional("tls_client_certificate_bound_access_tokens")
            .map(Value::bool)
            .orElse(false);
    Attestation attestation = attestation(fields, credentials);
    if (attestation instanceof Attestation.None
        && credentials.methods().stream().anyMatch(AuthMethod::isAttestation)) {
      throw fields
          .required("token_endpoint_auth_methods")
          .refuse("attest_jwt_client_auth and spiffe_wit do not go with attestation: none");
    }
    ScopeSet granted =
        ScopeSet.of(fields.required("scopes").list(item -> scope(item, attestation)));
    ScopeSet defaultScope =
        fields
            .optional("default_scope")
            .map(value -> ScopeSet.of(value.list(item -> defaultScope(item, granted))))
            .orElse(ScopeSet.EMPTY);
    List<String> own =
        fields.optional("audiences").map(value -> value.list(this::audience)).orElse(audiences);
    NetworkPolicy network = PolicyReader.network(fields, policy.network());
    Optional<RefreshPolicy> refresh =
        fields.optional("refresh").map(value -> PolicyReader.refresh(value, policy.refresh()));
    return new ClientConfig(
        clientId,
        text(fields, "description"),
        text(fields, "vendor"),
        credentials,
        attestation,
        granted,
        defaultScope,
        own,
        fields
            .optional("authorization_details")
            .map(value -> AuthorizationDetailsReader.read(value, own))
            .orElse(AuthorizationDetails.NONE),
        network,
        refresh,
        certificateBound,
        fields
            .optional("dpop")
            .map(value -> value.oneOf(ClientConfig.Dpop.class))
            .orElse(ClientConfig.Dpop.ALLOWED),
        fields
            .optional("rate_limits")
            .map(value -> RateLimitsReader.ofClient(value, limits))
            .orElse(RateLimits.OfClient.NONE),
        fields.optional("request_signing").map(ClientReader::requestSigning),
        fields.optional("token_exchange").map(Value::bool).orElse(false));
  }

  private static RequestSigning requestSigning(Value value) {
    Fields fields = value.fields("keys", "hmac");
    List<JWK> keys = fields.optional("keys").map(JwksReader::keys).orElse(List.of());
    boolean hmac = fields.optional("hmac").map(Value::bool).orElse(false);
    return value.checked(() -> new RequestSigning(keys, hmac));
  }

  ResourceServerConfig resourceServer(Value server) {
    Fields fields =
        server.fields(
            "client_id",
            "description",
            "audience",
            "token_endpoint_auth_methods",
            "secret",
            "jwks",
            "jwks_uri",
            "allow_private",
            "ca_file",
            "ca",
            "tls_client_auth_subject_dn",
            "tls_client_auth_san_dns",
            "tls_client_auth_san_uri",
            "tls_client_auth_san_ip",
            "tls_client_auth_san_email",
            "spiffe_id");
    return new ResourceServerConfig(
        clientId(fields),
        text(fields, "description"),
        audience(fields.required("audience")),
        serverCredentials(fields));
  }

  static String text(Fields fields, String key) {
    return fields.optional(key).map(Value::text).orElse("");
  }

  private static ClientId clientId(Fields fields) {
    return fields.required("client_id").parsed(ClientId::new);
  }

  private Credentials credentials(Fields fields) {
    List<AuthMethod> methods =
        fields.required("token_endpoint_auth_methods").list(this::authMethod);
    long byAttestation = methods.stream().filter(AuthMethod::isAttestation).count();
    if (byAttestation > 0 && byAttestation < methods.size()) {
      throw fields
          .required("token_endpoint_auth_methods")
          .refuse(
              "attest_jwt_client_auth and spiffe_wit are methods without credentials and do not"
                  + " stand beside those that have some; the attestation is demanded beside them"
                  + " anyway");
    }
    Optional<SecretSource> secret = Optional.empty();
    if (methods.stream().anyMatch(AuthMethod::needsSecret)) {
      secret =
          Optional.of(
              fields
                  .optional("secret")
                  .map(ClientReader::secret)
                  .orElseGet(SecretSource.Generated::new));
    } else {
      fields.refuse(
          "secret",
          "must not stand without client_secret_basic, client_secret_post or client_secret_jwt");
    }
    boolean needsKeys = methods.stream().anyMatch(AuthMethod::needsKeys);
    Optional<RemoteDocument> jwksUri = jwksUri(fields, needsKeys);
    return new Credentials(
        EnumSet.copyOf(methods),
        secret,
        needsKeys && jwksUri.isEmpty()
            ? Optional.of(JwksReader.read(fields.required("jwks")))
            : Optional.empty(),
        jwksUri,
        certificate(fields, methods.contains(AuthMethod.TLS_CLIENT_AUTH)),
        spiffeId(fields, methods.stream().anyMatch(AuthMethod::isOfSpiffe)));
  }

  /// `jwks` or `jwks_uri`, RFC 7591 §2: never both.
  private Optional<RemoteDocument> jwksUri(Fields fields, boolean needed) {
    if (!needed) {
      for (String field : List.of("jwks", "jwks_uri")) {
        fields.refuse(
            field, "must not stand without private_key_jwt or self_signed_tls_client_auth");
      }
    }
    Optional<Value> uri = fields.optional("jwks_uri");
    if (uri.isEmpty()) {
      KeySourceReader.refuseRemote(fields);
      return Optional.empty();
    }
    fields.refuse("jwks", "must not stand beside jwks_uri");
    return Optional.of(KeySourceReader.document(fields, uri.get(), filesBeside));
  }

  /// Exactly one, RFC 8705 §2.1.2: a second one would be another way in.
  private static Optional<CertificateName> certificate(Fields fields, boolean needed) {
    List<String> given = NAMES.stream().filter(name -> fields.optional(name).isPresent()).toList();
    if (!needed) {
      given.forEach(name -> fields.refuse(name, "must not stand without tls_client_auth"));
      return Optional.empty();
    }
    if (given.isEmpty()) {
      throw fields.owner().refuse("tls_client_auth needs one of " + String.join(", ", NAMES));
    }
    if (given.size() > 1) {
      fields.refuse(given.get(1), "must not stand beside " + given.getFirst());
    }
    String name = given.getFirst();
    return Optional.of(fields.required(name).parsed(text -> CertificateName.parse(name, text)));
  }

  private Optional<SpiffeIdPattern> spiffeId(Fields fields, boolean needed) {
    if (!needed) {
      fields.refuse("spiffe_id", "must not stand without spiffe_jwt, spiffe_x509 or spiffe_wit");
      return Optional.empty();
    }
    Value value = fields.required("spiffe_id");
    SpiffeIdPattern pattern = value.parsed(SpiffeIdPattern::parse);
    trust.required(value, pattern);
    return Optional.of(pattern);
  }

  private Credentials serverCredentials(Fields fields) {
    Credentials credentials = credentials(fields);
    if (credentials.methods().stream().anyMatch(AuthMethod::isAttestation)) {
      throw fields
          .required("token_endpoint_auth_methods")
          .refuse("a resource server has no attestation to authenticate with");
    }
    return credentials;
  }

  private AuthMethod authMethod(Value item) {
    AuthMethod method = item.oneOf(AuthMethod.class);
    if (method == AuthMethod.CLIENT_SECRET_JWT && !policy.clientSecretJwt()) {
      throw item.refuse("needs client_secret_jwt: true in the realm's policy");
    }
    if (method == AuthMethod.TLS_CLIENT_AUTH && trust.anchors().isEmpty()) {
      throw item.refuse("needs the realm's client_certificates");
    }
    return method;
  }

  /// Never quotes what it finds: it may be a secret.
  private static SecretSource secret(Value value) {
    if (value.is("generated")) {
      return new SecretSource.Generated();
    }
    if (value.isScalar()) {
      throw value.refuse(
          "a secret never stands in a realm file; write generated, or {file: path} for a file"
              + " that holds it");
    }
    return new SecretSource.InFile(value.fields("file").required("file").text());
  }

  private Attestation attestation(Fields fields, Credentials credentials) {
    Optional<Value> word = fields.optional("attestation");
    boolean none =
        word.map(value -> value.oneOf(List.of("required", "none")).equals("none")).orElse(false);
    if (none) {
      fields.refuse("attesters", "must not stand with attestation: none");
      return new Attestation.None();
    }
    Value list = fields.required("attesters");
    List<String> names = list.list(item -> attester(item, credentials));
    if (credentials.methods().contains(AuthMethod.SPIFFE_WIT)
        && names.stream().noneMatch(name -> attesters.get(name) instanceof Attester.Spiffe)) {
      throw list.refuse("spiffe_wit needs an attester of type spiffe");
    }
    return new Attestation.Required(names);
  }

  /// A WIT-SVID attests a workload, and which client that is, only `spiffe_id` says.
  private String attester(Value item, Credentials credentials) {
    String name = item.definedIn("the realm's attesters", attesters.keySet());
    if (attesters.get(name) instanceof Attester.Spiffe spiffe) {
      if (!credentials.methods().contains(AuthMethod.SPIFFE_WIT)) {
        throw item.refuse(
            "%s is of type spiffe and counts for clients with spiffe_wit only".formatted(name));
      }
      SpiffeId workload = credentials.spiffeId().orElseThrow().id();
      if (!spiffe.trustDomain().equals(workload.trustDomain())) {
        throw item.refuse("%s is of another trust domain than spiffe_id".formatted(name));
      }
    }
    return name;
  }

  private String scope(Value item, Attestation attestation) {
    String scope = item.definedIn("the realm's scopes", scopes.keySet());
    if (attestation instanceof Attestation.None
        && !scopes.get(scope).minimumAttestation().isNone()) {
      throw item.refuse(
          "%s needs an attested client (minimum_attestation), and this one has attestation: none"
              .formatted(scope));
    }
    return scope;
  }

  private static String defaultScope(Value item, ScopeSet granted) {
    return item.definedIn("the client's scopes", granted.tokens());
  }

  private String audience(Value item) {
    return item.definedIn("the realm's audiences", audiences);
  }
}
