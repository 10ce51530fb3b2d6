package dev.mayfly.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.mayfly.realm.KeySource.RemoteDocument;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Against a real TLS server whose name exists only in the resolver that is handed in.
class FetcherTest {
  private static final String HOST = "issuer.test";
  private static final String JWKS =
      "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%s\",\"use\":\"sig\","
          + "\"x\":\"OMCmNyrOEyx9bCdO8JUSMce0gsjzDujndU651ACaaa8\"},"
          + "{\"kty\":\"unheard-of\",\"kid\":\"x\"}]}";
  private static final AtomicInteger JWKS_ASKED = new AtomicInteger();
  private static Vertx vertx;
  private static HttpsServer server;
  private static X509Certificate certificate;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    certificate = certificate(pair);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry("a", pair.getPrivate(), new char[0], new Certificate[] {certificate});
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    answer("/hello", 200, "hello");
    answer("/elsewhere", 302, "");
    answer("/missing", 404, "");
    answer("/large", 200, "x".repeat(Fetcher.LARGEST + 1));
    answer("/largest", 200, "x".repeat(Fetcher.LARGEST));
    server.createContext(
        "/jwks",
        exchange -> {
          byte[] body = JWKS.formatted("key-" + JWKS_ASKED.incrementAndGet()).getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.createContext("/silence", _ -> {});
    receiver("/receiver", 202, 0);
    receiver("/longwinded", 400, Fetcher.LARGEST_REPLY + 100_000);
    receiver("/moved", 307, 0);
    receiver("/other", 303, 0);
    server.start();
    try {
      get(resolvingTo("127.0.0.1"), document(HOST, "/hello", true));
    } catch (FetchFailedException slow) {
      // The first handshake of a JVM may take longer than the deadline, on a busy machine.
    }
  }

  private static void answer(String path, int status, String text) {
    server.createContext(
        path,
        exchange -> {
          byte[] body = text.getBytes(UTF_8);
          exchange.getResponseHeaders().add("Location", "https://" + HOST + "/hello");
          exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  private record Received(String method, String path, String authorization, String content) {}

  private static final List<Received> RECEIVED = new CopyOnWriteArrayList<>();

  private static void receiver(String path, int status, int length) {
    server.createContext(
        path,
        exchange -> {
          RECEIVED.add(
              new Received(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI().getPath(),
                  exchange.getRequestHeaders().getFirst("Authorization"),
                  new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
          exchange.getResponseHeaders().add("Location", "/receiver");
          exchange.getResponseHeaders().add("Retry-After", "7");
          exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
          try (exchange) {
            exchange.getResponseBody().write("y".repeat(length).getBytes(UTF_8));
          }
        });
  }

  private static X509Certificate certificate(KeyPair pair)
      throws GeneralSecurityException,
          IOException,
          org.bouncycastle.operator.OperatorCreationException {
    X500Name name = new X500Name("CN=" + HOST);
    Instant now = Clock.systemUTC().instant();
    return new JcaX509CertificateConverter()
        .getCertificate(
            new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.ONE,
                    Date.from(now.minusSeconds(60)),
                    Date.from(now.plusSeconds(3600)),
                    name,
                    pair.getPublic())
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                .addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.dNSName, HOST)))
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
  }

  @AfterAll
  static void stop() {
    server.stop(0);
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private static RemoteDocument document(String host, String path, boolean allowPrivate) {
    return new RemoteDocument(
        URI.create("https://" + host + ":" + server.getAddress().getPort() + path),
        allowPrivate,
        List.of(certificate));
  }

  private static Fetcher resolvingTo(String... addresses) {
    return new Fetcher(
        vertx,
        _ ->
            Uni.createFrom()
                .item(
                    List.of(addresses).stream()
                        .map(dev.mayfly.network.Network::parseAddress)
                        .toList()));
  }

  private static String get(Fetcher fetcher, RemoteDocument document) {
    return new String(fetcher.get(document).await().atMost(Duration.ofSeconds(20)), UTF_8);
  }

  private static void refused(String because, Fetcher fetcher, RemoteDocument document) {
    FetchFailedException failure =
        assertThrows(FetchFailedException.class, () -> get(fetcher, document));
    assertTrue(failure.getMessage().contains(because), failure.getMessage());
  }

  @Test
  void connectsToTheAddressThatWasLookedAtUnderTheNameOfTheUrl() {
    assertEquals("hello", get(resolvingTo("127.0.0.1"), document(HOST, "/hello", true)));
  }

  @Test
  void refusesAddressesOfOurOwnNetworkUnlessTheFileSaysSo() {
    for (String address :
        List.of(
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "192.168.1.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1")) {
      refused("not a public address", resolvingTo(address), document(HOST, "/hello", false));
      assertTrue(
          resolvingTo(address)
              .objection(document(HOST, "/hello", false))
              .await()
              .atMost(Duration.ofSeconds(5))
              .isPresent());
    }
    refused(
        "not a public address",
        resolvingTo("93.184.215.14", "127.0.0.1"),
        document(HOST, "/hello", false));
    refused("not a public address", resolvingTo("0.0.0.0"), document(HOST, "/hello", true));
  }

  @Test
  void followsNoRedirectAndTakesOnlyA200() {
    refused("answered 302", resolvingTo("127.0.0.1"), document(HOST, "/elsewhere", true));
    refused("answered 404", resolvingTo("127.0.0.1"), document(HOST, "/missing", true));
  }

  @Test
  void takesNoMoreThanItsCap() {
    assertEquals(
        Fetcher.LARGEST, get(resolvingTo("127.0.0.1"), document(HOST, "/largest", true)).length());
    refused("larger than", resolvingTo("127.0.0.1"), document(HOST, "/large", true));
  }

  @Test
  void givesUpAfterItsDeadline() {
    refused("", resolvingTo("127.0.0.1"), document(HOST, "/silence", true));
  }

  @Test
  void refusesACertificateOfAnotherNameOrAnotherAuthority() {
    refused("", resolvingTo("127.0.0.1"), document("other.test", "/hello", true));
    RemoteDocument publicly =
        new RemoteDocument(document(HOST, "/hello", true).uri(), true, List.of());
    refused("", resolvingTo("127.0.0.1"), publicly);
  }

  private static Fetcher.Reply push(Fetcher fetcher, RemoteDocument receiver, String content) {
    return fetcher
        .push(receiver, Map.of("Authorization", "Bearer secret"), content)
        .await()
        .atMost(Duration.ofSeconds(20));
  }

  @Test
  void sendsWhatIsPushedAndTellsWhatWasAnswered() {
    RECEIVED.clear();
    assertEquals(
        new Fetcher.Reply(202, Optional.of("7"), ""),
        push(resolvingTo("127.0.0.1"), document(HOST, "/receiver", true), "one"));
    assertEquals(
        List.of(new Received("POST", "/receiver", "Bearer secret", "one")), List.copyOf(RECEIVED));
  }

  @Test
  void readsOnlyTheBeginningOfALongReply() {
    Fetcher.Reply reply =
        push(resolvingTo("127.0.0.1"), document(HOST, "/longwinded", true), "two");
    assertEquals(400, reply.status());
    assertEquals("y".repeat(Fetcher.LARGEST_REPLY), reply.body());
  }

  @Test
  void doesNotSendItWhereARedirectLeads() {
    RECEIVED.clear();
    Fetcher fetcher = resolvingTo("127.0.0.1");
    assertEquals(307, push(fetcher, document(HOST, "/moved", true), "three").status());
    assertEquals(303, push(fetcher, document(HOST, "/other", true), "four").status());
    assertEquals(List.of("/moved", "/other"), RECEIVED.stream().map(Received::path).toList());
  }

  @Test
  void nobodyIsSentAnythingWhoseCertificateOrAddressIsNotTheOneThatWasNamed() {
    RemoteDocument named = document(HOST, "/receiver", true);
    RemoteDocument publicly = new RemoteDocument(named.uri(), true, List.of());
    Fetcher here = resolvingTo("127.0.0.1");
    // A connection that is kept must not serve another name or another trust.
    assertEquals(202, push(here, named, "first").status());
    RECEIVED.clear();
    assertThrows(FetchFailedException.class, () -> push(here, publicly, "x"));
    assertThrows(
        FetchFailedException.class,
        () -> push(here, document("other.test", "/receiver", true), "x"));
    assertThrows(
        FetchFailedException.class, () -> push(here, document(HOST, "/receiver", false), "x"));
    assertEquals(List.of(), List.copyOf(RECEIVED));
  }

  /// A clock that a test moves.
  private static final class Moved extends Clock {
    private Instant now = Instant.ofEpochSecond(1_790_000_000);

    @Override
    public java.time.ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  private static String keyId(KeySets sets, RemoteDocument document, String wanted) {
    return sets.of(document, Optional.of(wanted))
        .await()
        .atMost(Duration.ofSeconds(20))
        .getFirst()
        .getKeyID();
  }

  @Test
  void keysAreKeptAndFetchedAgainForAnUnknownOneButNotTooOften() {
    Moved clock = new Moved();
    KeySets sets = new KeySets(resolvingTo("127.0.0.1"), clock);
    RemoteDocument document = document(HOST, "/jwks", true);
    JWKS_ASKED.set(0);
    assertEquals("key-1", keyId(sets, document, "key-1"));
    assertEquals("key-1", keyId(sets, document, "key-1"));
    assertEquals("key-1", keyId(sets, document, "unknown"), "asked a moment ago");
    clock.now = clock.now.plus(KeySets.PAUSE);
    assertEquals("key-2", keyId(sets, document, "unknown"));
    clock.now = clock.now.plus(KeySets.FRESH);
    assertEquals("key-3", keyId(sets, document, "key-2"));
  }

  @Test
  void keysAreBelievedForAWhileWhenTheyCannotBeFetchedAndThenNoMore() {
    Moved clock = new Moved();
    String[] address = {"127.0.0.1"};
    Fetcher fetcher =
        new Fetcher(
            vertx,
            _ ->
                Uni.createFrom()
                    .item(() -> List.of(dev.mayfly.network.Network.parseAddress(address[0]))));
    KeySets sets = new KeySets(fetcher, clock);
    RemoteDocument document = document(HOST, "/jwks", true);
    String first = keyId(sets, document, "any");
    address[0] = "0.0.0.0";
    clock.now = clock.now.plus(KeySets.STALE).minusSeconds(1);
    assertEquals(first, keyId(sets, document, "any"));
    clock.now = clock.now.plusSeconds(1);
    assertThrows(FetchFailedException.class, () -> keyId(sets, document, "any"));
  }
}
