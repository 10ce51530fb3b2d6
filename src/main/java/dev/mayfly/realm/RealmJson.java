package dev.mayfly.realm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.network.DeclaredLocation;
import dev.mayfly.network.Hours;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.ExchangeOrder;
import dev.mayfly.oauth.ScopeSet;
import java.time.LocalTime;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/// Writes a realm in the shape of a realm file, with every default written out. The order of the
/// members is fixed; equal realms give equal text.
final class RealmJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private RealmJson() {}

  static String text(RealmConfig realm) {
    try {
      return MAPPER.writeValueAsString(tree(realm));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain nodes can always be written", e);
    }
  }

  static ObjectNode tree(RealmConfig realm) {
    ObjectNode json = JSON.objectNode().put("realm", realm.realm().value());
    putText(json, "description", realm.description());
    json.put("demo", realm.demo());
    realm.configuredIssuer().ifPresent(issuer -> json.put("issuer", issuer));
    json.set("audiences", texts(realm.audiences()));
    json.set("attestation_levels", texts(realm.levels().names()));
    ObjectNode scopes = json.putObject("scopes");
    realm.scopes().forEach((token, scope) -> scopes.set(token, scope(scope)));
    putList(
        json, "attesters", realm.attesters().values().stream().map(RealmJson::attester).toList());
    putList(json, "locations", realm.locations().stream().map(RealmJson::location).toList());
    if (!realm.trust().anchors().isEmpty()) {
      ArrayNode anchors = json.putObject("client_certificates").putArray("anchors");
      realm.trust().anchors().forEach(anchor -> anchors.add(Certificates.base64(anchor)));
    }
    putList(
        json,
        "trust_domains",
        realm.trust().trustDomains().values().stream().map(RealmJson::trustDomain).toList());
    json.set("policy", policy(realm.policy()));
    json.set("keys", keys(realm.keys()));
    if (!realm.check().routes().isEmpty()) {
      json.set("check", check(realm.check()));
    }
    json.set("rate_limits", RateLimitsJson.of(realm.rateLimits()));
    json.put("status_list", realm.statusList());
    if (!realm.fourEyes().isEmpty()) {
      json.set("four_eyes", texts(realm.fourEyes().stream().sorted().map(FourEyes::word).toList()));
    }
    realm.registration().ifPresent(open -> json.set("registration", RegistrationJson.of(open)));
    if (!realm.pushReceivers().isEmpty()) {
      json.set("security_events", PushReceiverReader.json(realm.pushReceivers().values()));
    }
    putList(json, "clients", realm.clients().values().stream().map(RealmJson::client).toList());
    putList(
        json,
        "resource_servers",
        realm.resourceServers().values().stream().map(RealmJson::resourceServer).toList());
    return json;
  }

  private static ObjectNode scope(ScopeConfig scope) {
    ObjectNode json = JSON.objectNode();
    putText(json, "description", scope.description());
    return json.put("max_lifetime", Durations.text(scope.maxLifetime()))
        .put("minimum_attestation", scope.minimumAttestation().name());
  }

  private static ObjectNode attester(Attester attester) {
    ObjectNode json = JSON.objectNode().put("name", attester.name());
    return switch (attester) {
      case Attester.Builtin builtin -> {
        json.put("type", "builtin")
            .put("attestation_lifetime", Durations.text(builtin.attestationLifetime()));
        json.putObject("join_secret")
            .put("lifetime", Durations.text(builtin.joinSecret().lifetime()))
            .put("address_pin", Value.word(builtin.joinSecret().addressPin()))
            .put("level", builtin.joinSecret().level().name());
        putList(json, "evidence", builtin.evidence().stream().map(EvidenceRules::json).toList());
        yield json;
      }
      case Attester.Jwks jwks -> {
        json.put("type", "jwks").set("jwks", jwks(jwks.keys().keys()));
        yield json.put("max_lifetime", Durations.text(jwks.maxLifetime()))
            .put("level", jwks.level().name());
      }
      case Attester.X5c x5c -> {
        ArrayNode anchors = json.put("type", "x5c").putArray("anchors");
        x5c.anchors().forEach(anchor -> anchors.add(Certificates.base64(anchor)));
        yield json.put("max_lifetime", Durations.text(x5c.maxLifetime()))
            .put("level", x5c.level().name());
      }
      case Attester.Spiffe spiffe ->
          json.put("type", "spiffe")
              .put("trust_domain", spiffe.trustDomain())
              .put("max_lifetime", Durations.text(spiffe.maxLifetime()))
              .put("level", spiffe.level().name());
    };
  }

  /// As a SPIFFE bundle; of an authority only its certificate.
  private static ObjectNode trustDomain(TrustDomain domain) {
    ObjectNode json = JSON.objectNode().put("name", domain.name());
    ArrayNode keys = json.putObject("bundle").putArray("keys");
    domain.jwtKeys().forEach(key -> keys.add(key(key).put("use", "jwt-svid")));
    domain
        .authorities()
        .forEach(
            authority ->
                keys.addObject()
                    .put("use", "x509-svid")
                    .putArray("x5c")
                    .add(Certificates.base64(authority)));
    domain.witKeys().forEach(key -> keys.add(key(key).put("use", "wit-svid")));
    return json;
  }

  private static ObjectNode key(JWK key) {
    return MAPPER.valueToTree(new TreeMap<>(key.toJSONObject()));
  }

  static ObjectNode jwks(List<JWK> keys) {
    ObjectNode json = JSON.objectNode();
    ArrayNode array = json.putArray("keys");
    for (JWK key : keys) {
      array.add(key(key));
    }
    return json;
  }

  private static ObjectNode location(DeclaredLocation location) {
    ObjectNode json = JSON.objectNode();
    json.set("networks", texts(location.networks()));
    return json.put("country", location.location().country());
  }

  private static ObjectNode policy(RealmPolicy policy) {
    ObjectNode json = JSON.objectNode().put("challenge", Value.word(policy.challenge()));
    putNetwork(json, policy.network());
    json.put("secret_lifetime", Durations.text(policy.secretLifetime()))
        .put("secret_overlap", Durations.text(policy.secretOverlap()))
        .put("client_secret_jwt", policy.clientSecretJwt());
    putRefresh(json, policy.refresh());
    policy
        .suspendUnusedAfter()
        .ifPresent(period -> json.put("suspend_unused_after", Durations.text(period)));
    return json;
  }

  private static ObjectNode keys(KeyPolicy keys) {
    ObjectNode json =
        JSON.objectNode()
            .put("algorithm", keys.algorithm())
            .put("announce", Durations.text(keys.announce()))
            .put("sign", Durations.text(keys.sign()));
    if (!keys.tokens().isEmpty()) {
      json.set("tokens", texts(keys.tokens()));
    }
    return json;
  }

  private static ObjectNode check(CheckPolicy check) {
    ObjectNode json = JSON.objectNode();
    putList(json, "routes", check.routes().stream().map(RealmJson::route).toList());
    if (!check.observe().isEmpty()) {
      json.set("observe", texts(check.observe().stream().sorted().map(Value::word).toList()));
    }
    check
        .upstreamToken()
        .ifPresent(
            token ->
                json.putObject("upstream_token")
                    .put("audience", token.audience())
                    .put("lifetime", Durations.text(token.lifetime())));
    return json;
  }

  private static ObjectNode route(CheckPolicy.Route route) {
    ObjectNode json = JSON.objectNode().put("path", route.path().text());
    json.set("methods", texts(route.methods()));
    json.set("scope", texts(route.scope()));
    route.audience().ifPresent(audience -> json.put("audience", audience));
    route.order().ifPresent(order -> json.set("authorization_details", order(order)));
    return json.put("use", Value.word(route.use())).set("proof", proof(route.proof()));
  }

  /// One word where one says it.
  private static JsonNode proof(Collection<CheckPolicy.Proof> proof) {
    List<String> words = proof.stream().sorted().map(Value::word).toList();
    return switch (words.size()) {
      case 0 -> JSON.textNode("none");
      case 1 -> JSON.textNode(words.getFirst());
      default -> texts(words);
    };
  }

  private static ObjectNode order(OrderRule rule) {
    ObjectNode json =
        JSON.objectNode().put("type", ExchangeOrder.TYPE).put("action", rule.action().word());
    rule.instrument().ifPresent(place -> put(json.putObject("instrument"), place));
    rule.side().ifPresent(place -> put(json.putObject("side"), place));
    return json;
  }

  private static void put(ObjectNode json, OrderRule.Place place) {
    switch (place) {
      case OrderRule.PathVariable(String name) -> json.put("path", name);
      case OrderRule.QueryParameter(String name) -> json.put("query", name);
    }
  }

  private static void putNetwork(ObjectNode json, NetworkPolicy policy) {
    policy.networks().ifPresent(networks -> json.set("networks", texts(networks)));
    policy.countries().ifPresent(countries -> json.set("countries", texts(countries)));
    policy.hours().ifPresent(hours -> json.set("hours", hours(hours)));
  }

  private static ObjectNode hours(Hours hours) {
    ObjectNode json = JSON.objectNode().put("zone", hours.zone().getId());
    json.set("days", texts(hours.days().stream().map(PolicyReader::dayWord).toList()));
    return json.put("from", hours.from().toString())
        .put("to", hours.to().equals(LocalTime.MIDNIGHT) ? "24:00" : hours.to().toString());
  }

  static void putRefresh(ObjectNode json, RefreshPolicy refresh) {
    switch (refresh) {
      case RefreshPolicy.None _ -> json.put("refresh", "none");
      case RefreshPolicy.Rotating rotating ->
          json.putObject("refresh")
              .put("lifetime", Durations.text(rotating.lifetime()))
              .put("grant_lifetime", Durations.text(rotating.grantLifetime()))
              .put("without_instance_key", rotating.withoutInstanceKey());
    }
  }

  /// One client as its realm file would have it.
  static String text(ClientConfig client) {
    return client(client).toString();
  }

  private static ObjectNode client(ClientConfig client) {
    ObjectNode json = JSON.objectNode().put("client_id", client.clientId().value());
    putText(json, "description", client.description());
    putText(json, "vendor", client.vendor());
    putCredentials(json, client.credentials());
    json.put("tls_client_certificate_bound_access_tokens", client.certificateBoundTokens());
    switch (client.attestation()) {
      case ClientConfig.Attestation.None _ -> json.put("attestation", "none");
      case ClientConfig.Attestation.Required required ->
          json.put("attestation", "required").set("attesters", texts(required.attesters()));
    }
    json.set("scopes", texts(client.scopes()));
    if (!client.defaultScope().isEmpty()) {
      json.set("default_scope", texts(client.defaultScope()));
    }
    json.set("audiences", texts(client.audiences()));
    if (!client.authorizationDetails().isEmpty()) {
      json.set(
          "authorization_details", MAPPER.valueToTree(client.authorizationDetails().members()));
    }
    putNetwork(json, client.network());
    client.refresh().ifPresent(refresh -> putRefresh(json, refresh));
    json.put("dpop", Value.word(client.dpop())).put("token_exchange", client.tokenExchange());
    RateLimitsJson.ofClient(client.rateLimits()).ifPresent(own -> json.set("rate_limits", own));
    client.requestSigning().ifPresent(signing -> putRequestSigning(json, signing));
    return json;
  }

  private static void putRequestSigning(ObjectNode json, RequestSigning signing) {
    ObjectNode object = json.putObject("request_signing");
    putList(object, "keys", signing.keys().stream().map(RealmJson::key).toList());
    object.put("hmac", signing.hmac());
  }

  private static ObjectNode resourceServer(ResourceServerConfig server) {
    ObjectNode json = JSON.objectNode().put("client_id", server.clientId().value());
    putText(json, "description", server.description());
    json.put("audience", server.audience());
    putCredentials(json, server.credentials());
    return json;
  }

  private static void putCredentials(ObjectNode json, Credentials credentials) {
    json.set(
        "token_endpoint_auth_methods",
        texts(credentials.methods().stream().map(Value::word).toList()));
    if (credentials.secret().isPresent()) {
      switch (credentials.secret().get()) {
        case Credentials.SecretSource.Generated _ -> json.put("secret", "generated");
        case Credentials.SecretSource.InFile(String path) ->
            json.putObject("secret").put("file", path);
      }
    }
    credentials.jwks().ifPresent(keys -> json.set("jwks", jwks(keys.keys())));
    credentials
        .jwksUri()
        .ifPresent(
            document -> {
              json.put("jwks_uri", document.uri().toString());
              KeySourceReader.write(document, json);
            });
    credentials.certificate().ifPresent(name -> json.put(name.field(), name.text()));
    credentials.spiffeId().ifPresent(id -> json.put("spiffe_id", id.toString()));
  }

  private static void putText(ObjectNode json, String key, String text) {
    if (!text.isEmpty()) {
      json.put(key, text);
    }
  }

  private static void putList(ObjectNode json, String key, Collection<ObjectNode> items) {
    if (!items.isEmpty()) {
      json.putArray(key).addAll(items);
    }
  }

  private static ArrayNode texts(ScopeSet scopes) {
    return texts(scopes.tokens());
  }

  static ArrayNode texts(Collection<?> values) {
    ArrayNode array = JSON.arrayNode();
    values.forEach(value -> array.add(value.toString()));
    return array;
  }
}
