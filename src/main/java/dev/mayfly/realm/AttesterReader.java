package dev.mayfly.realm;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Reads one of `attesters`.
final class AttesterReader {
  private static final Duration DEFAULT_LIFETIME = Duration.ofHours(24);
  private final FilesBeside filesBeside;

  AttesterReader(FilesBeside filesBeside) {
    this.filesBeside = filesBeside;
  }

  Attester read(Value attester) {
    Value type =
        attester
            .fields(
                "name",
                "type",
                "attestation_lifetime",
                "join_secret",
                "jwks",
                "max_lifetime",
                "anchors_file",
                "anchors")
            .required("type");
    return switch (type.oneOf(List.of("builtin", "jwks", "x5c"))) {
      case "builtin" -> builtin(attester);
      case "jwks" -> jwks(attester);
      default -> x5c(attester);
    };
  }

  private static Attester builtin(Value attester) {
    Fields fields = attester.fields("name", "type", "attestation_lifetime", "join_secret");
    String name = name(fields);
    Optional<Value> lifetime = fields.optional("attestation_lifetime");
    Duration duration = lifetime.map(Value::duration).orElse(DEFAULT_LIFETIME);
    Attester.JoinSecret joinSecret =
        fields
            .optional("join_secret")
            .map(AttesterReader::joinSecret)
            .orElseGet(() -> new Attester.JoinSecret(DEFAULT_LIFETIME, AddressPin.EXACT));
    return lifetime
        .orElse(attester)
        .checked(() -> new Attester.Builtin(name, duration, joinSecret));
  }

  private static Attester.JoinSecret joinSecret(Value value) {
    Fields fields = value.fields("lifetime", "address_pin");
    Optional<Value> lifetime = fields.optional("lifetime");
    Duration duration = lifetime.map(Value::duration).orElse(DEFAULT_LIFETIME);
    AddressPin pin =
        fields
            .optional("address_pin")
            .map(word -> word.oneOf(AddressPin.class))
            .orElse(AddressPin.EXACT);
    return lifetime.orElse(value).checked(() -> new Attester.JoinSecret(duration, pin));
  }

  private static Attester jwks(Value attester) {
    Fields fields = attester.fields("name", "type", "jwks", "max_lifetime");
    String name = name(fields);
    PublicKeys keys = JwksReader.read(fields.required("jwks"));
    return maxLifetime(fields).read(lifetime -> new Attester.Jwks(name, keys, lifetime));
  }

  private Attester x5c(Value attester) {
    Fields fields = attester.fields("name", "type", "anchors_file", "anchors", "max_lifetime");
    String name = name(fields);
    Optional<Value> anchors = fields.optional("anchors");
    if (anchors.isPresent()) {
      fields.refuse("anchors_file", "must not stand beside anchors");
    }
    List<X509Certificate> certificates =
        anchors
            .map(list -> list.list(AttesterReader::anchor))
            .orElseGet(() -> anchorsOf(fields.required("anchors_file")));
    return maxLifetime(fields).read(lifetime -> new Attester.X5c(name, certificates, lifetime));
  }

  private static String name(Fields fields) {
    return fields.required("name").parsed(AttesterReader::requireName);
  }

  private static String requireName(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new IllegalArgumentException(
          "a name is 1 to 64 characters of A-Z a-z 0-9 . _ - and starts with a letter or digit");
    }
    return name;
  }

  private static LifetimeField maxLifetime(Fields fields) {
    return new LifetimeField(fields.owner(), fields.optional("max_lifetime"));
  }

  /// A lifetime that is refused at its own place where it stands.
  private record LifetimeField(Value owner, Optional<Value> value) {
    Attester read(java.util.function.Function<Duration, Attester> constructor) {
      Duration lifetime = value.map(Value::duration).orElse(DEFAULT_LIFETIME);
      return value.orElse(owner).checked(() -> constructor.apply(lifetime));
    }
  }

  /// A certificate as base64 of its DER, like an element of `x5c`, RFC 7515 §4.1.6.
  private static X509Certificate anchor(Value value) {
    if (value.node() instanceof YamlNode.Scalar(String text, _, _)) {
      try {
        return certificates(value, Base64.getDecoder().decode(text)).getFirst();
      } catch (IllegalArgumentException _) {
        throw value.refuse("not a certificate in base64");
      }
    }
    throw value.refuse("must be a text");
  }

  private List<X509Certificate> anchorsOf(Value file) {
    String pem = filesBeside.read(file, file.text());
    return certificates(file, pem.getBytes(StandardCharsets.UTF_8));
  }

  private static List<X509Certificate> certificates(Value at, byte[] encoded) {
    List<X509Certificate> certificates;
    try {
      certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(encoded))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
    } catch (CertificateException _) {
      throw at.refuse("not a certificate");
    }
    if (certificates.isEmpty()) {
      throw at.refuse("no certificate is in it");
    }
    if (certificates.stream().anyMatch(certificate -> certificate.getBasicConstraints() < 0)) {
      throw at.refuse("an anchor is the certificate of a CA; this one is not");
    }
    return certificates;
  }
}
