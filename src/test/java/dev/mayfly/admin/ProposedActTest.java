package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.http.Answers;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.FourEyes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What is kept of an act that waits.
class ProposedActTest {
  private static final RealmName REALM = new RealmName("a");

  @Test
  void eachIsReadAsItWasWritten() {
    for (ProposedAct act :
        List.of(
            new ProposedAct.ResumeClient(new ClientId("bot"), "\"v\""),
            new ProposedAct.ChangeClient(
                new ClientId("bot"), Answers.JSON.createObjectNode().put("a", 1), "\"v\""),
            new ProposedAct.CompromiseKey("kid"),
            new ProposedAct.ApplyRealms(
                Answers.JSON.createObjectNode().put("a.yaml", "realm: a"),
                FourEyes.KEY_COMPROMISE,
                "\"v\""))) {
      assertEquals(Optional.of(act), ProposedAct.parse(act.json(REALM)));
    }
  }

  @Test
  void whatNoVersionHasWrittenIsNotDone() {
    for (String text : List.of("{", "{}", "{\"act\":\"revoke_everything\"}")) {
      assertEquals(Optional.empty(), ProposedAct.parse(text), text);
    }
  }
}
