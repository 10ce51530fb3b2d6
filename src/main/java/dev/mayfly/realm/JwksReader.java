package dev.mayfly.realm;

import com.nimbusds.jose.jwk.JWK;
import java.text.ParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads `jwks: {keys: [...]}`: public keys only, RFC 7517.
/// Members that would make somebody fetch something (`jku`, `x5u`) are unknown here like any other.
final class JwksReader {
  /// The private and symmetric members of RFC 7518 §6.2.2, §6.3.2 and §6.4.1.
  private static final Set<String> PRIVATE = Set.of("d", "p", "q", "dp", "dq", "qi", "oth", "k");

  static final List<String> TEXTS =
      List.of("kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "x5t", "x5t#S256");
  private static final Set<String> LISTS = Set.of("key_ops", "x5c");

  private JwksReader() {}

  static boolean isPrivate(String member) {
    return PRIVATE.contains(member);
  }

  static PublicKeys read(Value jwks) {
    List<JWK> keys = keys(jwks.fields("keys").required("keys"));
    return jwks.checked(() -> new PublicKeys(keys));
  }

  /// A list of keys that stands by itself.
  static List<JWK> keys(Value list) {
    return list.list(JwksReader::key);
  }

  /// As [#read], of an issuer of workload tokens.
  static List<JWK> issuerKeys(Value jwks) {
    return jwks.fields("keys").required("keys").list(JwksReader::issuerKey);
  }

  private static JWK key(Value key) {
    JWK jwk = parse(key);
    return key.checked(
        () -> {
          PublicKeys.requireUsable(jwk);
          return jwk;
        });
  }

  private static JWK issuerKey(Value key) {
    JWK jwk = parse(key);
    if (!IssuerKeys.isUsable(jwk)) {
      throw key.refuse(
          "not a public signature key: EC P-256 or P-384, RSA of 2048 bits or OKP Ed25519");
    }
    return jwk;
  }

  private static JWK parse(Value key) {
    Map<String, Object> members = new LinkedHashMap<>();
    for (Value.NamedValue member : key.entries()) {
      String name = ((YamlNode.Scalar) member.key().node()).text();
      if (PRIVATE.contains(name)) {
        throw member.key().refuse("a private key never stands in a realm file");
      } else if (TEXTS.contains(name)) {
        members.put(name, text(member.value()));
      } else if (LISTS.contains(name)) {
        members.put(name, member.value().list(JwksReader::text));
      } else {
        throw member.key().refuse("unknown key" + Nearest.hint(name, TEXTS));
      }
    }
    return parse(key, members);
  }

  private static JWK parse(Value key, Map<String, Object> members) {
    try {
      return JWK.parse(members);
    } catch (ParseException | RuntimeException e) {
      throw key.refuse("not a public JWK of type EC P-256, RSA or OKP Ed25519");
    }
  }

  /// Longer than other texts: an RSA modulus, a certificate.
  static String text(Value value) {
    if (value.node() instanceof YamlNode.Scalar(String text, _, _)
        && text.matches("[!-~]{1,8192}")) {
      return text;
    }
    throw value.refuse("must be a text of visible ASCII characters");
  }
}
