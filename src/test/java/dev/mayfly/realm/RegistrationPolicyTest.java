package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistrationPolicyTest {
  private static final RealmConfig REALM =
      RealmConfigLoader.parse(
          "shop.yaml",
          """
          realm: shop
          audiences: ["urn:a", "urn:b"]
          scopes:
            read: {minimum_attestation: none}
            write: {minimum_attestation: none}
          attesters: [{name: mayfly, type: builtin}]
          policy: {networks: [10.0.0.0/8], client_secret_jwt: true}
          registration:
            scopes: [read]
            audiences: ["urn:a"]
            token_endpoint_auth_methods: [client_secret_basic]
            networks: [10.1.0.0/16]
            refresh: {lifetime: 5m, grant_lifetime: 1h}
          """);
  private static final RegistrationPolicy POLICY = REALM.registration().orElseThrow();
  private static final String FINE =
      """
      "client_id":"bot","token_endpoint_auth_methods":["client_secret_basic"],\
      "attesters":["mayfly"],"scopes":["read"],"audiences":["urn:a"]\
      """;

  private static ClientConfig read(String members) {
    return REALM.readClient("client", "{" + members + "}");
  }

  private static Optional<String> objection(ClientConfig client) {
    return POLICY.objection(POLICY.completed(client)).map(RegistrationPolicy.Objection::field);
  }

  @Test
  void letsAClientBeThatKeepsWithinIt() {
    assertEquals(Optional.empty(), objection(read(FINE)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "scopes":["read"]                                  | "scopes":["read","write"]             | scopes
          "scopes":["read"]                                  | "scopes":["write"]                    | scopes
          "audiences":["urn:a"]                              | "audiences":["urn:a","urn:b"]         | audiences
          ,"audiences":["urn:a"]                             | ''                                    | audiences
          "token_endpoint_auth_methods":["client_secret_basic"] | "token_endpoint_auth_methods":["client_secret_post"] | token_endpoint_auth_methods
          "token_endpoint_auth_methods":["client_secret_basic"] | "token_endpoint_auth_methods":["client_secret_jwt"] | token_endpoint_auth_methods
          "attesters":["mayfly"]                             | "attestation":"none"                  | attestation
          "scopes":["read"]                                  | "scopes":["read"],"networks":["10.2.0.0/16"] | networks
          "scopes":["read"]                                  | "scopes":["read"],"networks":["10.0.0.0/15"] | networks
          "scopes":["read"]                                  | "scopes":["read"],"refresh":{"lifetime":"6m"} | refresh
          "scopes":["read"]                                  | "scopes":["read"],"refresh":{"lifetime":"5m","grant_lifetime":"2h"} | refresh
          "scopes":["read"]                                  | "scopes":["read"],"refresh":{"lifetime":"5m","grant_lifetime":"1h","without_instance_key":true} | refresh
          "scopes":["read"]                                  | "scopes":["read"],"rate_limits":{"token":{"requests":9,"window":"1s"}} | rate_limits
          "scopes":["read"]                                  | "scopes":["read"],"token_exchange":true | token_exchange
          "scopes":["read"]                                  | "scopes":["read"],"secret":{"file":"/etc/passwd"} | secret
          """)
  void objectsToWhatIsMore(String instead, String of, String field) {
    String members = FINE.strip();
    assertTrue(members.contains(instead), instead);
    assertEquals(Optional.of(field), objection(read(members.replace(instead, of))));
  }

  @Test
  void letsAClientHaveLess() {
    String less =
        FINE.replace(
            "\"scopes\":[\"read\"]",
            "\"scopes\":[\"read\"],\"networks\":[\"10.1.7.0/24\"],\"refresh\":\"none\"");
    assertEquals(Optional.empty(), objection(read(less)));
  }

  @Test
  void fillsInWhatAClientLeavesOpen() {
    ClientConfig completed = POLICY.completed(read(FINE));
    assertEquals(POLICY.networks(), completed.network().networks());
    assertEquals(POLICY.refresh(), completed.refresh());
  }

  @Test
  void theDocumentOfAClientComesBack() {
    ClientConfig client = POLICY.completed(read(FINE));
    assertEquals(client, REALM.readClient("client", client.toJson()));
  }

  @Test
  void whatNoClientHasIsNamed() {
    RealmConfigException refused =
        assertThrows(RealmConfigException.class, () -> read(FINE + ",\"is_admin\":true"));
    assertTrue(refused.getMessage().contains("is_admin: unknown key"), refused.getMessage());
  }
}
