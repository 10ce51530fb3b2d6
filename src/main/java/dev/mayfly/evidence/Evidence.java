package dev.mayfly.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.realm.AwsNitroRule;
import dev.mayfly.realm.GithubActionsRule;
import dev.mayfly.realm.KubernetesRule;
import dev.mayfly.realm.OidcRule;
import dev.mayfly.realm.SpiffeRule;
import dev.mayfly.realm.TpmRule;
import java.util.function.Function;

/// What was presented at `/attest`: `evidence` of the request, one class for each kind. Nothing
/// of it is believed yet. None shows a secret in its `toString`.
public sealed interface Evidence permits JoinSecret, InstanceKey, PlatformEvidence, TpmIdentity {
  /// The word in `type`.
  String kind();

  /// What a request says, read.
  sealed interface Read {
    record Presented(Evidence evidence) implements Read {}

    /// `because` may be shown to the client.
    record Unacceptable(String because) implements Read {}
  }

  static Read read(JsonNode evidence) {
    return switch (evidence.path("type").asText("")) {
      case JoinSecret.KIND -> text(evidence, "join_secret", JoinSecret::new);
      case InstanceKey.KIND -> new Read.Presented(new InstanceKey());
      case KubernetesRule.KIND -> text(evidence, "token", KubernetesToken::new);
      case GithubActionsRule.KIND -> text(evidence, "token", GithubActionsToken::new);
      case OidcRule.KIND -> text(evidence, "token", OidcToken::new);
      case SpiffeRule.JWT_KIND -> text(evidence, "token", SpiffeJwt::new);
      case SpiffeRule.X509_KIND -> text(evidence, "proof", SpiffeX509::new);
      case SpiffeRule.WIT_KIND -> text(evidence, "token", SpiffeWit::new);
      case TpmRule.KIND -> HardwareEvidence.tpm(evidence);
      case AwsNitroRule.KIND -> HardwareEvidence.nitro(evidence);
      default ->
          new Read.Unacceptable("evidence.type is not a kind of evidence that is known here");
    };
  }

  /// Evidence that is one text, in the member `name`.
  private static Read text(JsonNode evidence, String name, Function<String, Evidence> kind) {
    return evidence.path(name).isTextual()
        ? new Read.Presented(kind.apply(evidence.path(name).textValue()))
        : new Read.Unacceptable("evidence." + name + " is missing");
  }
}
