package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.Instances;
import dev.mayfly.ledger.Revocable;
import dev.mayfly.ledger.Revocations;
import dev.mayfly.ledger.Versioned;
import dev.mayfly.ledger.Versions;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.Attester;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Realms;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;

/// What an admin can see of instances, and the ends that can be put to what they were attested.
@ApplicationScoped
class AdminAttestations {
  private final Realms realms;
  private final Instances instances;
  private final Revocations revocations;
  private final Versions versions;

  @Inject
  AdminAttestations(
      Realms realms, Instances instances, Revocations revocations, Versions versions) {
    this.realms = realms;
    this.instances = instances;
    this.revocations = revocations;
    this.versions = versions;
  }

  Uni<ArrayNode> instances(AppliedRealm realm, ClientId client) {
    requireClient(realm, client);
    return instances
        .of(realm.name(), client)
        .map(
            all -> {
              ArrayNode views = Answers.JSON.createArrayNode();
              all.forEach(
                  instance -> views.add(AdminViews.instance(realm.name(), client, instance)));
              return views;
            });
  }

  Revocable instance(AdminRequest request) {
    requireClient(request.realm(), request.client());
    return new Revocable.Instance(request.client(), thumbprint(request.part("jkt")));
  }

  Uni<ObjectNode> revokeInstance(AdminService.Act act, ClientId client, String jkt) {
    requireClient(act.realm(), client);
    JwkThumbprint key = thumbprint(jkt);
    return revocations
        .instance(act(act, Optional.of(client)), client, key)
        .call(realms::reload)
        .map(
            ended ->
                Answers.JSON
                    .createObjectNode()
                    .put("client_id", client.value())
                    .put("jkt", key.value())
                    .put("grants_ended", ended));
  }

  Uni<ObjectNode> revokeAttestation(AdminService.Act act, String jti) {
    return revocations
        .attestation(act(act, Optional.empty()), jti)
        .call(realms::reload)
        .map(
            ended ->
                Answers.JSON
                    .createObjectNode()
                    .put("attestation_jti", jti)
                    .put(
                        "grants_ended",
                        ended.orElseThrow(
                            () -> new AdminRefusal(404, "there is no such attestation"))));
  }

  /// Whether an attester is believed, and which of its rules are not.
  Uni<ObjectNode> attester(AdminRequest request) {
    String attester = request.part("attester");
    requireAttester(request.realm(), attester, "");
    return revocations
        .ofAttester(request.realm().name(), attester)
        .map(
            all -> {
              ObjectNode view =
                  Answers.JSON
                      .createObjectNode()
                      .put("attester", attester)
                      .put("revoked", all.stream().anyMatch(one -> one.rule().isEmpty()));
              ArrayNode rules = view.putArray("revocations");
              for (Revocations.Ended one : all) {
                ObjectNode rule =
                    rules
                        .addObject()
                        .put("revoked_at", one.at().toString())
                        .put("reason", one.reason());
                if (!one.rule().isEmpty()) {
                  rule.put("rule", one.rule());
                }
              }
              return view;
            });
  }

  Uni<EntityTag> tagOfAttester(AdminRequest request) {
    return versions.now(Versioned.attester(request.realm().name(), request.part("attester")));
  }

  /// The whole attester, or the rule that the body names.
  Uni<ObjectNode> revokeAttester(AdminService.Act act, String attester, JsonNode body) {
    String rule = body.path("rule").asText("");
    requireAttester(act.realm(), attester, rule);
    return revocations
        .attester(act(act, Optional.empty()), attester, rule)
        .call(realms::reload)
        .map(ended -> view(attester, rule).put("revoked", true).put("grants_ended", ended));
  }

  Uni<ObjectNode> restoreAttester(AdminService.Act act, String attester, JsonNode body) {
    String rule = body.path("rule").asText("");
    return revocations
        .restore(act(act, Optional.empty()), attester, rule)
        .call(realms::reload)
        .map(
            restored -> {
              if (!restored) {
                throw new AdminRefusal(409, "it is not revoked");
              }
              return view(attester, rule).put("revoked", false);
            });
  }

  private static ObjectNode view(String attester, String rule) {
    ObjectNode view = Answers.JSON.createObjectNode().put("attester", attester);
    return rule.isEmpty() ? view : view.put("rule", rule);
  }

  private static void requireAttester(AppliedRealm realm, String name, String rule) {
    Attester attester = realm.config().attesters().get(name);
    if (attester == null) {
      throw new AdminRefusal(404, "there is no such attester");
    }
    boolean known =
        switch (attester) {
          case Attester.Builtin own ->
              rule.equals(Attester.JoinSecret.NAME) || own.rule(rule).isPresent();
          case Attester.Jwks _, Attester.X5c _, Attester.Spiffe _ -> false;
        };
    if (!rule.isEmpty() && !known) {
      throw new AdminRefusal(404, "this attester has no such rule");
    }
  }

  private static void requireClient(AppliedRealm realm, ClientId client) {
    if (realm.registered(client).isEmpty()) {
      throw new AdminRefusal(404, "there is no such client");
    }
  }

  private static JwkThumbprint thumbprint(String text) {
    try {
      return new JwkThumbprint(text);
    } catch (IllegalArgumentException malformed) {
      throw new AdminRefusal(404, "there is no such instance");
    }
  }

  private static Revocations.Act act(AdminService.Act act, Optional<ClientId> client) {
    AuditContext context = client.map(act.context()::withClient).orElse(act.context());
    return new Revocations.Act(context, act.by(), act.reason(), act.seen());
  }
}
