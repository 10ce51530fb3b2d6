package dev.mayfly.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Activity;
import dev.mayfly.ledger.Registration.Secret;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.Registration.State;
import dev.mayfly.ledger.SecretWarnings;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.registry.AppliedRealm;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// How a realm is, from what was seen of it and from what is in memory.
final class OverviewViews {
  private static final int LISTED = 10;

  private OverviewViews() {}

  static ObjectNode overview(AppliedRealm realm, Activity.Seen seen, Instant now) {
    ObjectNode view = Answers.JSON.createObjectNode().put("as_of", seen.at().toString());
    view.putObject("live_grants").put("count", seen.live()).put("more", seen.more());
    view.set("last_five_minutes", span(seen.lately()));
    ArrayNode hours = view.putArray("hours");
    seen.hours().forEach(hour -> hours.add(span(hour)));
    ArrayNode countries = view.putArray("countries");
    for (Activity.OfCountry one : seen.countries()) {
      countries
          .addObject()
          .put("country", one.country().isEmpty() ? null : one.country())
          .put("tokens", one.tokens())
          .put("refusals", one.refusals());
    }
    ArrayNode refusals = view.putArray("refusals");
    for (Activity.Refusals one : seen.refusals()) {
      refusals
          .addObject()
          .put("event", one.event())
          .put("because", one.because())
          .put("count", one.times())
          .put("last_at", one.last().toString());
    }
    standings(view, realm);
    secretsThatEnd(view.putArray("secrets_that_end"), realm, now);
    return view;
  }

  private static ObjectNode span(Activity.Span span) {
    return Answers.JSON
        .createObjectNode()
        .put("from", span.from().toString())
        .put("grants_opened", span.opened())
        .put("tokens", span.tokens())
        .put("refusals", span.refusals())
        .put("alerts", span.alerts());
  }

  /// How many clients there are of each state, and which came into one last that is not the usual.
  private static void standings(ObjectNode view, AppliedRealm realm) {
    Map<Standing, Long> counts = new EnumMap<>(Standing.class);
    realm.states().values().forEach(state -> counts.merge(state.standing(), 1L, Long::sum));
    ObjectNode clients = view.putObject("clients");
    for (Standing standing : Standing.values()) {
      clients.put(word(standing), counts.getOrDefault(standing, 0L));
    }
    ArrayNode unusual = view.putArray("not_active");
    realm.states().entrySet().stream()
        .filter(one -> isToBeDecided(one.getValue().standing()))
        .sorted(
            Comparator.comparing((Map.Entry<ClientId, State> one) -> one.getValue().at())
                .reversed())
        .limit(LISTED)
        .forEach(
            one ->
                unusual
                    .addObject()
                    .put("client_id", one.getKey().value())
                    .put("state", word(one.getValue().standing()))
                    .put("state_at", one.getValue().at().toString())
                    .put("state_reason", one.getValue().reason()));
  }

  private static boolean isToBeDecided(Standing standing) {
    return switch (standing) {
      case PENDING, SUSPENDED -> true;
      case ACTIVE, REMOVED, REVOKED -> false;
    };
  }

  private static String word(Standing standing) {
    return standing.name().toLowerCase(Locale.ROOT);
  }

  private record Ending(ClientId client, Instant at) {}

  /// As the broker warns: the newest secret of whoever may still use it.
  private static void secretsThatEnd(ArrayNode all, AppliedRealm realm, Instant now) {
    Instant soon = now.plus(Duration.ofDays(SecretWarnings.THRESHOLDS.getFirst()));
    realm.states().entrySet().stream()
        .filter(one -> isToBeUsed(one.getValue().standing()))
        .flatMap(
            one ->
                newest(one.getValue())
                    .map(secret -> new Ending(one.getKey(), secret.expiresAt()))
                    .stream())
        .filter(one -> one.at().isAfter(now) && !one.at().isAfter(soon))
        .sorted(Comparator.comparing(Ending::at))
        .limit(LISTED)
        .forEach(
            one ->
                all.addObject()
                    .put("client_id", one.client().value())
                    .put("expires_at", one.at().toString()));
  }

  private static boolean isToBeUsed(Standing standing) {
    return switch (standing) {
      case ACTIVE, SUSPENDED, PENDING -> true;
      case REMOVED, REVOKED -> false;
    };
  }

  private static Optional<Secret> newest(State state) {
    return state.secrets().stream().findFirst();
  }
}
