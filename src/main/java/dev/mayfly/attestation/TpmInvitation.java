package dev.mayfly.attestation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.evidence.TpmIdentity.Invitation;
import dev.mayfly.http.Answers;
import dev.mayfly.realm.PcrPolicy;
import jakarta.ws.rs.core.Response;
import java.util.Base64;
import java.util.Locale;

/// The answer to the first step with a TPM; contracts.md has it.
final class TpmInvitation {
  private TpmInvitation() {}

  static Response answer(String challenge, Invitation.Invited invited) {
    PcrPolicy policy = invited.rule().pcrs();
    ObjectNode body =
        Answers.JSON
            .createObjectNode()
            .put("challenge", challenge)
            .put("credential_blob", Base64.getEncoder().encodeToString(invited.blob()))
            .put("secret", Base64.getEncoder().encodeToString(invited.secret()));
    ObjectNode pcrs = body.putObject("pcrs");
    pcrs.put("bank", policy.bank().name().toLowerCase(Locale.ROOT));
    ArrayNode selection = pcrs.putArray("selection");
    policy.allowed().keySet().forEach(selection::add);
    return Answers.ok(body);
  }
}
