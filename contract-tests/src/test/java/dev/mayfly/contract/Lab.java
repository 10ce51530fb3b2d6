package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A realm of our own, applied once per run through the admin endpoint under a new name. Here
/// the suite is the attester, so that it can sign attestations that break one rule each; and
/// its clients may be destroyed. The realm file is `lab.yaml` among the resources.
final class Lab {
  private static final ECKey ATTESTER = JwtDraft.newKey();
  private static final ECKey ASSERTION_KEY = JwtDraft.newKey();
  private static final Map<String, String> SECRETS = new ConcurrentHashMap<>();
  private static final Set<String> KNOWN_EVERYWHERE = ConcurrentHashMap.newKeySet();

  /// Opened on first use; a realm file that the broker refuses fails every test that needs the
  /// lab.
  private static final class Opened {
    static final Realm REALM = open();
  }

  private Lab() {}

  static Realm realm() {
    return Opened.REALM;
  }

  private static Realm open() {
    String name = "lab-" + Long.toString(System.currentTimeMillis(), 36);
    var answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file(name))));
    assertEquals(200, answer.statusCode(), () -> "lab.yaml was refused: " + answer.asString());
    return Realm.named(name);
  }

  static String file(String name) {
    return template()
        .replace("${realm}", name)
        .replace("${attester_jwks}", new JWKSet(ATTESTER.toPublicJWK()).toString())
        .replace("${signing_keys}", SigningKeys.json())
        .replace("${client_jwks}", new JWKSet(ASSERTION_KEY.toPublicJWK()).toString());
  }

  private static String template() {
    try (var in = Lab.class.getResourceAsStream("/lab.yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A client with a secret and a new instance key, attested by the suite.
  static Tool bot(String clientId) {
    ECKey key = JwtDraft.newKey();
    return unattested(clientId).withInstance(key, attestation(clientId, key).signedBy(ATTESTER));
  }

  static Tool bot() {
    return bot("bot");
  }

  /// The same with `private_key_jwt`.
  static Tool keyBot() {
    ECKey key = JwtDraft.newKey();
    return plain("key-bot", ASSERTION_KEY)
        .withInstance(key, attestation("key-bot", key).signedBy(ATTESTER));
  }

  /// Needs no attestation and authenticates with a key.
  static Tool plainKeyBot() {
    return plain("plain-key-bot", ASSERTION_KEY);
  }

  /// As [#plainKeyBot], limited to some orders, and it may exchange tokens.
  static Tool limitedBot() {
    return plain("limited-bot", ASSERTION_KEY);
  }

  /// As [#limitedBot], without limits.
  static Tool openBot() {
    return plain("open-bot", ASSERTION_KEY);
  }

  /// As [#plainKeyBot], and every token of it is bound to a DPoP key.
  static Tool dpopBot() {
    return plain("dpop-bot", ASSERTION_KEY);
  }

  /// As [#plainKeyBot], and it signs its requests to the API.
  static Tool signingBot() {
    return plain("signing-bot", ASSERTION_KEY);
  }

  /// Has nothing but its attestation.
  static Tool attestedBot(String clientId) {
    ECKey key = JwtDraft.newKey();
    return new Tool(realm(), clientId, new Tool.Credential.None(), Optional.empty())
        .withInstance(key, attestation(clientId, key).signedBy(ATTESTER));
  }

  /// Asked about tokens at every broker: each must know its new secret.
  static Tool resourceServer() {
    Tool server = unattested("lab-api");
    if (KNOWN_EVERYWHERE.add(server.clientId())) {
      for (var broker : Broker.URLS) {
        Soon.asking(
            Duration.ofMillis(100),
            () -> server.introspect("x").at(broker).send().statusCode() == 200);
      }
    }
    return server;
  }

  /// A client with its secret and no instance.
  static Tool unattested(String clientId) {
    var unknown =
        new Tool(realm(), clientId, new Tool.Credential.Secret("unknown yet"), Optional.empty());
    return unknown.withSecret(
        SECRETS.computeIfAbsent(
            clientId, _ -> Admin.does("rotate-secret", unknown).path("client_secret")));
  }

  private static Tool plain(String clientId, ECKey key) {
    return new Tool(realm(), clientId, new Tool.Credential.AssertionKey(key), Optional.empty());
  }

  /// The same tool with another attestation, signed by the trusted attester.
  static Tool attested(Tool tool, JwtDraft attestation) {
    return tool.withInstance(tool.key(), attestation.signedBy(ATTESTER));
  }

  static JwtDraft attestation(String clientId, ECKey instanceKey) {
    return JwtDraft.attestation(clientId, instanceKey).header("kid", ATTESTER.getKeyID());
  }

  static JwtDraft attestation(Tool tool) {
    return attestation(tool.clientId(), tool.key());
  }

  static ECKey attester() {
    return ATTESTER;
  }

  static ECKey assertionKey() {
    return ASSERTION_KEY;
  }
}
