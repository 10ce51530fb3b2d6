package dev.mayfly.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.http.Answers;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.RegisteredClients;
import dev.mayfly.ledger.RegisteredClients.Access;
import dev.mayfly.ledger.RegisteredClients.Result;
import dev.mayfly.ledger.RegisteredClients.Written;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Digests;
import dev.mayfly.ledger.Registration.Fingerprinted;
import dev.mayfly.ledger.Registration.KeyChange;
import dev.mayfly.ledger.Registration.NewKey;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RegistrationPolicy;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/// Registers clients beside those of the realm file, and changes them. Whoever asks, and however:
/// nothing comes into being that the realm's [RegistrationPolicy] does not allow.
@ApplicationScoped
public class ClientRegistrar {
  private final RegisteredClients clients;
  private final ClientSecrets secrets;
  private final SecretHasher hasher;
  private final Realms realms;

  @Inject
  ClientRegistrar(
      RegisteredClients clients, ClientSecrets secrets, SecretHasher hasher, Realms realms) {
    this.clients = clients;
    this.secrets = secrets;
    this.hasher = hasher;
    this.realms = realms;
  }

  /// Who does it, and why.
  public record Act(AuditContext context, String by, String reason) {}

  /// By an admin, or over the registration endpoint with an initial access token: then the client
  /// gets a registration access token.
  public record Way(Optional<UUID> initial) {
    public static final Way ADMIN = new Way(Optional.empty());

    boolean isEndpoint() {
      return initial.isPresent();
    }
  }

  /// A client that is registered now. The secret and the token are told this once.
  ///
  /// @param token its registration access token, where one was asked for
  public record Done(
      ClientConfig client,
      Standing standing,
      long revision,
      Optional<ClientSecrets.Told> secret,
      Optional<String> token) {
    @Override
    public String toString() {
      return "Done[%s, redacted]".formatted(client.clientId());
    }
  }

  public sealed interface Outcome {
    record Registered(Done done) implements Outcome {}

    /// The policy is against it, or the document contradicts itself.
    record Objected(RegistrationPolicy.Objection objection) implements Outcome {}

    record NotWritten(Result because) implements Outcome {}
  }

  /// `policy`: the realm's, or as much of it as the caller may use.
  public Uni<Outcome> register(
      AppliedRealm realm, RegistrationPolicy policy, ClientConfig wanted, Way way, Act act) {
    ClientConfig client = policy.completed(wanted);
    Optional<RegistrationPolicy.Objection> objection = policy.objection(client);
    if (objection.isPresent()) {
      return Uni.createFrom().item(new Outcome.Objected(objection.get()));
    }
    Standing standing = policy.approval() ? Standing.PENDING : Standing.ACTIVE;
    Uni<Optional<ClientSecrets.Made>> secret =
        client.credentials().secret().isEmpty()
            ? Uni.createFrom().item(Optional.empty())
            : secrets.make(realm, client.clientId(), act.context().at()).map(Optional::of);
    return secret.chain(
        made ->
            token(realm, client.clientId(), way.isEndpoint())
                .chain(token -> add(realm, client, standing, made, way, token, act)));
  }

  private record Token(String text, Digests kept) {}

  private Uni<Optional<Token>> token(AppliedRealm realm, ClientId client, boolean wanted) {
    if (!wanted) {
      return Uni.createFrom().item(Optional.empty());
    }
    String text = SecretHasher.generate(SecretHasher.Kind.REGISTRATION_ACCESS_TOKEN);
    return hasher
        .digests(SecretHasher.Kind.REGISTRATION_ACCESS_TOKEN, realm.name(), client, text)
        .map(kept -> Optional.of(new Token(text, kept)));
  }

  private Uni<Outcome> add(
      AppliedRealm realm,
      ClientConfig client,
      Standing standing,
      Optional<ClientSecrets.Made> secret,
      Way way,
      Optional<Token> token,
      Act act) {
    AuditContext context = act.context().withClient(client.clientId());
    Written written = written(realm, client, Optional.empty(), 1, act);
    return clients
        .add(
            realm.name(),
            written,
            standing,
            secret.map(ClientSecrets.Made::secret),
            new Access(way.initial(), token.map(Token::kept)),
            act.by(),
            new AuditEvent.ClientRegistered(
                context,
                standing.name().toLowerCase(Locale.ROOT),
                act.by(),
                act.reason(),
                written.document().json()))
        .call(realms::reload)
        .map(
            result ->
                result instanceof Result.Done(long revision)
                    ? new Outcome.Registered(
                        new Done(
                            client,
                            standing,
                            revision,
                            secret.map(ClientSecrets.Made::told),
                            token.map(Token::text)))
                    : new Outcome.NotWritten(result));
  }

