package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.network.Network;
import dev.mayfly.oauth.ScopeSet;
import java.util.List;
import java.util.Optional;

/// To what an initial access token narrows its realm's [RegistrationPolicy].
public record RegistrationLimits(
    Optional<ScopeSet> scopes, Optional<List<String>> audiences, Optional<List<Network>> networks) {

  public RegistrationLimits {
    audiences = audiences.map(List::copyOf);
    networks = networks.map(List::copyOf);
  }

  /// Reads `{"scopes": [...], "audiences": [...], "networks": [...]}`, of which each may be left
  /// out, and holds it to the realm.
  /// Errors: [RealmConfigException], also when it is more than the policy allows.
  public static RegistrationLimits read(RealmConfig realm, String name, String json) {
    Value value = Value.root(name, YamlTree.parse(name, json));
    Fields fields = value.fields("scopes", "audiences", "networks");
    RegistrationPolicy policy =
        realm.registration().orElseThrow(() -> value.refuse("the realm takes no registrations"));
    return new RegistrationLimits(
        fields
            .optional("scopes")
            .map(
                list ->
                    ScopeSet.of(
                        list.list(
                            item ->
                                item.definedIn(
                                    "the scopes of registered clients",
                                    policy.scopes().tokens())))),
        fields
            .optional("audiences")
            .map(
                list ->
                    list.list(
                        item ->
                            item.definedIn(
                                "the audiences of registered clients", policy.audiences()))),
        fields.optional("networks").map(list -> list.list(item -> network(item, realm, policy))));
  }

  private static Network network(Value item, RealmConfig realm, RegistrationPolicy policy) {
    Network network = PolicyReader.network(item);
    Optional<List<Network>> outer = policy.networks().or(() -> realm.policy().network().networks());
    if (outer.isPresent() && outer.get().stream().noneMatch(one -> one.contains(network))) {
      throw item.refuse("%s lies outside what registered clients may have".formatted(network));
    }
    return network;
  }

  public String toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    scopes.ifPresent(all -> json.set("scopes", RealmJson.texts(all.tokens())));
    audiences.ifPresent(all -> json.set("audiences", RealmJson.texts(all)));
    networks.ifPresent(all -> json.set("networks", RealmJson.texts(all)));
    return json.toString();
  }
}
