package dev.mayfly.registration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RefreshPolicy;
import dev.mayfly.realm.RegistrationPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Client metadata in the words of RFC 7591 §2, to and from what a realm file says of a client.
/// Pure.
final class ClientMetadata {
  private static final Set<String> GRANT_TYPES = Set.of("client_credentials", "refresh_token");

  private ClientMetadata() {}

  sealed interface Reading {
    record Accepted(ClientConfig client) implements Reading {}

    record Refused(RegistrationError error, String because) implements Reading {}
  }

  /// `id` is chosen by the server. What is not known is passed over, RFC 7591 §2. `vendor`: of a
  /// client that is changed, without a statement.
  static Reading read(
      RealmConfig realm,
      RegistrationPolicy policy,
      ClientId id,
      String vendor,
      ObjectNode sent,
      Instant now) {
    ObjectNode metadata = sent.deepCopy();
    String maker = vendor;
    if (sent.has("software_statement")) {
      switch (SoftwareStatement.read(sent.path("software_statement").asText(""), policy, now)) {
        case SoftwareStatement.Reading.Refused(var error, var because) -> {
          return new Reading.Refused(error, because);
        }
        case SoftwareStatement.Reading.Believed(var statement) -> {
          metadata.setAll(statement.claims());
          maker = statement.issuer();
        }
      }
    }
    Optional<Reading> objection = objection(metadata);
    if (objection.isPresent()) {
      return objection.get();
    }
    try {
      return new Reading.Accepted(
          realm.readClient("metadata", document(realm, policy, id, maker, metadata).toString()));
    } catch (RealmConfigException mistake) {
      return invalid(printable(mistake.getMessage()));
    }
  }

  /// What a tool without a browser cannot be, or what this server does not do.
  private static Optional<Reading> objection(ObjectNode metadata) {
    if (metadata.path("redirect_uris").size() > 0) {
      return Optional.of(
          new Reading.Refused(
              RegistrationError.INVALID_REDIRECT_URI, "there is nothing to redirect here"));
    }
    if (metadata.path("response_types").size() > 0) {
      return Optional.of(invalid("response_types: there is no authorization endpoint"));
    }
    if (!isListOf(metadata.path("grant_types"), GRANT_TYPES)
        || !contains(metadata.path("grant_types"), "client_credentials")) {
      return Optional.of(
          invalid("grant_types: client_credentials, and refresh_token beside it or not"));
    }
    if (metadata.has("jwks_uri")) {
      return Optional.of(invalid("jwks_uri: send the keys themselves, in jwks"));
    }
    if (!metadata.path("scope").isTextual() || metadata.path("scope").asText().isBlank()) {
      return Optional.of(invalid("scope: is missing"));
    }
    for (String flag :
        List.of("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens")) {
      if (metadata.has(flag) && !metadata.path(flag).isBoolean()) {
        return Optional.of(invalid(flag + ": is true or false"));
      }
    }
    return Optional.empty();
  }

  private static boolean isListOf(JsonNode list, Set<String> allowed) {
    if (!list.isArray() || list.isEmpty()) {
      return false;
    }
    for (JsonNode item : list) {
      if (!item.isTextual() || !allowed.contains(item.asText())) {
        return false;
      }
    }
    return true;
  }

  private static boolean contains(JsonNode list, String word) {
    for (JsonNode item : list) {
      if (item.asText().equals(word)) {
        return true;
      }
    }
    return false;
  }

  private static ObjectNode document(
      RealmConfig realm,
      RegistrationPolicy policy,
      ClientId id,
      String vendor,
      ObjectNode metadata) {
    ObjectNode document = Answers.JSON.createObjectNode().put("client_id", id.value());
    if (metadata.has("client_name")) {
      document.set("description", metadata.get("client_name"));
    }
    if (!vendor.isEmpty()) {
      document.put("vendor", vendor);
    }
    document
        .putArray("token_endpoint_auth_methods")
        .add(metadata.path("token_endpoint_auth_method").asText("client_secret_basic"));
    if (metadata.has("jwks")) {
      document.set("jwks", metadata.get("jwks"));
    }
    ArrayNode scopes = document.putArray("scopes");
    List.of(metadata.path("scope").asText().split(" ")).forEach(scopes::add);
    ArrayNode audiences = document.putArray("audiences");
    policy.audiences().forEach(audiences::add);
    List<String> attesters = attesters(realm);
    if (policy.unattested() || attesters.isEmpty()) {
      document.put("attestation", "none");
    } else {
      ArrayNode names = document.putArray("attesters");
      attesters.forEach(names::add);
    }
    if (!contains(metadata.path("grant_types"), "refresh_token")) {
      document.put("refresh", "none");
    }
    if (metadata.path("dpop_bound_access_tokens").asBoolean(false)) {
      document.put("dpop", "required");
    }
    return document.put(
        "tls_client_certificate_bound_access_tokens",
        metadata.path("tls_client_certificate_bound_access_tokens").asBoolean(false));
  }

  /// A SPIFFE attester counts for clients with an identity of its own only.
  private static List<String> attesters(RealmConfig realm) {
    return realm.attesters().values().stream()
        .filter(attester -> !(attester instanceof Attester.Spiffe))
        .map(Attester::name)
        .toList();
  }

  /// All that is registered of a client, RFC 7591 §3.2.1.
  static ObjectNode of(RealmConfig realm, ClientConfig client) {
    ObjectNode metadata =
        Answers.JSON.createObjectNode().put("client_id", client.clientId().value());
    if (!client.description().isEmpty()) {
      metadata.put("client_name", client.description());
    }
    metadata.put(
        "token_endpoint_auth_method",
        client.credentials().methods().iterator().next().name().toLowerCase(Locale.ROOT));
    ArrayNode grants = metadata.putArray("grant_types").add("client_credentials");
    if (!(realm.refresh(client) instanceof RefreshPolicy.None)) {
      grants.add("refresh_token");
    }
    metadata.putArray("response_types");
    metadata.put("scope", client.scopes().toString());
    client
        .credentials()
        .jwks()
        .ifPresent(
            keys ->
                metadata.set("jwks", Answers.JSON.valueToTree(keys.jwkSet().toJSONObject(true))));
    return metadata
        .put("dpop_bound_access_tokens", client.dpop() == ClientConfig.Dpop.REQUIRED)
        .put("tls_client_certificate_bound_access_tokens", client.certificateBoundTokens());
  }

  private static Reading invalid(String because) {
    return new Reading.Refused(RegistrationError.INVALID_CLIENT_METADATA, because);
  }

  /// RFC 6749 §5.2: what an `error_description` may hold.
  static String printable(String text) {
    return text.replaceAll("[^\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]", "?");
  }
}
