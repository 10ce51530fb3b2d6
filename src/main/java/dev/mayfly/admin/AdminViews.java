package dev.mayfly.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.Grant;
import dev.mayfly.ledger.Registration.Instance;
import dev.mayfly.ledger.Versioned;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmDiff;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Registered;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// How the admin endpoint shows things. Never a secret, nor a digest of one.
final class AdminViews {
  private AdminViews() {}

  static ObjectNode client(AppliedRealm realm, Registered known, long grants) {
    ObjectNode view = Answers.JSON.createObjectNode().put("client_id", known.id().value());
    switch (known) {
      case Registered.AsClient client -> {
        view.put("kind", "client");
        view.put("attestation", client.config().isAttested() ? "required" : "none");
        texts(view.putArray("scopes"), client.config().scopes().tokens());
      }
      case Registered.AsResourceServer _ -> {
        view.put("kind", "resource_server").put("attestation", "none");
        view.putArray("scopes");
      }
    }
    view.put("state", known.state().standing().name().toLowerCase(Locale.ROOT));
    ArrayNode methods = view.putArray("token_endpoint_auth_methods");
    known.credentials().methods().stream()
        .map(method -> method.name().toLowerCase(Locale.ROOT))
        .forEach(methods::add);
    view.put("secrets", known.state().secrets().size()).put("grants", grants);
    return view;
  }

  static ObjectNode clientInDetail(
      AppliedRealm realm,
      Registered known,
      long grants,
      List<Instance> instances,
      Optional<Instant> lastUsedAt,
      Instant now) {
    ObjectNode view = client(realm, known, grants);
    view.put("origin", known.state().document().isPresent() ? "registered" : "realm_file");
    view.put("last_used_at", lastUsedAt.map(Instant::toString).orElse(null));
    if (known instanceof Registered.AsClient client) {
      view.put("vendor", client.config().vendor());
      NetworkPolicy policy = realm.config().networkPolicy(client.config());
      ArrayNode networks = view.putArray("networks");
      policy.networks().ifPresent(all -> all.forEach(one -> networks.add(one.toString())));
      ArrayNode countries = view.putArray("countries");
      policy.countries().ifPresent(all -> all.forEach(countries::add));
    }
    known.state().secrets().stream()
        .findFirst()
        .ifPresent(secret -> view.put("secret_expires_at", secret.expiresAt().toString()));
    ArrayNode secrets = view.putArray("live_secrets");
    known.state().secrets().stream()
        .filter(secret -> now.isBefore(secret.expiresAt()))
        .forEach(
            secret ->
                secrets
                    .addObject()
                    .put("secret_id", secret.id().toString())
                    .put("created_at", secret.createdAt().toString())
                    .put("age_days", Duration.between(secret.createdAt(), now).toDays())
                    .put("expires_at", secret.expiresAt().toString())
                    .put("days_left", Duration.between(now, secret.expiresAt()).toDays()));
    view.put("secrets_etag", secrets(realm.name(), known, now).text());
    ArrayNode joined = view.putArray("instances");
    instances.forEach(instance -> joined.add(instance(realm.name(), known.id(), instance)));
    view.put("state_reason", known.state().reason());
    view.put("state_at", known.state().at().toString());
    return view;
  }

  /// Of the secrets in force.
  private static EntityTag secrets(RealmName realm, Registered known, Instant now) {
    return Versioned.secrets(realm, known.id(), now)
        .as(
            known.state().secrets().stream()
                .filter(secret -> now.isBefore(secret.expiresAt()))
                .map(secret -> secret.id().toString())
                .sorted()
                .collect(Collectors.joining(" ")));
  }

  static ObjectNode instance(RealmName realm, ClientId client, Instance instance) {
    return Answers.JSON
        .createObjectNode()
        .put("jkt", instance.jkt().value())
        .put("attester", instance.attested().attester())
        .put("rule", instance.attested().rule())
        .put("attestation", instance.attested().kind())
        .put("attestation_level", instance.attested().level())
        .put("subject", instance.attested().subject())
        .put("address", instance.address())
        .put("evidence_at", instance.evidenceAt().toString())
        .put("attested_at", instance.attestedAt().toString())
        .put("etag", Versioned.instance(realm, client, instance.jkt()).there().text());
  }

  /// Of a live one.
  static ObjectNode grant(Grant grant) {
    ObjectNode view = Answers.JSON.createObjectNode();
    view.put("etag", Versioned.grant(grant.realm(), grant.id()).there().text());
    view.put("grant_id", grant.id().toString()).put("client_id", grant.client().value());
    view.put("scope", grant.scope().toString()).put("attestation", grant.attestation().kind());
    view.put("attestation_level", grant.attestation().level());
    if (!grant.details().isEmpty()) {
      view.set("authorization_details", Answers.JSON.valueToTree(grant.details().members()));
    }
    grant.attestation().rule().ifPresent(rule -> view.put("attestation_rule", rule));
    grant
        .attestation()
        .jti()
        .ifPresent(
            jti ->
                view.put("attestation_jti", jti)
                    .put(
                        "attestation_etag",
                        Versioned.attestation(grant.realm(), jti).there().text()));
    grant.instance().ifPresent(jkt -> view.put("instance_jkt", jkt.value()));
    grant
        .confirmation()
        .flatMap(Confirmation::jkt)
        .ifPresent(jkt -> view.put("dpop_jkt", jkt.value()));
    grant
        .confirmation()
        .flatMap(Confirmation::x5tS256)
        .ifPresent(x5t -> view.put("certificate_x5t", x5t.value()));
    view.put("created_at", grant.createdAt().toString());
    view.put("ends_at", grant.endsAt().toString());
    grant
        .refresh()
        .ifPresent(
            refresh ->
                view.put("refresh_generation", refresh.generation())
                    .put("refresh_expires_at", refresh.expiresAt().toString()));
    view.put("address", grant.address());
    grant.country().ifPresent(country -> view.put("country", country));
    return view;
  }

  static ObjectNode changes(List<RealmDiff.Change> changes, List<RealmConfig> wanted) {
    ObjectNode view = Answers.JSON.createObjectNode();
    ArrayNode all = view.putArray("changes");
    for (RealmDiff.Change change : changes) {
      all.addObject()
          .put("realm", change.realm().value())
          .put("action", change.action().word())
          .put("field", change.field())
          .put("from", change.from())
          .put("to", change.to());
    }
    ArrayNode warnings = view.putArray("warnings");
    wanted.forEach(
        realm ->
            realm.keys().warnings().forEach(line -> warnings.add(realm.realm() + ": " + line)));
    return view;
  }

  private static void texts(ArrayNode array, Iterable<String> texts) {
    texts.forEach(array::add);
  }
}
