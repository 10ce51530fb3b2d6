package dev.mayfly.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.SecretRotations.Rotation;
import dev.mayfly.ledger.SecretRotations.Step;
import dev.mayfly.ledger.Versioned;
import dev.mayfly.ledger.Versions;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.registry.ClientSecrets;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.regex.Pattern;

/// A rotation from a second secret to the end of the first, in steps that can be asked for twice.
@ApplicationScoped
class RotationActs {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private final ClientSecrets secrets;
  private final Versions versions;

  @Inject
  RotationActs(ClientSecrets secrets, Versions versions) {
    this.secrets = secrets;
    this.versions = versions;
  }

  Uni<ObjectNode> look(AdminRequest request) {
    return secrets.lookAt(rotation(request, "")).map(step -> view(request, step));
  }

  /// What a rotation changes.
  Uni<EntityTag> tagOfSecrets(AdminRequest request) {
    return versions.now(
        Versioned.secrets(request.realm().name(), request.client(), request.received()));
  }

  /// The secret is told this once; whoever lost it begins again and gets another.
  Uni<ObjectNode> begin(AdminRequest request) {
    Rotation rotation = rotation(request, request.reason());
    return secrets
        .begin(request.realm(), rotation)
        .map(
            begun -> {
              ObjectNode view = view(request, begun.step());
              begun
                  .told()
                  .ifPresent(
                      told ->
                          view.put("client_secret", told.text())
                              .put("expires_at", told.expiresAt().toString())
                              .put("previous_valid_until", told.previousValidUntil().toString()));
              return view;
            });
  }

  Uni<ObjectNode> finish(AdminRequest request) {
    return secrets.finish(rotation(request, request.reason())).map(step -> view(request, step));
  }

  private static Rotation rotation(AdminRequest request, String reason) {
    ClientId client = request.client();
    if (ClientLifecycle.requireClient(request.realm(), client).credentials().secret().isEmpty()) {
      throw new AdminRefusal(409, "this client authenticates without a secret");
    }
    String id = request.part("rotation");
    if (!ID.matcher(id).matches()) {
      throw new AdminRefusal(400, "a rotation's id is 1 to 64 of A-Z a-z 0-9 . _ -");
    }
    return new Rotation(
        request.realm().name(),
        client,
        id,
        request.context(Optional.of(client)),
        request.by(),
        reason,
        request.ifMatch());
  }

  private static ObjectNode view(AdminRequest request, Step step) {
    ObjectNode view =
        Answers.JSON
            .createObjectNode()
            .put("client_id", request.client().value())
            .put("rotation_id", request.part("rotation"));
    return switch (step) {
      case Step.Begun(var secret) -> view.put("step", "begun").put("secret_id", secret.toString());
      case Step.UnderWay(var secret) ->
          view.put("step", "under_way").put("secret_id", secret.toString());
      case Step.Finished(var secret) ->
          view.put("step", "finished").put("secret_id", secret.toString());
      case Step.Another(String id) ->
          throw new AdminRefusal(
              409, "the rotation %s of this client is not finished".formatted(id));
      case Step.Unknown _ -> throw new AdminRefusal(404, "there is no such rotation");
    };
  }
}
