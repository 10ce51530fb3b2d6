package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.response.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Acts of two admins in the console, and what one of them does in the open pages of the other.
class ConsoleApprovalsTest {
  private static final String RULE = "four_eyes: [client_resume, scope_widening, key_compromise]";
  private static final Map<String, String> WHY = Map.of("reason", "contract test");

  /// Well before a page would ask by itself.
  private static final Duration AT_ONCE = Duration.ofSeconds(3);

  private static OpenRealm guarded() {
    OpenRealm realm = OpenRealm.open("");
    Response answer = realm.apply(realm.file("", RULE));
    assertEquals(200, answer.statusCode(), answer::asString);
    return realm;
  }

  private static String accepts(Browser browser, Map<String, String> roles) {
    String name = Console.newName();
    browser.addAuthenticator();
    Console.accept(browser, Console.invite(name, roles), name);
    return name;
  }

  private static void says(Browser browser, String reason) {
    browser.type("#reason", reason);
    browser.click("#act");
  }

  @Test
  void whatOneProposesTheOtherSeesAtOnceAndDoes() {
    OpenRealm realm = guarded();
    Tool tool = realm.added("sleepy-bot", "Acme");
    tool.getsTokens("read");
    realm.act("sleepy-bot", "suspend");
    String page = Console.URL + "/client?realm=" + realm.name() + "&client=sleepy-bot";
    Map<String, String> roles = Map.of(realm.name(), "security_admin");
    try (Browser anns = new Browser();
        Browser bobs = new Browser()) {
      String ann = accepts(anns, roles);
      String bob = accepts(bobs, roles);
      bobs.open(Console.URL + "/overview");
      bobs.awaitText("#verdict", "All well.");
      assertEquals("Approvals", bobs.text("#approvals-link"));
      anns.open(page);
      anns.awaitText("#standing", "suspended");
      anns.click("#resume");
      anns.awaitText("#toll", "It gets tokens again");
      says(anns, "the vendor has explained it");
      anns.awaitText("#note", "a second admin has to approve it");

      Soon.within(AT_ONCE, () -> bobs.text("#verdict").contains("1 act waits for a second admin"));
      assertTrue(bobs.text("#approvals-link").contains("1"));
      bobs.screenshots("overview-approval");
      bobs.click("#verdict a");
      bobs.awaitText("#waiting h2", "Resume sleepy-bot");
      String card = bobs.text("#waiting");
      assertTrue(card.contains(ann + " asks for it in " + realm.name()), card);
      assertTrue(card.contains("its 1 live grant counts again"), card);
      bobs.click("#waiting .first");
      bobs.awaitText("#toll", "It gets tokens again");
      says(bobs, "seen the report");
      bobs.awaitText("#note", "Done, in the name of " + ann + " and yours");
      bobs.awaitText("#verdict", "Nothing waits");
      bobs.awaitText("#rows", "seen the report");
      assertTrue(bobs.text("#rows").contains(bob));
      tool.getsTokens("read");
      Soon.within(AT_ONCE, () -> anns.text("#standing").startsWith("active"));
    }
  }

  @Test
  void whoeverProposedItTakesItBackAndAnAuditorOnlyLooks() {
    OpenRealm realm = guarded();
    realm.act("in-the-file", "suspend");
    try (Browser anns = new Browser();
        Browser eves = new Browser()) {
      accepts(anns, Map.of(realm.name(), "operator"));
      accepts(eves, Map.of(realm.name(), "auditor"));
      anns.open(Console.URL + "/client?client=in-the-file&realm=" + realm.name());
      anns.awaitText("#standing", "suspended");
      anns.click("#resume");
      anns.awaitText("#toll", "It gets tokens again");
      says(anns, "by mistake");
      anns.awaitText("#note", "a second admin has to approve it");
      eves.open(Console.URL + "/approvals");
      eves.awaitText("#waiting", "Whoever is operator decides.");
      assertFalse(eves.text("#waiting").contains("Reject"));
      anns.open(Console.URL + "/approvals");
      anns.awaitText("#waiting", "somebody else approves it");
      anns.click("#waiting .actions button");
      anns.awaitText("#toll", "Nothing happens");
      says(anns, "it was the wrong client");
      anns.awaitText("#note", "Taken back: resume in-the-file");
      Soon.within(AT_ONCE, () -> eves.text("#verdict").startsWith("Nothing waits"));
      eves.awaitText("#rows", "rejected");
    }
    assertEquals("suspended", Admin.get(realm.clients() + "/in-the-file").path("state"));
  }

  /// Each kind says what would come of it.
  @Test
  void everyKindIsToldInWords() {
    OpenRealm realm = guarded();
    realm.added("price-bot", "Acme").getsTokens("read");
    realm.added("sleepy-bot", "Globex");
    realm.act("sleepy-bot", "suspend");
    String client = realm.clients() + "/price-bot";
    var wider =
        OpenRealm.send(
            "PATCH",
            client,
            Map.of("If-Match", Admin.get(client).header("ETag")),
            Map.of(
                "reason", "it trades now", "client", Map.of("scopes", List.of("read", "write"))));
    assertEquals(202, wider.statusCode(), wider::asString);
    assertEquals(202, realm.act("sleepy-bot", "resume").statusCode());
    String kid =
        Admin.get("/realms/" + realm.name() + "/keys")
            .path("find { it.purpose == 'access_token' && it.state == 'signing' }.kid");
    assertEquals(202, Admin.post("/keys/" + kid + "/compromise", WHY).statusCode());
    assertEquals(202, realm.apply(realm.file("", "")).statusCode());
    try (Browser browser = new Browser()) {
      accepts(browser, Map.of("*", "root"));
      browser.open(Console.URL + "/approvals");
      String all = browser.awaitText("#waiting", "Let price-bot do more");
      assertTrue(all.contains("It may ask for write as well"), all);
      assertTrue(all.contains("Whatever it signed is refused at once and for good"), all);
      assertTrue(all.contains(realm.name() + " has 1 live grant"), all);
      assertTrue(all.contains("four_eyes"), all);
      browser.screenshots("approvals");
    }
    for (Map<String, Object> one :
        Admin.get("/approvals?state=pending")
            .<List<Map<String, Object>>>path("findAll { it.realm == '" + realm.name() + "' }")) {
      Admin.post("/approvals/" + one.get("approval_id") + "/reject", WHY);
    }
  }
}
