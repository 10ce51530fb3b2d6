package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;

/// A realm whose clients prove themselves by certificates; the suite is their authority. Applied
/// once per run under a new name.
final class CertificateLab {
  static final Authority ROOT = Authority.root("Lab Root");
  static final Authority ISSUING = ROOT.intermediate("Lab Issuing");
  static final Authority CONSTRAINED =
      Authority.root("Lab Constrained Root", Optional.of("bots.lab.example"));
  static final Authority.Identity OWN = ROOT.leaf("CN=anything at all").selfSigned();
  static final Authority.Identity PINNED = ROOT.leaf("CN=pinned").selfSigned();
  static final Authority.Identity RETIRED = ROOT.leaf("CN=retired").selfSigned();

  private static final class Opened {
    static final Realm REALM = open();
  }

  private CertificateLab() {}

  static Realm realm() {
    return Opened.REALM;
  }

  /// The endpoint that asks for certificates.
  static String alias(String endpoint) {
    return realm().metadata().path("mtls_endpoint_aliases").path(endpoint).asText();
  }

  static Map<String, String> asking(String clientId) {
    return asking(clientId, "orders:read");
  }

  static Map<String, String> asking(String clientId, String scope) {
    Map<String, String> form = new HashMap<>();
    form.put("grant_type", "client_credentials");
    form.put("client_id", clientId);
    form.put("scope", scope);
    return form;
  }

  /// Of a client whose tokens are bound to its certificate.
  static Authority.Identity boundBot() {
    return ISSUING.leaf("CN=bound").name(GeneralName.dNSName, "bound.lab.example").identity();
  }

  static Peer.Answer token(Authority.Identity identity, String clientId) {
    return Peer.with(identity).post(alias("token_endpoint"), asking(clientId));
  }

  private static Realm open() {
    String name = "mtls-" + Long.toString(System.currentTimeMillis(), 36);
    // First with a key that the second file drops: that retires it.
    apply(name, file(name, List.of(OWN.keys(), RETIRED.keys())));
    apply(name, file(name, List.of(OWN.keys())));
    return Realm.named(name);
  }

  private static void apply(String name, String file) {
    var answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file)));
    assertEquals(200, answer.statusCode(), () -> "the realm was refused: " + answer.asString());
  }

  private static String jwk(KeyPair keys) {
    return new ECKey.Builder(Curve.P_256, (ECPublicKey) keys.getPublic()).build().toJSONString();
  }

  private static String pinned() {
    return new ECKey.Builder(Curve.P_256, (ECPublicKey) PINNED.keys().getPublic())
        .x509CertChain(List.of(new Base64(Authority.base64(PINNED.certificate()))))
        .build()
        .toJSONString();
  }

  private static String file(String name, List<KeyPair> own) {
    return """
    realm: %s
    audiences: [https://api.lab.example/]
    scopes:
      orders:read: {minimum_attestation: none}
    client_certificates:
      anchors: ["%s", "%s"]
    policy:
      refresh: {lifetime: 15m, grant_lifetime: 8h}
    clients:
    %s%s%s%s%s%s%s%s%s%s\
    resource_servers:
      - client_id: lab-api
        audience: https://api.lab.example/
        token_endpoint_auth_methods: [tls_client_auth]
        tls_client_auth_san_dns: api.lab.example
    """
        .formatted(
            name,
            ROOT.base64(),
            CONSTRAINED.base64(),
            client("dn-bot", "tls_client_auth", "tls_client_auth_subject_dn: CN=dn-bot,O=Lab"),
            client("dns-bot", "tls_client_auth", "tls_client_auth_san_dns: one.bots.lab.example"),
            client("uri-bot", "tls_client_auth", "tls_client_auth_san_uri: https://bot.example/1"),
            client("ip-bot", "tls_client_auth", "tls_client_auth_san_ip: \"2001:db8::7\""),
            client("mail-bot", "tls_client_auth", "tls_client_auth_san_email: bot@lab.example"),
            client(
                "bound-bot",
                "tls_client_auth",
                "tls_client_auth_san_dns: bound.lab.example",
                "tls_client_certificate_bound_access_tokens: true"),
            client(
                "own-bot",
                "self_signed_tls_client_auth",
                "jwks: {keys: ["
                    + String.join(", ", own.stream().map(CertificateLab::jwk).toList())
                    + "]}"),
            client("pinned-bot", "self_signed_tls_client_auth", "jwks: {keys: [" + pinned() + "]}"),
            client("secret-bot", "client_secret_basic"),
            client(
                "secret-bound-bot",
                "client_secret_basic",
                "tls_client_certificate_bound_access_tokens: true"));
  }

  private static String client(String id, String method, String... more) {
    StringBuilder text =
        new StringBuilder(
            "  - {client_id: %s, token_endpoint_auth_methods: [%s], attestation: none, scopes: [\"orders:read\"]"
                .formatted(id, method));
    for (String line : more) {
      int colon = line.indexOf(": ");
      String value = line.substring(colon + 2);
      boolean bare = value.startsWith("{") || value.startsWith("\"") || value.equals("true");
      text.append(", ").append(line, 0, colon + 2).append(bare ? value : '"' + value + '"');
    }
    return text.append("}\n").toString();
  }
}
