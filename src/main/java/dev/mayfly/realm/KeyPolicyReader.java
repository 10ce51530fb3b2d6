package dev.mayfly.realm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Reads `keys`.
final class KeyPolicyReader {
  /// PKCS#11 pads a token's label to 32 bytes.
  private static final Pattern LABEL = Pattern.compile("[!-~]([ -~]{0,30}[!-~])?");

  private KeyPolicyReader() {}

  static KeyPolicy read(Value keys) {
    Fields fields = keys.fields("algorithm", "announce", "sign", "tokens");
    KeyPolicy otherwise = KeyPolicy.DEFAULT;
    String algorithm =
        fields
            .optional("algorithm")
            .map(value -> value.oneOf(KeyPolicy.ALGORITHMS))
            .orElse(otherwise.algorithm());
    Optional<Value> announceField = fields.optional("announce");
    Optional<Value> signField = fields.optional("sign");
    Duration announce = announceField.map(Value::duration).orElse(otherwise.announce());
    Duration sign = signField.map(Value::duration).orElse(otherwise.sign());
    List<String> tokens =
        fields
            .optional("tokens")
            .map(value -> value.list(KeyPolicyReader::label))
            .orElse(otherwise.tokens());
    announceField.ifPresent(
        field -> field.checked(() -> new KeyPolicy(algorithm, announce, otherwise.sign(), tokens)));
    return signField.orElse(keys).checked(() -> new KeyPolicy(algorithm, announce, sign, tokens));
  }

  private static String label(Value value) {
    return value.parsed(
        text -> {
          if (!LABEL.matcher(text).matches() || text.equals("*")) {
            throw new IllegalArgumentException(
                "the label of a PKCS#11 token is 1 to 32 printable ASCII characters");
          }
          return text;
        });
  }
}
