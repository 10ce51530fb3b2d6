package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Writes `registration` in the shape of a realm file.
final class RegistrationJson {
  private RegistrationJson() {}

  static ObjectNode of(RegistrationPolicy policy) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("scopes", RealmJson.texts(policy.scopes().tokens()));
    json.set("audiences", RealmJson.texts(policy.audiences()));
    json.set(
        "token_endpoint_auth_methods",
        RealmJson.texts(policy.methods().stream().map(Value::word).toList()));
    policy.networks().ifPresent(networks -> json.set("networks", RealmJson.texts(networks)));
    policy.refresh().ifPresent(refresh -> RealmJson.putRefresh(json, refresh));
    json.put("unattested", policy.unattested())
        .put("approval", policy.approval())
        .put("endpoint", policy.endpoint());
    if (!policy.statements().isEmpty()) {
      ArrayNode statements = json.putArray("software_statements");
      policy
          .statements()
          .forEach(
              one ->
                  statements
                      .addObject()
                      .put("issuer", one.issuer())
                      .set("jwks", RealmJson.jwks(one.keys())));
    }
    return json;
  }
}
