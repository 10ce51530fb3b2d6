package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Roles;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.StaleException;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.AuditKeys;
import dev.mayfly.registry.BrokerKeyLife;
import dev.mayfly.registry.KeyActs;
import dev.mayfly.registry.KeyChain;
import dev.mayfly.registry.KeyChains;
import dev.mayfly.registry.Realms;
import dev.mayfly.registry.SealedSecrets;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// What an admin can see of keys, and do with them.
@ApplicationScoped
class AdminKeys {
  private static final Logger LOG = Logger.getLogger(AdminKeys.class);

  private final Realms realms;
  private final KeyActs acts;
  private final BrokerKeyLife own;
  private final AuditKeys audit;
  private final SealedSecrets sealed;
  private final Proposals proposals;
  private final Clock clock;

  @Inject
  AdminKeys(
      Realms realms,
      KeyActs acts,
      BrokerKeyLife own,
      AuditKeys audit,
      SealedSecrets sealed,
      Proposals proposals,
      Clock clock) {
    this.realms = realms;
    this.acts = acts;
    this.own = own;
    this.audit = audit;
    this.sealed = sealed;
    this.proposals = proposals;
    this.clock = clock;
  }

  /// `realm`: only of that realm, `*` for the broker's own. Of what is not the admin's nothing.
  ArrayNode list(Optional<String> realm, Roles roles) {
    Instant now = clock.instant();
    ArrayNode all = Answers.JSON.createArrayNode();
    for (KeyChain chain : realms.keyChains().all()) {
      if (isSeen(chain, roles) && realm.map(name(chain)::equals).orElse(true)) {
        chain.timeline().keys().forEach(key -> all.add(view(chain, key, now)));
      }
    }
    return all;
  }

  /// Of all keys of a realm, or of the broker (`*`); none of what the admin does not see.
  Optional<EntityTag> tag(Optional<String> realm, Roles roles) {
    return realm
        .filter(
            name ->
                realms.keyChains().all().stream()
                    .anyMatch(chain -> name.equals(name(chain)) && isSeen(chain, roles)))
        .map(
            name ->
                realms
                    .keyChains()
                    .tag(name.equals("*") ? Optional.empty() : Optional.of(new RealmName(name))));
  }

  private static boolean isSeen(KeyChain chain, Roles roles) {
    return chain.realm().map(roles::in).orElse(roles.everywhere()).isPresent();
  }

  private static String name(KeyChain chain) {
    return chain.realm().map(RealmName::value).orElse("*");
  }

  private static ObjectNode view(KeyChain chain, Registration.Key key, Instant now) {
    KeyChain.Standing standing = chain.standing(key, now);
    ObjectNode view =
        Answers.JSON
            .createObjectNode()
            .put("kid", key.kid())
            .put("realm", name(chain))
            .put("purpose", key.purpose().text())
            .put("token", key.token())
            .put("algorithm", key.algorithm())
            .put("state", standing.state().word())
            .put("created_at", key.createdAt().toString())
            .put("signs_from", key.signsFrom().toString());
    put(view, "verifies_until", standing.verifiesUntil());
    put(view, "distrusted_at", key.distrust().map(Registration.Distrust::at));
    put(view, "destroyed_at", key.destroyedAt());
    view.put("age_days", Duration.between(key.createdAt(), now).toDays());
    view.put("etag", EntityTag.ofKeys(List.of(key)).text());
    put(view, "next_rollover_at", standing.nextRollover());
    return view;
  }

  private static void put(ObjectNode view, String name, Optional<Instant> at) {
    view.put(name, at.map(Instant::toString).orElse(null));
  }

  Uni<ArrayNode> rotate(JsonNode body, KeyActs.Act act) {
    String realm = body.path("realm").asText("");
    if (realm.equals("*")) {
      return rotateOwn(body, act);
    }
    AppliedRealm applied =
        realms.find(realm).orElseThrow(() -> new AdminRefusal(404, "there is no such realm"));
    return rotate(applied, body, act);
  }

  Uni<ArrayNode> rotate(AppliedRealm realm, JsonNode body, KeyActs.Act act) {
    return acts.rotate(realm.name(), purpose(body), act)
        .map(
            moved -> {
              if (moved.isEmpty()) {
                throw new AdminRefusal(
                    409, "no key is announced yet: the token has made none; see the broker's log");
              }
              ArrayNode answer = Answers.JSON.createArrayNode();
              moved.forEach(
                  key ->
                      answer
                          .addObject()
                          .put("kid", key.kid())
                          .put("signs_from", key.signsFrom().toString()));
              return answer;
            });
  }

