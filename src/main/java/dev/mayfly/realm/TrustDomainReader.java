package dev.mayfly.realm;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.oauth.SpiffeId;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads one of `trust_domains`: its name, and its SPIFFE bundle (a JWK set) in a file or in place.
/// A bundle comes from the operator, never from a client.
record TrustDomainReader(FilesBeside filesBeside) {
  private static final String X509 = "x509-svid";
  private static final String JWT = "jwt-svid";
  private static final String WIT = "wit-svid";
  private static final List<String> USES = List.of(X509, JWT, WIT);

  TrustDomain read(Value domain) {
    Fields fields = domain.fields("name", "bundle_file", "bundle");
    String name = fields.required("name").parsed(TrustDomainReader::requireName);
    fields
        .optional("bundle")
        .ifPresent(_ -> fields.refuse("bundle_file", "must not stand beside bundle"));
    Value bundle = fields.optional("bundle").orElseGet(() -> fileOf(fields));
    return bundle(domain, name, bundle);
  }

  private static String requireName(String name) {
    SpiffeId.requireTrustDomain(name);
    return name;
  }

  /// The file's own lines and columns are what a refusal of its content names.
  private Value fileOf(Fields fields) {
    Value file = fields.required("bundle_file");
    String path = file.text();
    return Value.root(path, YamlTree.parse(path, filesBeside.read(file, path)));
  }

  private static TrustDomain bundle(Value domain, String name, Value bundle) {
    List<JWK> jwtKeys = new ArrayList<>();
    List<X509Certificate> authorities = new ArrayList<>();
    List<JWK> witKeys = new ArrayList<>();
    Fields fields = bundle.fields("keys", "spiffe_sequence", "spiffe_refresh_hint");
    fields
        .required("keys")
        .list(
            key -> {
              switch (key.at("use").oneOf(USES)) {
                case X509 -> authorities.add(authority(key));
                case JWT -> jwtKeys.add(key(key));
                default -> witKeys.add(key(key));
              }
              return key;
            });
    return domain.checked(() -> new TrustDomain(name, jwtKeys, authorities, witKeys));
  }

  /// Of its members only the certificate counts; exactly one, as the SPIFFE bundle format says.
  private static X509Certificate authority(Value key) {
    List<X509Certificate> certificates =
        key.entries().stream().anyMatch(member -> member.key().is("x5c"))
            ? key.at("x5c").list(Certificates::read)
            : List.of();
    if (certificates.size() != 1) {
      throw key.refuse("a key for X.509-SVIDs has x5c with the one certificate of its CA");
    }
    return certificates.getFirst();
  }

  private static JWK key(Value key) {
    Map<String, Object> members = new LinkedHashMap<>();
    for (Value.NamedValue member : key.entries()) {
      String name = ((YamlNode.Scalar) member.key().node()).text();
      if (JwksReader.isPrivate(name)) {
        throw member.key().refuse("a private key never stands in a bundle");
      }
      // What it is for is known by the list that it goes into.
      if (JwksReader.TEXTS.contains(name) && !name.equals("use")) {
        members.put(name, JwksReader.text(member.value()));
      }
    }
    try {
      JWK jwk = JWK.parse(members);
      return key.checked(
          () -> {
            PublicKeys.requireUsable(jwk);
            return jwk;
          });
    } catch (ParseException _) {
      throw key.refuse("not a public JWK of type EC P-256, RSA or OKP Ed25519");
    }
  }
}
