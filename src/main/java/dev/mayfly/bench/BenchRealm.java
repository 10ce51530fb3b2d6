package dev.mayfly.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.Base64;

/// The realm in which is measured: one client for each way of asking. Its file is written before
/// the broker starts; the credentials are then in the home, as in any demo realm.
record BenchRealm(Path folder, Path home) {
  static final String NAME = "bench";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEY = "private-key.jwk";

  /// `life`: of access and refresh tokens, such as `15m`.
  void write(String life) throws IOException, JOSEException {
    ECKey key = new ECKeyGenerator(Curve.P_256).keyID("bench").generate();
    Path realms = Files.createDirectories(folder.resolve("realms"));
    Files.writeString(folder.resolve(KEY), key.toJSONString());
    Files.writeString(
        realms.resolve(NAME + ".yaml"),
        """
        realm: bench
        demo: true
        audiences: ["https://api.bench.example/"]
        scopes:
          orders:read: {minimum_attestation: none, max_lifetime: %1$s}
          orders:write: {}
        attesters:
          - {name: mayfly, type: builtin, join_secret: {lifetime: 1h}}
        locations:
          - {networks: [127.0.0.0/8], country: GB}
        policy:
          challenge: required
          countries: [GB]
          refresh: {lifetime: %1$s, grant_lifetime: 8h, without_instance_key: true}
        registration:
          scopes: ["orders:read"]
          audiences: ["https://api.bench.example/"]
          networks: [127.0.0.0/8]
          unattested: true
        check:
          routes:
            - {path: "/v1/orders/{id}", methods: [GET], scope: orders:read}
            - {path: "/v1/signed/{id}", methods: [GET], scope: orders:read, proof: signature}
        clients:
          - client_id: secret
            token_endpoint_auth_methods: [client_secret_basic]
            attestation: none
            scopes: ["orders:read"]
          - client_id: signer
            token_endpoint_auth_methods: [client_secret_basic]
            attestation: none
            scopes: ["orders:read"]
            request_signing: {hmac: true}
          - client_id: key
            token_endpoint_auth_methods: [private_key_jwt]
            jwks: {keys: [%2$s]}
            attestation: none
            scopes: ["orders:read"]
          - client_id: attested
            token_endpoint_auth_methods: [client_secret_basic]
            attestation: required
            attesters: [mayfly]
            scopes: ["orders:read", "orders:write"]
        resource_servers:
          - client_id: api
            audience: https://api.bench.example/
            token_endpoint_auth_methods: [client_secret_basic]
        """
            .formatted(life, key.toPublicJWK().toJSONString()));
  }

  ECKey privateKey() {
    try {
      return ECKey.parse(Files.readString(folder.resolve(KEY)));
    } catch (IOException | ParseException e) {
      throw new IllegalStateException("the realm was not written", e);
    }
  }

  /// The `Authorization` of a client with a secret.
  String basic(String client) {
    String pair = client + ":" + credentials(client).path("client_secret").asText();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  String attestation() {
    return credentials("attested").path("attestation").asText();
  }

  ECKey instanceKey() {
    try {
      return ECKey.parse(credentials("attested").path("instance_key").toString());
    } catch (ParseException e) {
      throw new IllegalStateException("the instance key is no JWK", e);
    }
  }

  private JsonNode credentials(String client) {
    Path file = home.resolve("demo").resolve(NAME).resolve(client + ".json");
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException e) {
      throw new IllegalStateException(file + " cannot be read", e);
    }
  }

  @Override
  public String toString() {
    return "BenchRealm[" + folder + "]";
  }
}
