package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Role;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.FourEyes;
import java.util.Optional;

/// An act that waits for a second admin: what is needed to do it, and what it was decided on.
/// `seen`: the entity tag of what it changes; if there is another then, nothing is done.
sealed interface ProposedAct {
  record ResumeClient(ClientId client, String seen) implements ProposedAct {}

  /// `document`: what a realm file would say of the client, whole.
  record ChangeClient(ClientId client, JsonNode document, String seen) implements ProposedAct {}

  record CompromiseKey(String kid) implements ProposedAct {}

  /// `files`: an object of names and texts. `rule`: the first one that stands in the way.
  record ApplyRealms(JsonNode files, FourEyes rule, String seen) implements ProposedAct {}

  default FourEyes rule() {
    return switch (this) {
      case ResumeClient _ -> FourEyes.CLIENT_RESUME;
      case ChangeClient _ -> FourEyes.SCOPE_WIDENING;
      case CompromiseKey _ -> FourEyes.KEY_COMPROMISE;
      case ApplyRealms(_, FourEyes rule, _) -> rule;
    };
  }

  /// What it takes to do it, and to approve it: there the second factor must be fresh for each.
  default Permission permission() {
    return switch (this) {
      case ResumeClient _ -> Permission.inRealmAfresh(Role.OPERATOR);
      case ChangeClient _, CompromiseKey _ -> Permission.inRealmAfresh(Role.SECURITY_ADMIN);
      case ApplyRealms _ -> Permission.inBrokerAfresh(Role.ROOT);
    };
  }

  /// The text of which whoever approves says the digest.
  default String json(RealmName realm) {
    ObjectNode json = Answers.JSON.createObjectNode().put("realm", realm.value());
    switch (this) {
      case ResumeClient(ClientId client, String seen) ->
          json.put("act", "resume_client").put("client_id", client.value()).put("seen", seen);
      case ChangeClient(ClientId client, JsonNode document, String seen) ->
          json.put("act", "change_client")
              .put("client_id", client.value())
              .put("seen", seen)
              .set("client", document);
      case CompromiseKey(String kid) -> json.put("act", "compromise_key").put("kid", kid);
      case ApplyRealms(JsonNode files, FourEyes rule, String seen) ->
          json.put("act", "apply_realms")
              .put("rule", rule.name())
              .put("seen", seen)
              .set("files", files);
    }
    return json.toString();
  }

  /// Empty for what [#json] of this version has not written: nobody can be shown it, nor do it.
  static Optional<ProposedAct> parse(String text) {
    JsonNode json;
    try {
      json = Answers.JSON.readTree(text);
    } catch (JsonProcessingException notOurs) {
      return Optional.empty();
    }
    String seen = json.path("seen").asText();
    return Optional.ofNullable(
        switch (json.path("act").asText()) {
          case "resume_client" -> new ResumeClient(client(json), seen);
          case "change_client" -> new ChangeClient(client(json), json.path("client"), seen);
          case "compromise_key" -> new CompromiseKey(json.path("kid").asText());
          case "apply_realms" ->
              new ApplyRealms(
                  json.path("files"), FourEyes.valueOf(json.path("rule").asText()), seen);
          default -> null;
        });
  }

  private static ClientId client(JsonNode json) {
    return new ClientId(json.path("client_id").asText());
  }
}
