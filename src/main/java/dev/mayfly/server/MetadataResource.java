package dev.mayfly.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RegistrationPolicy;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Realms;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Authorization server metadata, RFC 8414, at its own address and where OpenID libraries look.
/// Each listed value works; `contract-tests` tries each.
@Path("/")
@PermitAll
@NonBlocking
public class MetadataResource {
  private static final List<String> AUTH_METHODS =
      List.of("client_secret_basic", "client_secret_post", "private_key_jwt");
  private static final List<String> ASSERTION_ALGORITHMS =
      List.of("ES256", "PS256", "Ed25519", "EdDSA");

  private static final long LONGEST_KEPT_SECONDS = 300;

  private final Realms realms;
  private final Optional<String> mtlsBaseUrl;
  private final boolean takesCertificates;

  @Inject
  MetadataResource(Realms realms, BrokerConfig config) {
    this.realms = realms;
    this.mtlsBaseUrl = config.mtls().baseUrl();
    // By a listener of ours or of a proxy that we believe.
    this.takesCertificates = mtlsBaseUrl.isPresent() || config.trustedProxies().isPresent();
  }

  @GET
  @Path(".well-known/oauth-authorization-server/realms/{realm}")
  public Response metadata(@PathParam("realm") String realm) {
    return answer(realm, this::metadata, "application/json");
  }

  @GET
  @Path("realms/{realm}/.well-known/oauth-authorization-server")
  public Response metadataBelowTheIssuer(@PathParam("realm") String realm) {
    return metadata(realm);
  }

  @GET
  @Path("realms/{realm}/.well-known/openid-configuration")
  public Response openidConfiguration(@PathParam("realm") String realm) {
    return metadata(realm);
  }

  @GET
  @Path("realms/{realm}/jwks")
  public Response jwks(@PathParam("realm") String realm) {
    return answer(realm, MetadataResource::jwks, "application/jwk-set+json");
  }

  private Response answer(String name, Function<AppliedRealm, ObjectNode> document, String type) {
    Optional<AppliedRealm> realm = realms.find(name);
    return realm.isEmpty()
        ? Answers.problem(404, "There is no such realm").build()
        : Response.ok(document.apply(realm.get()).toString(), type)
            .header(HttpHeaders.CACHE_CONTROL, "public, max-age=" + keptFor(realm.get()))
            .build();
  }

  /// Well below the time for which keys are announced: who asks once more in time knows each key
  /// before it signs.
  private static long keptFor(AppliedRealm realm) {
    return Math.min(LONGEST_KEPT_SECONDS, realm.config().keys().announce().toSeconds() / 4);
  }

  private ObjectNode metadata(AppliedRealm realm) {
    String issuer = realm.issuer();
    RealmConfig config = realm.config();
    ObjectNode document = Answers.JSON.createObjectNode();
    document.put("issuer", issuer);
    document.put("token_endpoint", issuer + "/token");
    document.put("jwks_uri", issuer + "/jwks");
    list(document, "scopes_supported", List.copyOf(config.scopes().keySet()));
    // Required by RFC 8414 §2; there is no authorization endpoint.
    list(document, "response_types_supported", List.of());
    list(
        document,
        "grant_types_supported",
        with(
            List.of("client_credentials", "refresh_token"),
            config.exchangesTokens(),
            "urn:ietf:params:oauth:grant-type:token-exchange"));
    // RFC 9396 §10, where some client is registered with some.
    if (config.clients().values().stream()
        .anyMatch(client -> !client.authorizationDetails().isEmpty())) {
      list(document, "authorization_details_types_supported", AuthorizationDetails.TYPES);
    }
    for (String endpoint : List.of("token", "revocation", "introspection")) {
      boolean bySecret = config.policy().clientSecretJwt();
      List<String> methods = with(AUTH_METHODS, bySecret, "client_secret_jwt");
      methods =
          with(
              methods, takesCertificates && !config.trust().anchors().isEmpty(), "tls_client_auth");
      list(
          document,
          endpoint + "_endpoint_auth_methods_supported",
          Stream.concat(
                  with(methods, takesCertificates, "self_signed_tls_client_auth").stream(),
                  registeredMethods(config))
              .toList());
      list(
          document,
          endpoint + "_endpoint_auth_signing_alg_values_supported",
          with(ASSERTION_ALGORITHMS, bySecret, "HS256"));
    }
    document.put("revocation_endpoint", issuer + "/revoke");
    document.put("introspection_endpoint", issuer + "/introspect");
    if (config.registration().filter(RegistrationPolicy::endpoint).isPresent()) {
      document.put("registration_endpoint", issuer + "/register");
    }
    if (config.statusList()) {
      document.put("status_list_aggregation_endpoint", issuer + "/statuslists");
    }
    document.put("challenge_endpoint", issuer + "/challenge");
    document.put("tls_client_certificate_bound_access_tokens", takesCertificates);
    mtlsBaseUrl.ifPresent(url -> aliases(document, url + "/realms/" + realm.name()));
    Set<String> attesting = new LinkedHashSet<>(ASSERTION_ALGORITHMS);
    attesting.addAll(realm.attestationKeys().algorithms());
    list(document, "client_attestation_signing_alg_values_supported", List.copyOf(attesting));
    // Our own member: no standard has one. What the HSM signs with at this moment.
    list(
        document,
        "access_token_signing_alg_values_supported",
        realm.accessTokenKeys().algorithms());
    list(document, "client_attestation_pop_signing_alg_values_supported", List.of("ES256"));
    // Leaving out `none` would demand it of everyone, and clients registered without exist.
    boolean everyone =
        config.clients().values().stream().noneMatch(client -> config.attestersOf(client).isEmpty())
            && config.registration().filter(RegistrationPolicy::unattested).isEmpty();
    list(
        document,
        "client_attestation_pop_methods_supported",
        with(List.of("attestation_pop_jwt", "dpop_combined"), !everyone, "none"));
    list(document, "dpop_signing_alg_values_supported", List.of("ES256"));
    list(document, "protected_resources", config.audiences());
    return document;
  }

  /// RFC 8705 §5: where clients with certificates go, so that nobody else is asked for one.
  private static void aliases(ObjectNode document, String base) {
    document
        .putObject("mtls_endpoint_aliases")
        .put("token_endpoint", base + "/token")
        .put("revocation_endpoint", base + "/revoke")
        .put("introspection_endpoint", base + "/introspect");
  }

  /// Where a client is registered with one.
  private Stream<String> registeredMethods(RealmConfig config) {
    return config.clients().values().stream()
        .flatMap(client -> client.credentials().methods().stream())
        .filter(
            method ->
                method.isAttestation()
                    || method == AuthMethod.SPIFFE_JWT
                    || (method == AuthMethod.SPIFFE_X509 && takesCertificates))
        .distinct()
        .sorted()
        .map(method -> method.name().toLowerCase(Locale.ROOT));
  }

  /// RFC 7517 §5: public members only; every key that may verify something now or soon.
  private static ObjectNode jwks(AppliedRealm realm) {
    ObjectNode document = Answers.JSON.createObjectNode();
    ArrayNode keys = document.putArray("keys");
    realm
        .accessTokenKeys()
        .published()
        .forEach(key -> keys.add(Answers.JSON.<ObjectNode>valueToTree(key.toJSONObject())));
    return document;
  }

  private static List<String> with(List<String> always, boolean more, String other) {
    return more ? Stream.concat(always.stream(), Stream.of(other)).toList() : always;
  }

  private static void list(ObjectNode document, String member, List<String> values) {
    ArrayNode array = document.putArray(member);
    values.forEach(array::add);
  }
}
