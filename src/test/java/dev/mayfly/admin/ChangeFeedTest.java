package dev.mayfly.admin;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.AdminsForTests.Ages;
import dev.mayfly.identity.Site;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What open pages of the console are told, over HTTP.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class ChangeFeedTest {
  private static final String PATH = AdminTable.BASE + "/events";
  private static final String END = "(the end)";
  private static final int PATIENCE = 10;

  @Inject AdminsForTests admins;
  @Inject RegistrySettings settings;

  @TestHTTPResource URI url;

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Feed> feeds = new ArrayList<>();

  /// What comes, line by line, and its end.
  private record Feed(HttpResponse<Stream<String>> answer, BlockingQueue<String> lines) {
    /// The next one that is no sign of life; null when none comes.
    String next() {
      Instant end = Instant.now().plusSeconds(PATIENCE);
      try {
        while (Instant.now().isBefore(end)) {
          String line = lines.poll(100, TimeUnit.MILLISECONDS);
          if (line != null && (line.startsWith("data:") || line.equals(END))) {
            return line;
          }
        }
        return null;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static void assertEnds(Feed feed) {
    String line = feed.next();
    while (line != null && !line.equals(END)) {
      line = feed.next();
    }
    assertEquals(END, line);
  }

  private SignedInAdmin admin() {
    return new SignedInAdmin(
        admins.signedIn("*=root", "active", "passkey", Ages.FRESH),
        Site.origin(URI.create(settings.baseUrl())),
        List.of());
  }

  private Feed feed(SignedInAdmin who) throws IOException, InterruptedException {
    HttpResponse<Stream<String>> answer =
        http.send(
            HttpRequest.newBuilder(url.resolve(PATH))
                .header("Accept", "text/event-stream")
                .header("Cookie", AdminCookies.SESSION + "=" + who.made().cookie())
                .build(),
            HttpResponse.BodyHandlers.ofLines());
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Thread _ = Thread.ofVirtual().start(() -> read(answer.body(), lines));
    Feed feed = new Feed(answer, lines);
    feeds.add(feed);
    return feed;
  }

  private static void read(Stream<String> body, BlockingQueue<String> lines) {
    try {
      Iterator<String> all = body.iterator();
      while (all.hasNext()) {
        lines.add(all.next());
      }
      lines.add(END);
    } catch (RuntimeException closed) {
      // By this test, which has seen enough.
    }
  }

  @AfterEach
  void close() {
    feeds.forEach(feed -> feed.answer().body().close());
    http.shutdownNow();
  }

  @Test
  void whatAnyAdminChangesIsHeardAtOnceAndNotWhatItIs() throws Exception {
    SignedInAdmin ann = admin();
    RealmForTests realm = RealmForTests.apply(ann, "");
    Feed feed = feed(admin());
    assertEquals(200, feed.answer().statusCode());
    assertEquals(
        "text/event-stream", feed.answer().headers().firstValue("Content-Type").orElse(""));
    assertEquals("no-store", feed.answer().headers().firstValue("Cache-Control").orElse(""));
    // Applying the realm may still be told, more than once.
    while (feed.lines().poll(1, TimeUnit.SECONDS) != null) {}
    Instant before = Instant.now();
    assertEquals(200, ann.act(realm.path("/clients/in-the-file/suspend")).statusCode());
    assertEquals("data: registry", feed.next());
    assertTrue(Duration.between(before, Instant.now()).toSeconds() < 2, "it took too long");
  }

  @Test
  void aProposalIsHeardToo() throws Exception {
    SignedInAdmin ann = admin();
    RealmForTests realm = RealmForTests.apply(ann, "four_eyes: [client_resume]");
    assertEquals(200, ann.act(realm.path("/clients/in-the-file/suspend")).statusCode());
    Feed feed = feed(admin());
    while (feed.lines().poll(1, TimeUnit.SECONDS) != null) {}
    assertEquals(202, ann.act(realm.path("/clients/in-the-file/resume")).statusCode());
    assertEquals("data: registry", feed.next());
  }

  @Test
  void theEndOfAGrantIsHeard() throws Exception {
    Feed feed = feed(admin());
    while (feed.lines().poll(1, TimeUnit.SECONDS) != null) {}
    admins.sql(
        "insert into revocations (grant_id, dead_after) values (?, now() + interval '1 minute')",
        UUID.randomUUID());
    String heard = feed.next();
    while ("data: registry".equals(heard)) { // of what tests before this one have begun
      heard = feed.next();
    }
    assertEquals("data: grants", heard);
  }

  @ParameterizedTest
  @CsvSource({
    "9, 9, true",
    "10, 10, false",
    "11, 11, false",
    "0, 499, true",
    "0, 500, false",
    "0, 501, false",
  })
  void anAdminHasTenAtMostAndAllHaveFiveHundred(int own, int all, boolean may) {
    assertEquals(may, ChangeFeed.mayOpen(own, all));
  }

  @Test
  void theStreamEndsWithItsSession() throws Exception {
    SignedInAdmin ann = admin();
    SignedInAdmin bob = admin();
    Feed anns = feed(ann);
    Feed bobs = feed(bob);
    admins.sql("delete from admin_sessions where session_id = ?", ann.made().session());
    admins.sql("update admins set state = 'suspended' where admin_id = ?", bob.made().admin());
    assertEnds(anns);
    assertEnds(bobs);
    assertEquals(401, feed(ann).answer().statusCode());
  }

  /// Else a page that is left open would keep somebody signed in for the day.
  @Test
  void anOpenStreamIsNoUseOfTheSession() throws Exception {
    SignedInAdmin ann = admin();
    Feed feed = feed(ann);
    admins.sql(
        "update admin_sessions set last_used_at = last_used_at - interval '15 minutes' where"
            + " session_id = ?",
        ann.made().session());
    assertEnds(feed);
  }

  @Test
  void anAdminHasTenAtMostAndAnotherOneAfterThat() throws Exception {
    SignedInAdmin ann = admin();
    for (int i = 0; i < ChangeFeed.MOST_OF_ONE; i++) {
      assertEquals(200, feed(ann).answer().statusCode());
    }
    assertEquals(429, feed(ann).answer().statusCode());
    assertEquals(200, feed(admin()).answer().statusCode(), "another admin's are others");
    feeds.getFirst().answer().body().close();
    Instant end = Instant.now().plusSeconds(PATIENCE);
    int status = 429;
    while (status == 429 && Instant.now().isBefore(end)) {
      status = feed(ann).answer().statusCode();
    }
    assertEquals(200, status, "a closed page has left its place");
  }

  @Test
  void whoeverTakesNoEventsGetsAnAnswerWithAnEnd() {
    SignedInAdmin ann = admin();
    assertEquals(406, ann.get("/events").statusCode());
    String token = admins.machine("*=auditor", "active", List.of(), Ages.FRESH).cookie();
    assertEquals(
        409,
        given()
            .header("Authorization", "Bearer " + token)
            .header("Accept", "text/event-stream")
            .get(PATH)
            .statusCode());
    assertEquals(
        401, given().header("Accept", "text/event-stream").get(PATH).statusCode(), "nobody");
    assertNull(ann.get("/events").header("Transfer-Encoding"));
  }
}
