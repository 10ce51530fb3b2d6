package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.network.AddressRule;
import dev.mayfly.network.Network;
import dev.mayfly.realm.KeySource.RemoteDocument;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads where keys come from: `jwks`, or `jwks_uri` with what goes with it.
final class KeySourceReader {
  private static final List<String> REMOTE = List.of("allow_private", "ca_file", "ca");

  private KeySourceReader() {}

  /// These fields and the ones that are read here.
  static List<String> with(String... fields) {
    return Stream.of(List.of(fields), List.of("jwks", "jwks_uri"), REMOTE)
        .flatMap(List::stream)
        .toList();
  }

  static KeySource read(Fields fields, FilesBeside filesBeside) {
    Optional<Value> inline = fields.optional("jwks");
    if (inline.isPresent()) {
      fields.refuse("jwks_uri", "must not stand beside jwks");
      refuseRemote(fields);
      List<JWK> keys = JwksReader.issuerKeys(inline.get());
      return new KeySource.Inline(inline.get().checked(() -> new IssuerKeys(keys)));
    }
    return new KeySource.Remote(document(fields, fields.required("jwks_uri"), filesBeside));
  }

  /// For a rule that fetches no keys.
  static void refuseRemote(Fields fields) {
    REMOTE.forEach(field -> fields.refuse(field, "must not stand without jwks_uri"));
  }

  /// A document at `uri`, with `allow_private` and `ca_file` or `ca` beside it.
  static RemoteDocument document(Fields fields, Value uri, FilesBeside filesBeside) {
    Optional<Value> ca = fields.optional("ca");
    if (ca.isPresent()) {
      fields.refuse("ca_file", "must not stand beside ca");
    }
    List<X509Certificate> anchors =
        ca.map(list -> list.list(Certificates::read))
            .or(
                () ->
                    fields.optional("ca_file").map(file -> Certificates.inFile(file, filesBeside)))
            .orElse(List.of());
    RemoteDocument document =
        new RemoteDocument(
            uri.parsed(KeySourceReader::https),
            fields.optional("allow_private").map(Value::bool).orElse(false),
            anchors);
    requireAllowed(uri, document);
    return document;
  }

  /// An address that stands there in so many words; what a name resolves to is looked at when the
  /// file is applied, and at each fetch.
  private static void requireAllowed(Value uri, RemoteDocument document) {
    String host = document.uri().getHost();
    InetAddress address;
    try {
      address =
          Network.parseAddress(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    } catch (IllegalArgumentException _) {
      return;
    }
    if (!AddressRule.allows(address, document.allowPrivate())) {
      throw uri.refuse("%s is not a public address, and allow_private is not set".formatted(host));
    }
  }

  /// An https URL that names nothing but where the document is.
  static URI https(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException _) {
      throw new IllegalArgumentException("not a URL");
    }
    if (!"https".equals(uri.getScheme())
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawFragment() != null
        || uri.getPort() == 0
        || uri.getPort() > 65535) {
      throw new IllegalArgumentException(
          "must be an https URL with a host, without user name or fragment");
    }
    return uri;
  }

  static void write(KeySource source, ObjectNode json) {
    switch (source) {
      case KeySource.Inline(IssuerKeys keys) -> json.set("jwks", RealmJson.jwks(keys.keys()));
      case KeySource.Remote(RemoteDocument document) -> {
        json.put("jwks_uri", document.uri().toString());
        write(document, json);
      }
    }
  }

  static void write(RemoteDocument document, ObjectNode json) {
    json.put("allow_private", document.allowPrivate());
    if (!document.anchors().isEmpty()) {
      ArrayNode anchors = json.putArray("ca");
      document.anchors().forEach(anchor -> anchors.add(Certificates.base64(anchor)));
    }
  }
}
