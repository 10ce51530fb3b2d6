package dev.mayfly.client;

import dev.mayfly.http.Form;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.oauth.ClientId;
import io.vertx.core.MultiMap;
import java.util.Optional;

/// Under whose name a request comes, before anything is believed: for counting failures only.
final class PresentedName {
  private PresentedName() {}

  static Optional<ClientId> of(MultiMap headers, Form form) {
    return switch (PresentedCredentials.parse(headers.getAll("Authorization"), form)) {
      case PresentedCredentials.Secret secret -> Optional.of(secret.client());
      case PresentedCredentials.Named(String name) -> id(name);
      case PresentedCredentials.Assertion(String jwt, Optional<String> named) ->
          named.or(() -> subject(ClientAssertion.read(jwt))).flatMap(PresentedName::id);
      case PresentedCredentials.Svid(_, Optional<String> named) -> named.flatMap(PresentedName::id);
      case PresentedCredentials.Nothing _, PresentedCredentials.Unacceptable _ -> Optional.empty();
    };
  }

  private static Optional<String> subject(CompactJwt.Read read) {
    return read instanceof CompactJwt.Read.Legible(CompactJwt jwt)
        ? jwt.text("sub")
        : Optional.empty();
  }

  private static Optional<ClientId> id(String name) {
    try {
      return Optional.of(new ClientId(name));
    } catch (IllegalArgumentException noSuchClientCanBe) {
      return Optional.empty();
    }
  }
}
