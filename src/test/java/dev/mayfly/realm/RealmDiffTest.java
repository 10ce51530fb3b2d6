package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RealmDiffTest {
  private static final String BEFORE =
      """
      realm: a
      audiences: ["urn:a"]
      scopes: {orders:read: {}, orders:write: {}}
      attesters: [{name: mayfly, type: builtin}]
      policy: {countries: [GB]}
      clients:
        - {client_id: bot, token_endpoint_auth_methods: [client_secret_basic], attesters: [mayfly], scopes: [orders:read]}
        - {client_id: old, token_endpoint_auth_methods: [client_secret_basic], attesters: [mayfly], scopes: [orders:read]}
      """;

  private static List<String> between(String before, String after) {
    return RealmDiff.between(
            Optional.of(RealmConfigLoader.parse("a.yaml", before)),
            RealmConfigLoader.parse("a.yaml", after))
        .stream()
        .map(RealmDiff.Change::toString)
        .toList();
  }

  @Test
  void saysNothingWhereNothingChanged() {
    assertEquals(List.of(), between(BEFORE, BEFORE + "# a comment\n"));
    assertEquals(
        List.of(),
        between(
            BEFORE, BEFORE.replace("type: builtin", "type: builtin, attestation_lifetime: 1d")));
  }

  @Test
  void namesTheClientAndTheFieldThatChanged() {
    assertEquals(
        List.of(
                "a: change clients.bot.scopes: [orders:read] -> [orders:read orders:write]",
                "a: change clients.bot.token_endpoint_auth_methods: [client_secret_basic] ->"
                    + " [client_secret_basic client_secret_post]")
            .reversed(),
        between(
            BEFORE,
            BEFORE.replaceFirst(
                "\\[client_secret_basic], attesters: \\[mayfly], scopes: \\[orders:read]",
                "[client_secret_post, client_secret_basic], attesters: [mayfly], scopes:"
                    + " [orders:write, orders:read]")));
  }

  @Test
  void namesWhatIsAddedAndRemoved() {
    List<String> changes =
        between(
            BEFORE,
            BEFORE
                .replace("client_id: old", "client_id: new")
                .replace("policy: {countries: [GB]}", "policy: {networks: [10.0.0.0/8]}"));
    assertEquals(4, changes.size(), changes.toString());
    assertEquals("a: add policy.networks: [10.0.0.0/8]", changes.get(0));
    assertEquals("a: remove policy.countries: [GB]", changes.get(1));
    assertTrue(changes.get(2).startsWith("a: add clients.new: {token_endpoint_auth_methods: "));
    assertTrue(changes.get(3).startsWith("a: remove clients.old: {"), changes.get(3));
  }

  @Test
  void doesNotTakeAMovedClientForAChangedOne() {
    List<String> lines = BEFORE.lines().toList();
    String moved =
        String.join("\n", lines.subList(0, 6)) + "\n" + lines.get(7) + "\n" + lines.get(6) + "\n";
    assertEquals(List.of(), between(BEFORE, moved));
  }

  @Test
  void listsTheNamedPartsOfANewRealmOneByOne() {
    List<String> fields =
        RealmDiff.between(Optional.empty(), RealmConfigLoader.parse("a.yaml", BEFORE)).stream()
            .map(change -> change.action().word() + " " + change.field())
            .toList();
    assertEquals(
        List.of(
            "add realm",
            "add demo",
            "add audiences",
            "add attestation_levels",
            "add scopes.orders:read",
            "add scopes.orders:write",
            "add attesters.mayfly",
            "add policy",
            "add keys",
            "add rate_limits",
            "add status_list",
            "add clients.bot",
            "add clients.old"),
        fields);
  }

  @Test
  void namesTheReceiverWhoseAddressChanged() {
    String pushed =
        BEFORE
                .replace("orders:write: {}", "ssf.manage: {minimum_attestation: none}")
                .replace("scopes: [orders:read]}", "scopes: [orders:read, ssf.manage]}")
            + "security_events: {push: [{client_id: bot, endpoint: \"https://a.example/\"},"
            + " {client_id: old, endpoint: \"https://b.example/\"}]}\n";
    assertEquals(
        List.of(
            "a: change security_events.push.bot.endpoint: https://a.example/ -> https://c.example/",
            "a: add security_events.push.bot.authorization: {file: /run/secrets/bot}"),
        between(
            pushed,
            pushed.replace(
                "https://a.example/\"",
                "https://c.example/\", authorization: {file: /run/secrets/bot}")));
  }
}
