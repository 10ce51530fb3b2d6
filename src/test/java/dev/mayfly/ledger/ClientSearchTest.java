package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.ClientSearch.Order;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class ClientSearchTest {
  private static final int PAGE = 400;

  @Inject ClientSearch search;
  @Inject Rows rows;
  @Inject Clock clock;

  private final RealmName realm = newRealm();

  private static RealmName newRealm() {
    return new RealmName("search-" + UUID.randomUUID().toString().substring(0, 8));
  }

  @AfterEach
  void forget() {
    rows.execute("delete from clients where realm = ?", realm.value());
  }

  /// Their states have changed in the opposite order of their names.
  private void add(int from, int to, String vendor, String description) {
    rows.execute(
        "insert into clients (client_key, realm, client_id, kind, vendor, description, state,"
            + " state_reason, state_at) select r || '/tool-' || lpad(n::text, 5, '0'), r, 'tool-'"
            + " || lpad(n::text, 5, '0'), 'client', ?, ?, 'active', 'registered', now() - n *"
            + " interval '1 second' from generate_series(?, ?) n, cast(? as text) r",
        vendor,
        description,
        from,
        to,
        realm.value());
  }

  private static ClientId tool(int number) {
    return new ClientId("tool-%05d".formatted(number));
  }

  private static List<ClientId> tools(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(ClientSearchTest::tool).toList();
  }

  private ClientSearch.Query query(String text) {
    return new ClientSearch.Query(
        Optional.of(text),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Order.CLIENT_ID,
        PAGE);
  }

  private List<ClientId> found(String text) {
    return found(query(text));
  }

  private List<ClientId> found(ClientSearch.Query query) {
    return done(search.find(realm, query, clock.instant())).stream()
        .map(ClientSearch.Found::client)
        .toList();
  }

  /// Page by page, until one is empty.
  private List<ClientId> all(String text, Order order) {
    List<ClientId> all = new ArrayList<>();
    List<ClientId> page;
    do {
      page =
          found(
              new ClientSearch.Query(
                  Optional.of(text),
                  Optional.empty(),
                  Optional.empty(),
                  all.isEmpty() ? Optional.empty() : Optional.of(all.getLast()),
                  order,
                  PAGE));
      all.addAll(page);
    } while (!page.isEmpty());
    return all;
  }

  /// Few are looked up, many are come across: nobody is to see the difference.
  @ParameterizedTest
  @CsvSource({"999", "1000", "1001"})
  void fewAndManyAreFoundInTheSameOrderAndOnce(int holders) {
    add(1, 20, "", "something else");
    add(21, 20 + holders, "", "a Wanted one");
    assertEquals(tools(21, 20 + holders), all("wanted", Order.CLIENT_ID));
    assertEquals(tools(21, 20 + holders), all("wanted", Order.STATE_AT));
  }

  @ParameterizedTest
  @CsvSource({"3", "1001"})
  void aTextIsLookedForAmongTheClientsOfAVendorOrInAStateOnly(int holders) {
    add(1, holders, "Acme", "wanted");
    add(holders + 1, 2 * holders, "Globex", "wanted");
    rows.execute(
        "update clients set state = 'suspended' where client_key = ?", realm + "/" + tool(2));
    rows.execute(
        "update clients set state = 'removed' where client_key = ?", realm + "/" + tool(3));
    var none = Optional.<ClientId>empty();
    var text = Optional.of("wanted");
    var globex =
        new ClientSearch.Query(
            text, Optional.of("Globex"), Optional.empty(), none, Order.CLIENT_ID, 2);
    assertEquals(tools(holders + 1, holders + 2), found(globex));
    var suspended =
        new ClientSearch.Query(
            text, Optional.empty(), Optional.of("suspended"), none, Order.CLIENT_ID, 2);
    assertEquals(tools(2, 2), found(suspended));
    var both =
        new ClientSearch.Query(
            text, Optional.of("Globex"), Optional.of("suspended"), none, Order.CLIENT_ID, 2);
    assertEquals(List.of(), found(both));
    assertTrue(!found("wanted").contains(tool(3)), "one that was removed from the realm file");
  }

  @Test
  void whatOtherRealmsHaveIsNotFound() {
    add(1, 1, "", "wanted");
    RealmName other = newRealm();
    assertEquals(List.of(), done(search.find(other, query("wanted"), clock.instant())));
    assertEquals(tools(1, 1), found("wanted"));
  }

  @Test
  void aPartOfNameVendorAndDescriptionIsFoundWhateverItsCase() {
    add(7, 7, "Ärger & Söhne", "Number One");
    for (String part : List.of("L-00007", "ÄRGER", "& s", "r o", "n")) {
      assertEquals(tools(7, 7), found(part), part);
    }
    assertEquals(List.of(), found("0007\u00c4"), "it ends where the vendor begins");
  }

  @Test
  void whatIsLookedThroughFollowsTheClient() {
    add(1, 1, "Before", "first");
    rows.execute("update clients set vendor = 'After' where realm = ?", realm.value());
    assertEquals(List.of(), found("before"));
    assertEquals(tools(1, 1), found("after"));
    rows.execute("update clients set description = 'second' where realm = ?", realm.value());
    assertEquals(List.of(), found("first"));
    assertEquals(tools(1, 1), found("second"));
    rows.execute("delete from clients where realm = ?", realm.value());
    assertEquals(
        "0", rows.text("select count(*)::text from client_texts where realm = ?", realm.value()));
  }

  /// Ten thousand clients of a vendor are revoked in a second or two.
  @Test
  void whatHappensToAClientDoesNotWriteItsTextAgain() {
    add(1, 1, "", "first");
    String which = "select xmin::text from client_texts where realm = ?";
    String before = rows.text(which, realm.value());
    rows.execute(
        "update clients set state = 'revoked', state_at = now() where realm = ?", realm.value());
    assertEquals(before, rows.text(which, realm.value()));
  }

  @Test
  void textsAreFoundByTheirTrigrams() {
    assertEquals(
        "gin",
        rows.text(
            "select a.amname from pg_class as c join pg_am as a on a.oid = c.relam where c.relname"
                + " = ?",
            "client_texts_by_trigrams"));
  }

  @Test
  void signsOfLikeAreFoundAsThemselves() {
    String label = "100%_\\ " + UUID.randomUUID();
    add(1, 1, label, "");
    add(2, 2, label.replace('_', 'y'), "");
    add(3, 3, label.replace("%_", "_"), "");
    assertEquals(tools(1, 1), found(label.substring(3).toUpperCase(Locale.ROOT)));
    assertEquals(List.of(), found(label.replace('_', 'x')));
    assertEquals(List.of(), found("'; drop table clients; --" + label));
  }

  /// Where they are many, too.
  @Test
  void signsOfLikeAreFoundAsThemselvesAmongMany() {
    add(1, 1_500, "", "50%_\\ off");
    add(1_501, 3_000, "", "50%x\\ off");
    add(3_001, 3_002, "", "50a_\\ off");
    assertEquals(tools(1, 1_500), all("50%_\\ OFF", Order.CLIENT_ID));
    assertEquals(List.of(), found("%' or true --"));
  }
}
