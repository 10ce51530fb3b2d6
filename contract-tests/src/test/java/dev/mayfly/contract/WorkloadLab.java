package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.ECKey;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// A realm that believes two SPIFFE trust domains; the suite is the SPIFFE server of both, and
/// signs as SPIRE does. Applied once per run under a new name.
final class WorkloadLab {
  static final String BOT = "spiffe://prod.lab/bots/7";
  static final Authority PROD = Authority.root("prod.lab");
  static final Authority STAGE = Authority.root("stage.lab");
  static final ECKey PROD_JWT = named("prod-jwt");
  static final ECKey STAGE_JWT = named("stage-jwt");
  static final ECKey PROD_WIT = named("prod-wit");
  static final ECKey STAGE_WIT = named("stage-wit");

  private static final class Opened {
    static final Realm REALM = open();
  }

  private WorkloadLab() {}

  static Realm realm() {
    return Opened.REALM;
  }

  private static ECKey named(String kid) {
    return new ECKey.Builder(JwtDraft.newKey()).keyID(kid).build();
  }

  private static Realm open() {
    String name = "mesh-" + Long.toString(System.currentTimeMillis(), 36);
    String file =
        """
        realm: %s
        audiences: [https://api.lab.example/]
        attestation_levels: [joined, workload]
        scopes:
          orders:read: {minimum_attestation: joined}
          orders:write: {minimum_attestation: workload}
        trust_domains:
          - {name: prod.lab, bundle: {keys: [%s, %s, %s]}}
          - {name: stage.lab, bundle: {keys: [%s, %s, %s]}}
        attesters:
          - name: mayfly
            type: builtin
            join_secret: {level: joined}
            evidence:
              - {name: by-jwt, type: spiffe_jwt, level: joined, spiffe_id: "spiffe://prod.lab/bots/*"}
              - {name: by-x509, type: spiffe_x509, level: workload, spiffe_id: "spiffe://prod.lab/bots/*"}
              - {name: by-wit, type: spiffe_wit, level: workload, spiffe_id: "spiffe://prod.lab/bots/*"}
          - {name: mesh, type: spiffe, trust_domain: prod.lab, max_lifetime: 2h, level: workload}
        clients:
          - client_id: bot
            token_endpoint_auth_methods: [client_secret_basic]
            attesters: [mayfly]
            scopes: ["orders:read", "orders:write"]
          - client_id: wit-bot
            token_endpoint_auth_methods: [spiffe_wit]
            spiffe_id: spiffe://prod.lab/bots/*
            attesters: [mesh]
            scopes: ["orders:read", "orders:write"]
          - client_id: attested-bot
            token_endpoint_auth_methods: [attest_jwt_client_auth]
            attesters: [mayfly]
            scopes: ["orders:read", "orders:write"]
        """
            .formatted(
                name,
                x509(PROD),
                key("jwt-svid", PROD_JWT),
                key("wit-svid", PROD_WIT),
                x509(STAGE),
                key("jwt-svid", STAGE_JWT),
                key("wit-svid", STAGE_WIT));
    var answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file)));
    assertEquals(200, answer.statusCode(), answer::asString);
    return Realm.named(name);
  }

  private static String x509(Authority authority) {
    return "{use: x509-svid, kty: EC, x5c: [\"%s\"]}".formatted(authority.base64());
  }

  private static String key(String use, ECKey key) {
    return "{use: %s, kty: EC, crv: P-256, x: \"%s\", y: \"%s\", kid: %s}"
        .formatted(use, key.getX(), key.getY(), key.getKeyID());
  }

  /// As SPIRE signs one: no `jti`, the audience an array.
  static JwtDraft jwtSvid() {
    return JwtDraft.of("JWT")
        .header("kid", "prod-jwt")
        .claim("sub", BOT)
        .claim("aud", List.of(realm().issuer()))
        .claim("exp", JwtDraft.now() + 300);
  }

  /// As SPIRE signs one, for a key of the workload.
  static JwtDraft witSvid(ECKey key) {
    return JwtDraft.of("wit+jwt")
        .header("kid", "prod-wit")
        .claim("sub", BOT)
        .claim("exp", JwtDraft.now() + 3600)
        .claim("jti", UUID.randomUUID().toString())
        .claim("cnf", Map.of("jwk", publicWithAlg(key)));
  }

  static Map<String, Object> publicWithAlg(ECKey key) {
    return Map.of(
        "kty",
        "EC",
        "crv",
        "P-256",
        "x",
        key.getX().toString(),
        "y",
        key.getY().toString(),
        "alg",
        "ES256");
  }

  /// What the key of an X.509-SVID signs for an instance key.
  static JwtDraft x509Proof(Authority.Identity svid, ECKey instance) {
    try {
      return JwtDraft.of("mayfly-svid-proof+jwt")
          .header("x5c", svid.chain().stream().map(Authority::base64).toList())
          .claim("aud", realm().issuer())
          .claim("sub", "bot")
          .claim("challenge", realm().challenge())
          .claim("cnf", Map.of("jkt", instance.computeThumbprint().toString()));
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// `POST /attest` for the client `bot`, with the DPoP proof of this instance key.
  static Response attest(ECKey instance, Map<String, Object> evidence) {
    String proof =
        JwtDraft.dpop(realm().attestEndpoint(), realm().dpopNonce(), instance).signedBy(instance);
    return Broker.given()
        .contentType(ContentType.JSON)
        .header("DPoP", proof)
        .body(Map.of("client_id", "bot", "evidence", evidence))
        .post(realm().attestEndpoint());
  }

  /// The client `bot` with its secret.
  static Tool bot() {
    return Secret.BOT;
  }

  private static final class Secret {
    static final Tool BOT = open();

    private static Tool open() {
      Tool unknown =
          new Tool(
              WorkloadLab.realm(),
              "bot",
              new Tool.Credential.Secret("unknown yet"),
              Optional.empty());
      return unknown.withSecret(Admin.does("rotate-secret", unknown).path("client_secret"));
    }
  }

  /// A workload that has its WIT-SVID and nothing else.
  static Tool workload(String clientId, ECKey key, String witSvid) {
    return new Tool(realm(), clientId, new Tool.Credential.None(), Optional.empty())
        .withInstance(key, witSvid);
  }
}