  /// Replaces what a client may have. `seen`: the revision that the caller has seen; `newToken`:
  /// whether it gets another registration access token.
  public Uni<Outcome> change(
      AppliedRealm realm,
      RegistrationPolicy policy,
      ClientConfig wanted,
      Registration.Document before,
      long seen,
      boolean newToken,
      Act act) {
    ClientConfig client = policy.completed(wanted);
    Optional<RegistrationPolicy.Objection> objection =
        policy.objection(client).or(() -> changedMethods(client, before));
    if (objection.isPresent()) {
      return Uni.createFrom().item(new Outcome.Objected(objection.get()));
    }
    Written written = written(realm, client, Optional.of(before), seen + 1, act);
    return token(realm, client.clientId(), newToken)
        .chain(
            token ->
                clients
                    .change(
                        realm.name(),
                        written,
                        seen,
                        token.map(Token::kept),
                        new AuditEvent.ClientChanged(
                            act.context().withClient(client.clientId()),
                            seen + 1,
                            act.by(),
                            act.reason(),
                            before.json(),
                            written.document().json()))
                    .call(realms::reload)
                    .map(
                        result ->
                            result instanceof Result.Done(long revision)
                                ? new Outcome.Registered(
                                    new Done(
                                        client,
                                        standing(realm, client.clientId()),
                                        revision,
                                        Optional.empty(),
                                        token.map(Token::text)))
                                : new Outcome.NotWritten(result)));
  }

  private static Standing standing(AppliedRealm realm, ClientId client) {
    return realm.states().get(client).standing();
  }

  /// A client that gets a secret only now would get it from nobody: that is a rotation's work.
  private static Optional<RegistrationPolicy.Objection> changedMethods(
      ClientConfig client, Registration.Document before) {
    boolean hadSecret = hasSecret(before);
    return client.credentials().secret().isPresent() == hadSecret
        ? Optional.empty()
        : Optional.of(
            new RegistrationPolicy.Objection(
                "token_endpoint_auth_methods",
                "a client with a secret and one without do not become each other; register"
                    + " another"));
  }

  private static boolean hasSecret(Registration.Document document) {
    try {
      return Answers.JSON.readTree(document.json()).has("secret");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the document of a client is no JSON", e);
    }
  }

  private static Written written(
      AppliedRealm realm,
      ClientConfig client,
      Optional<Registration.Document> before,
      long revision,
      Act act) {
    List<NewKey> keys = keys(client);
    List<String> thumbprints = keys.stream().map(NewKey::thumbprint).distinct().toList();
    List<String> held = before.map(Registration.Document::keyThumbprints).orElse(List.of());
    return new Written(
        client.clientId(),
        client.vendor(),
        client.description(),
        new Registration.Document(client.toJson(), revision, thumbprints),
        new KeyChange(
            keys.stream().filter(key -> !held.contains(key.thumbprint())).toList(),
            held.stream()
                .filter(print -> !thumbprints.contains(print))
                .map(print -> retired(realm, client.clientId(), print, act.context().at()))
                .toList()));
  }

  private static RetiredKey retired(
      AppliedRealm realm, ClientId client, String thumbprint, Instant at) {
    return new RetiredKey(
        thumbprint,
        Fingerprinted.CLIENT_KEY,
        realm.name() + "/" + client,
        at,
        "removed from the registration");
  }

  private static List<NewKey> keys(ClientConfig client) {
    List<NewKey> all = new ArrayList<>();
    Stream.concat(
            client.credentials().jwks().stream().flatMap(jwks -> jwks.keys().stream()),
            client.requestSigning().stream().flatMap(signing -> signing.keys().stream()))
        .forEach((JWK key) -> all.add(new NewKey(PublicKeys.canonicalThumbprint(key), "jwks")));
    return all;
  }
}