  private Uni<ArrayNode> rotateOwn(JsonNode body, KeyActs.Act act) {
    Uni<List<Registration.Key>> made =
        switch (body.path("purpose").asText("")) {
          case "mac" -> own.rotate(Purpose.MAC, act).map(List::of);
          case "wrap" -> own.rotate(Purpose.WRAP, act).map(List::of);
          case "audit" -> audit.rotate(act);
          default -> throw new AdminRefusal(400, "purpose is mac, wrap or audit");
        };
    return made.map(
        keys -> {
          ArrayNode answer = Answers.JSON.createArrayNode();
          keys.forEach(
              key ->
                  answer
                      .addObject()
                      .put("kid", key.kid())
                      .put("signs_from", key.signsFrom().toString()));
          return answer;
        });
  }

  /// Seals anew at once what an older wrap key sealed.
  Uni<ObjectNode> rewrap(KeyActs.Act act) {
    LOG.infof("%s seals every secret anew: %s", act.by(), act.reason());
    return sealed.rewrap().map(count -> Answers.JSON.createObjectNode().put("rewrapped", count));
  }

  private static Optional<Purpose> purpose(JsonNode body) {
    if (!body.hasNonNull("purpose")) {
      return Optional.empty();
    }
    String wanted = body.path("purpose").asText();
    return Optional.of(
        KeyChains.SIGNING.stream()
            .filter(purpose -> purpose.text().equals(wanted))
            .findFirst()
            .orElseThrow(
                () -> new AdminRefusal(400, "purpose is access_token or client_attestation")));
  }

  /// Errors: 404 when it is no key of this realm.
  void requireKeyOf(AppliedRealm realm, String kid) {
    Optional<RealmName> owner = realms.keyChains().holding(kid).flatMap(KeyChain::realm);
    if (!owner.equals(Optional.of(realm.name()))) {
      throw new AdminRefusal(404, "there is no such key");
    }
  }

  Uni<ObjectNode> retire(String kid, KeyActs.Act act) {
    return acts.retire(kid, act).map(outcome -> after(outcome, kid));
  }

  /// At once, or, where the key's realm asks for it, when a second admin agrees. A key that this
  /// replica does not know yet cannot be asked for its realm.
  Uni<AdminAnswer> compromise(AdminRequest request, String kid, KeyActs.Act act) {
    KeyChain chain =
        realms
            .keyChains()
            .holding(kid)
            .orElseThrow(() -> new AdminRefusal(404, "there is no such key"));
    ProposedAct.CompromiseKey proposed = new ProposedAct.CompromiseKey(kid);
    Optional<AppliedRealm> guarded =
        chain
            .realm()
            .map(RealmName::value)
            .flatMap(realms::find)
            .filter(realm -> Proposals.needsTwo(realm, proposed));
    if (guarded.isPresent() && !act.seen().holds(EntityTag.ofKeys(List.of(key(chain, kid))))) {
      throw new StaleException();
    }
    return guarded.isEmpty()
        ? compromise(kid, act).map(AdminAnswer::ok)
        : proposals.propose(
            request,
            guarded.get().name(),
            proposed,
            "distrust the %s key %s".formatted(chain.purpose().text(), kid),
            act.reason());
  }

  Uni<ObjectNode> compromise(String kid, KeyActs.Act act) {
    boolean isOnEveryToken =
        realms
            .keyChains()
            .holding(kid)
            .map(chain -> chain.token().equals(Registration.Key.EVERY_TOKEN))
            .orElse(false);
    if (!isOnEveryToken) {
      return acts.compromise(kid, act).map(outcome -> after(outcome, kid));
    }
    return own.compromise(kid, act)
        .map(
            done -> {
              if (!done) {
                throw new AdminRefusal(409, "the key is distrusted already");
              }
              return view(kid);
            });
  }

  private ObjectNode after(KeyActs.Outcome outcome, String kid) {
    return switch (outcome) {
      case KeyActs.Outcome.NoSuchKey _ -> throw new AdminRefusal(404, "there is no such key");
      case KeyActs.Outcome.Refused(String because) -> throw new AdminRefusal(409, because);
      case KeyActs.Outcome.Done _ -> view(kid);
    };
  }

  private ObjectNode view(String kid) {
    KeyChain chain = realms.keyChains().holding(kid).orElseThrow();
    return view(chain, key(chain, kid), clock.instant());
  }

  private static Registration.Key key(KeyChain chain, String kid) {
    return chain.timeline().keys().stream()
        .filter(one -> one.kid().equals(kid))
        .findFirst()
        .orElseThrow();
  }

  Uni<Long> epoch() {
    return acts.epoch();
  }

  Uni<ObjectNode> beginEpoch(KeyActs.Act act) {
    return acts.beginEpoch(act)
        .map(
            epoch ->
                Answers.JSON
                    .createObjectNode()
                    .put("epoch", epoch.epoch())
                    .put("grants_ended", epoch.grantsEnded())
                    .put("keys_distrusted", epoch.keysDistrusted()));
  }
}
