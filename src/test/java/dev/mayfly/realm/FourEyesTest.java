package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// When a realm file is not one admin's matter.
class FourEyesTest {
  private static RealmConfig realm(String fourEyes, String client, String scopes) {
    return RealmConfigLoader.parse(
        "a.yaml",
        """
        realm: a
        audiences: ["https://api.example/"]
        scopes:
          read: {minimum_attestation: none}
          write: {minimum_attestation: none}
        %s
        clients:
          - client_id: %s
            token_endpoint_auth_methods: [client_secret_basic]
            attestation: none
            scopes: [%s]
        """
            .formatted(fourEyes, client, scopes));
  }

  private static final String WIDENING = "four_eyes: [scope_widening]";
  private static final RealmConfig GUARDED = realm(WIDENING, "bot", "read");

  private static Set<FourEyes> needed(RealmConfig before, RealmConfig wanted) {
    return FourEyes.of(Optional.of(before), wanted);
  }

  @Test
  void moreScopesNeedTwoWhereTheAppliedRealmSaysSo() {
    assertEquals(
        Set.of(FourEyes.SCOPE_WIDENING), needed(GUARDED, realm(WIDENING, "bot", "read, write")));
    assertEquals(Set.of(FourEyes.SCOPE_WIDENING), needed(GUARDED, realm(WIDENING, "bot", "write")));
    RealmConfig open = realm("", "bot", "read");
    assertEquals(Set.of(), needed(open, realm(WIDENING, "bot", "read, write")));
  }

  @Test
  void theSameAndLessNeedOne() {
    RealmConfig both = realm(WIDENING, "bot", "read, write");
    assertEquals(Set.of(), needed(both, both));
    assertEquals(Set.of(), needed(both, GUARDED));
  }

  @Test
  void aClientThatIsNewIsNotWider() {
    assertEquals(Set.of(), needed(GUARDED, realm(WIDENING, "another", "read, write")));
    assertEquals(Set.of(), FourEyes.of(Optional.empty(), GUARDED));
  }

  @Test
  void takingARuleAwayNeedsTwoAndAddingOneDoesNot() {
    String all = "four_eyes: [client_resume, scope_widening, key_compromise]";
    assertEquals(
        Set.of(FourEyes.CLIENT_RESUME, FourEyes.KEY_COMPROMISE),
        needed(realm(all, "bot", "read"), GUARDED));
    assertEquals(Set.of(FourEyes.SCOPE_WIDENING), needed(GUARDED, realm("", "bot", "read, write")));
    assertEquals(Set.of(), needed(GUARDED, realm(all, "bot", "read")));
  }

  @Test
  void theStoredFormHasThemInOneOrder() {
    String one = "four_eyes: [key_compromise, client_resume]";
    String other = "four_eyes: [client_resume, key_compromise]";
    assertEquals(realm(one, "bot", "read").toJson(), realm(other, "bot", "read").toJson());
    assertEquals(
        realm(one, "bot", "read"), RealmConfig.fromJson(realm(one, "bot", "read").toJson()));
  }
}
