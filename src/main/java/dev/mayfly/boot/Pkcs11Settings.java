package dev.mayfly.boot;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Up to four PKCS#11 tokens: `MAYFLY_PKCS11_MODULE` and so on describe the first,
/// `MAYFLY_PKCS11_2_MODULE` and so on the second. None means the embedded SoftHSM2.
/// Errors: [BootException] with one line that begins with the variable's name.
final class Pkcs11Settings {
  private static final int MOST = 4;
  private static final int MOST_SESSIONS = 64;

  /// Where systemd puts what `LoadCredential=` names.
  private static final String CREDENTIALS = "CREDENTIALS_DIRECTORY";

  private Pkcs11Settings() {}

  private static String prefix(int token) {
    return token == 1 ? "MAYFLY_PKCS11_" : "MAYFLY_PKCS11_" + token + "_";
  }

  /// All variables that describe tokens.
  static Stream<String> names() {
    return IntStream.rangeClosed(1, MOST)
        .mapToObj(Pkcs11Settings::prefix)
        .flatMap(
            prefix ->
                Stream.of("MODULE", "TOKEN_LABEL", "PIN_FILE", "PIN_CREDENTIAL", "SESSIONS")
                    .map(prefix::concat));
  }

  static List<Settings.Pkcs11Token> read(Settings.Variables env) {
    var tokens = new ArrayList<Settings.Pkcs11Token>();
    var labels = new HashSet<String>();
    for (var i = 1; i <= MOST; i++) {
      var token = token(env, prefix(i));
      if (token.isPresent()) {
        if (tokens.size() < i - 1) {
          throw new BootException(
              prefix(i - 1) + "MODULE: missing, though " + prefix(i) + "MODULE is set");
        }
        if (!labels.add(token.get().label())) {
          throw new BootException(
              prefix(i) + "TOKEN_LABEL: '" + token.get().label() + "' is another token's already");
        }
        tokens.add(token.get());
      }
    }
    return tokens;
  }

  private static Optional<Settings.Pkcs11Token> token(Settings.Variables env, String prefix) {
    var module = env.readableFile(prefix + "MODULE");
    if (module.isEmpty()) {
      for (var other : List.of("TOKEN_LABEL", "PIN_FILE", "PIN_CREDENTIAL", "SESSIONS")) {
        if (env.text(prefix + other).isPresent()) {
          throw new BootException(prefix + "MODULE: missing, though " + prefix + other + " is set");
        }
      }
      return Optional.empty();
    }
    return Optional.of(
        new Settings.Pkcs11Token(
            module.get(),
            pin(env, prefix),
            env.text(prefix + "TOKEN_LABEL").orElse("mayfly"),
            sessions(env, prefix + "SESSIONS")));
  }

  private static Path pin(Settings.Variables env, String prefix) {
    var file = env.readableFile(prefix + "PIN_FILE");
    var credential = env.text(prefix + "PIN_CREDENTIAL");
    if (file.isPresent() && credential.isPresent()) {
      throw new BootException(prefix + "PIN_CREDENTIAL: set beside " + prefix + "PIN_FILE");
    }
    return file.or(() -> credential.map(name -> credential(env, prefix, name)))
        .orElseThrow(
            () ->
                new BootException(
                    prefix + "PIN_FILE: missing, though " + prefix + "MODULE is set"));
  }

  private static Path credential(Settings.Variables env, String prefix, String name) {
    var variable = prefix + "PIN_CREDENTIAL";
    var folder =
        env.path(CREDENTIALS)
            .orElseThrow(
                () ->
                    new BootException(
                        variable + ": no " + CREDENTIALS + "; is this started by systemd?"));
    if (name.contains("/") || name.startsWith(".")) {
      throw new BootException(variable + ": '" + name + "' is not the name of a credential");
    }
    var file = folder.resolve(name);
    if (!Files.isReadable(file)) {
      throw new BootException(variable + ": cannot read the file " + file);
    }
    return file;
  }

  private static OptionalInt sessions(Settings.Variables env, String name) {
    var text = env.text(name);
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    if (text.get().matches("[1-9][0-9]?") && Integer.parseInt(text.get()) <= MOST_SESSIONS) {
      return OptionalInt.of(Integer.parseInt(text.get()));
    }
    throw new BootException(
        name + ": '" + text.get() + "' is not a number of sessions (1 to " + MOST_SESSIONS + ")");
  }
}
