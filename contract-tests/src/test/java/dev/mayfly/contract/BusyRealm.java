package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// A realm with something to look at: clients of several vendors in several countries, secrets
/// that end soon, refusals, and one token that is used where it cannot be. Its clients stand
/// behind a proxy at 127.0.0.99, which the broker under test has to trust.
record BusyRealm(String name, List<Member> members) {
  private static final List<String> VENDORS = List.of("Acme", "Globex", "Initech", "Umbrella");
  private static final List<String> KINDS =
      List.of("trading-bot", "tracker", "dashboard", "alerts", "tax-export");
  private static final List<String> ADDRESSES =
      List.of("10.1.4.20", "10.1.9.3", "10.2.0.77", "10.4.1.1");

  record Member(String id, String secret) {
    @Override
    public String toString() {
      return id;
    }
  }

  static BusyRealm of(int clients) {
    BusyRealm realm =
        new BusyRealm("busy-" + UUID.randomUUID().toString().substring(0, 8), new ArrayList<>());
    realm.apply("2d");
    realm.register(0, Math.min(3, clients));
    realm.apply("90d");
    realm.register(3, clients);
    realm.work();
    return realm;
  }

  private void apply(String secretLifetime) {
    String file =
        """
        realm: %s
        description: A shop that was busy today
        audiences: ["https://api.shop.example/"]
        scopes:
          balance:read: {description: Read balances, max_lifetime: 15m, minimum_attestation: none}
          orders:read: {description: Read orders, max_lifetime: 15m, minimum_attestation: none}
          orders:write: {description: Place orders, max_lifetime: 5m, minimum_attestation: none}
        locations:
          - {networks: [10.1.0.0/16], country: CH}
          - {networks: [10.2.0.0/16], country: DE}
          - {networks: [10.3.0.0/16], country: US}
          - {networks: [10.4.0.0/16], country: SG}
        policy:
          countries: [CH, DE, SG]
          secret_lifetime: %s
          secret_overlap: 12h
        check:
          routes:
            - {path: /v1/balances, methods: [GET], scope: balance:read}
            - {path: /v1/orders, methods: [GET], scope: orders:read}
            - {path: "/v1/orders/{id}", methods: [DELETE], scope: orders:write, use: single}
        registration:
          scopes: [balance:read, orders:read]
          networks: [10.0.0.0/8]
          unattested: true
        """
            .formatted(name, secretLifetime);
    var answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file)));
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  private void register(int first, int end) {
    for (int i = first; i < end; i++) {
      String id = KINDS.get(i % KINDS.size()) + (i < KINDS.size() ? "" : "-" + i / KINDS.size());
      Map<String, Object> document =
          Map.of(
              "client_id",
              id,
              "vendor",
              VENDORS.get(i % VENDORS.size()),
              "description",
              "Number " + (i + 1) + " of the shop's tools",
              "token_endpoint_auth_methods",
              List.of("client_secret_basic"),
              "attestation",
              "none",
              "scopes",
              List.of("balance:read", "orders:read"));
      var answer =
          Admin.post(
              "/realms/" + name + "/clients", Map.of("client", document, "reason", "a new tool"));
      assertEquals(201, answer.statusCode(), answer::asString);
      members.add(new Member(id, answer.path("client_secret")));
    }
  }

  /// Tokens, and whatever goes wrong on such a day.
  private void work() {
    String path = "/realms/" + name;
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < members.size() * 2; i++) {
      Member member = members.get(i % members.size());
      var answer = token(path, member, "balance:read", ADDRESSES.get((i * 7) % ADDRESSES.size()));
      assertEquals(200, answer.status(), answer::body);
      tokens.add(Broker.json(answer.body()).path("access_token").asText());
    }
    for (int i = 0; i < members.size(); i++) {
      RawHttp.Answer _ = token(path, members.get(i), "balance:read", "10.3.8.8");
      RawHttp.Answer _ = token(path, members.get(i), "orders:write", "10.1.4.20");
    }
    // Somebody has one of them, abroad.
    for (int i = 0; i < 3; i++) {
      RawHttp.Answer _ = check(path, tokens.getFirst(), i % 2 == 0 ? "10.2.0.77" : "10.4.1.1");
    }
    RawHttp.Answer _ = check(path, tokens.get(1), "10.2.0.77");
    var suspended =
        Admin.post(
            path + "/clients/" + members.getLast().id() + "/suspend",
            Map.of("reason", "its vendor asked us to"));
    assertEquals(200, suspended.statusCode(), suspended::asString);
  }

  private static RawHttp.Answer token(String path, Member member, String scope, String address) {
    String credentials =
        Base64.getEncoder()
            .encodeToString((member.id() + ":" + member.secret()).getBytes(StandardCharsets.UTF_8));
    return RawHttp.send(
        "POST",
        path + "/token",
        List.of(
            "Authorization: Basic " + credentials,
            "Content-Type: application/x-www-form-urlencoded",
            "X-Forwarded-Proto: https",
            "X-Forwarded-For: " + address),
        ("grant_type=client_credentials&scope=" + scope).getBytes(StandardCharsets.UTF_8),
        proxy());
  }

  private static RawHttp.Answer check(String path, String token, String address) {
    return RawHttp.get(
        Broker.URL,
        path + "/check",
        List.of(
            "Authorization: Bearer " + token,
            "X-Forwarded-For: " + address,
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: api.shop.example",
            "X-Forwarded-Method: GET",
            "X-Forwarded-Uri: /v1/balances"),
        proxy());
  }

  private static InetAddress proxy() {
    try {
      return InetAddress.getByName("127.0.0.99");
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
