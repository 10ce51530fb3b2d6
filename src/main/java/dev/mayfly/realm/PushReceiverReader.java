package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.ScopeSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// `security_events`: to whom they are pushed.
record PushReceiverReader(List<ClientConfig> clients, FilesBeside filesBeside) {

  SequencedMap<ClientId, PushReceiver> read(Value value) {
    SequencedMap<ClientId, PushReceiver> receivers = new LinkedHashMap<>();
    List<PushReceiver> _ =
        value
            .fields("push")
            .required("push")
            .list(
                item -> {
                  PushReceiver receiver = receiver(item);
                  if (receivers.put(receiver.client(), receiver) != null) {
                    throw item.at("client_id").refuse(receiver.client() + " stands twice");
                  }
                  return receiver;
                });
    return receivers;
  }

  private PushReceiver receiver(Value value) {
    Fields fields =
        value.fields("client_id", "endpoint", "authorization", "allow_private", "ca_file", "ca");
    return new PushReceiver(
        client(fields.required("client_id")),
        KeySourceReader.document(fields, fields.required("endpoint"), filesBeside),
        fields.optional("authorization").map(PushReceiverReader::file));
  }

  private ClientId client(Value value) {
    String name =
        value.definedIn(
            "the realm's clients", clients.stream().map(one -> one.clientId().value()).toList());
    ClientConfig client =
        clients.stream().filter(one -> one.clientId().value().equals(name)).findFirst().get();
    if (!client.scopes().contains(ScopeSet.parse(PushReceiver.SCOPE))) {
      throw value.refuse(
          "%s has not the scope %s, and so no stream".formatted(name, PushReceiver.SCOPE));
    }
    return client.clientId();
  }

  /// Never quotes what it finds: it may be a secret.
  private static String file(Value value) {
    if (value.isScalar()) {
      throw value.refuse(
          "a secret never stands in a realm file; write {file: path} for a file that holds it");
    }
    return value
        .fields("file")
        .required("file")
        .parsed(
            path -> {
              if (!path.startsWith("/")) {
                throw new IllegalArgumentException("an absolute path on the broker's host");
              }
              return path;
            });
  }

  static ObjectNode json(Collection<PushReceiver> receivers) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode push = json.putArray("push");
    for (PushReceiver receiver : receivers) {
      ObjectNode one =
          push.addObject()
              .put("client_id", receiver.client().value())
              .put("endpoint", receiver.endpoint().uri().toString());
      receiver
          .authorizationFile()
          .ifPresent(file -> one.putObject("authorization").put("file", file));
      KeySourceReader.write(receiver.endpoint(), one);
    }
    return json;
  }
}
