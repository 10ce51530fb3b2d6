package dev.mayfly.client;

import dev.mayfly.attestation.AttestationEvidence;
import dev.mayfly.attestation.AttestationGate;
import dev.mayfly.attestation.AttestationResult;
import dev.mayfly.http.Form;
import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.Registered;
import dev.mayfly.registry.SecretVerifier;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Authenticates a client. The order: registration, address and hours (cheap, before any
/// cryptography), attestation, credentials, standing. Attestation comes before the secret, so
/// that nobody without an attested key learns whether a secret is right.
///
/// An unknown client walks the same path and fails at the same place as a wrong secret.
@ApplicationScoped
public class ClientAuthenticator {
  private final AttestationGate gate;
  private final SecretVerifier secrets;

  @Inject
  ClientAuthenticator(AttestationGate gate, SecretVerifier secrets) {
    this.gate = gate;
    this.secrets = secrets;
  }

  Uni<Authentication> authenticate(
      Arrival.At at, Form form, MultiMap headers, ClientEndpoint endpoint) {
    return switch (PresentedCredentials.parse(headers.getAll("Authorization"), form)) {
      case PresentedCredentials.Unacceptable unacceptable ->
          refuse(
              unacceptable.error(),
              unacceptable.because(),
              Optional.empty(),
              unacceptable.byHeader());
      case PresentedCredentials.Nothing _ ->
          refuse(
              endpoint.withoutCredentials(), "no client authentication", Optional.empty(), false);
      case PresentedCredentials.Named(String name) -> byCertificate(at, headers, endpoint, name);
      case PresentedCredentials.Secret secret ->
          new Attempt(
                  at,
                  headers,
                  endpoint,
                  secret.client(),
                  secret.method() == AuthMethod.CLIENT_SECRET_BASIC)
              .bySecret(secret);
      case PresentedCredentials.Assertion assertion ->
          byAssertion(at, headers, endpoint, assertion);
    };
  }

  /// RFC 8705 §2: the `client_id` parameter says who, the certificate proves it.
  private Uni<Authentication> byCertificate(
      Arrival.At at, MultiMap headers, ClientEndpoint endpoint, String name) {
    return switch (at.certificate()) {
      case PresentedCertificate.None _ ->
          refuse(
              endpoint.withoutCredentials(), "no client authentication", Optional.empty(), false);
      case PresentedCertificate.Unacceptable(String because) ->
          refuse(OAuthError.INVALID_REQUEST, because, Optional.empty(), false);
      case PresentedCertificate.Chain chain -> {
        ClientId client;
        try {
          client = new ClientId(name);
        } catch (IllegalArgumentException noSuchClientCanBe) {
          yield refuse(
              OAuthError.INVALID_CLIENT,
              "no client can have this client_id",
              Optional.empty(),
              false);
        }
        yield new Attempt(at, headers, endpoint, client, false).byCertificate(chain);
      }
    };
  }

  private Uni<Authentication> byAssertion(
      Arrival.At at,
      MultiMap headers,
      ClientEndpoint endpoint,
      PresentedCredentials.Assertion presented) {
    if (!(ClientAssertion.read(presented.jwt())
        instanceof CompactJwt.Read.Legible(CompactJwt assertion))) {
      return refuse(OAuthError.INVALID_CLIENT, "illegible assertion", Optional.empty(), false);
    }
    ClientId client;
    try {
      client = new ClientId(assertion.text("sub").orElse(""));
    } catch (IllegalArgumentException noSuchClientCanBe) {
      return refuse(OAuthError.INVALID_CLIENT, "malformed sub", Optional.empty(), false);
    }
    if (presented.named().isPresent() && !presented.named().get().equals(client.value())) {
      return refuse(
          OAuthError.INVALID_CLIENT,
          "client_id is not the assertion's",
          Optional.of(client),
          false);
    }
    return new Attempt(at, headers, endpoint, client, false).byAssertion(assertion);
  }

  private static Uni<Authentication> refuse(
      OAuthError error, String because, Optional<ClientId> claimed, boolean byHeader) {
    return Uni.createFrom().item(new Authentication.Refused(error, because, claimed, byHeader));
  }

  /// One request that claims to be of one client.
  private final class Attempt {
    private final AppliedRealm realm;
    private final Arrival.At at;
    private final MultiMap headers;
    private final ClientEndpoint endpoint;
    private final ClientId client;
    private final boolean byHeader;
    private final Instant now;
    private final Optional<Registered> registered;

    Attempt(
        Arrival.At at,
        MultiMap headers,
        ClientEndpoint endpoint,
        ClientId client,
        boolean byHeader) {
      this.at = at;
      this.realm = at.realm();
      this.headers = headers;
      this.endpoint = endpoint;
      this.client = client;
      this.byHeader = byHeader;
      this.now = at.facts().received();
      this.registered = realm.registered(client);
    }

    Uni<Authentication> bySecret(PresentedCredentials.Secret presented) {
      return attested(
          evidence ->
              secrets
                  .isOneOf(
                      liveSecrets(presented.method()), realm.name(), client, presented.secret())
                  .map(
                      right ->
                          right
                              ? accept(evidence, List.of())
                              : refused(
                                  OAuthError.INVALID_CLIENT, "unknown client or wrong secret")));
    }

    Uni<Authentication> byCertificate(PresentedCertificate.Chain chain) {
      return attested(
          evidence -> {
            Optional<String> objection =
                registered.isEmpty()
                    ? Optional.of("unknown client")
                    : CertificateAuthentication.objection(
                        chain, registered.get().credentials(), realm, now);
            return Uni.createFrom()
                .item(
                    objection.isPresent()
                        ? refused(OAuthError.INVALID_CLIENT, objection.get())
                        : accept(evidence, List.of()));
          });
    }

    Uni<Authentication> byAssertion(CompactJwt assertion) {
      return attested(
          evidence -> {
            Optional<String> objection =
                registered.isEmpty()
                    ? Optional.of("unknown client")
                    : ClientAssertion.objection(
                        assertion, client.value(), registered.get().credentials(), realm, now);
            return objection.isPresent()
                ? Uni.createFrom().item(refused(OAuthError.INVALID_CLIENT, objection.get()))
                : isSigned(assertion)
                    .map(
                        signed ->
                            signed
                                ? accept(evidence, List.of(mark(assertion)))
                                : refused(
                                    OAuthError.INVALID_CLIENT,
                                    "no live secret of the client signed the assertion"));
          });
    }

    /// Precondition: no objection, so a signature by a key has been verified.
    private Uni<Boolean> isSigned(CompactJwt assertion) {
      return assertion.isBySecret()
          ? secrets.signedByOneOf(liveSecrets(AuthMethod.CLIENT_SECRET_JWT), assertion)
          : Uni.createFrom().item(true);
    }

    private ReplayMark mark(CompactJwt assertion) {
      return ClientAssertion.mark(assertion, realm.name().value(), client.value());
    }

    private Uni<Authentication> attested(
        Function<Optional<AttestationEvidence>, Uni<Authentication>> next) {
      Optional<String> misplaced = registered.flatMap(this::misplaced);
      if (misplaced.isPresent()) {
        return Uni.createFrom().item(refused(OAuthError.INVALID_CLIENT, misplaced.get()));
      }
      return gate.verify(at, client, attesters(), headers)
          .chain(
              result ->
                  switch (result) {
                    case AttestationResult.Refused(OAuthError error, String because) ->
                        Uni.createFrom().item(refused(error, because));
                    case AttestationResult.Absent _ ->
                        isDemanded()
                            ? Uni.createFrom()
                                .item(
                                    refused(
                                        OAuthError.INVALID_CLIENT, "the attestation is missing"))
                            : next.apply(Optional.empty());
                    case AttestationResult.Accepted(AttestationEvidence evidence) ->
                        next.apply(Optional.of(evidence));
                  });
    }

    /// Of an unknown client all attesters count: it fails later, like a wrong secret.
    private List<Attester> attesters() {
      return config()
          .map(known -> realm.config().attestersOf(known))
          .orElseGet(() -> List.copyOf(realm.config().attesters().values()));
    }

    private boolean isDemanded() {
      return endpoint.demandsAttestation()
          && config()
              .map(known -> known.attestation() instanceof ClientConfig.Attestation.Required)
              .orElse(false);
    }

    private Optional<ClientConfig> config() {
      return registered.flatMap(
          known ->
              known instanceof Registered.AsClient asClient
                  ? Optional.of(asClient.config())
                  : Optional.empty());
    }

    private Optional<String> misplaced(Registered known) {
      return switch (known) {
        case Registered.AsClient asClient ->
            realm
                .config()
                .networkPolicy(asClient.config())
                .objection(at.facts().address(), at.facts().location(), now)
                .map(objection -> objection.code());
        case Registered.AsResourceServer _ -> Optional.empty();
      };
    }

    /// None of an unknown client, nor of one that is not registered with that method.
    private List<Registration.Secret> liveSecrets(AuthMethod method) {
      return registered
          .filter(known -> known.credentials().methods().contains(method))
          .map(known -> known.state().secrets())
          .orElse(List.of())
          .stream()
          .filter(secret -> now.isBefore(secret.expiresAt()))
          .toList();
    }

    /// Precondition: the credentials are proved, so the client is registered.
    private Authentication accept(
        Optional<AttestationEvidence> evidence, List<ReplayMark> credentialMarks) {
      Registered known = registered.orElseThrow();
      if (known.state().standing() != Standing.ACTIVE) {
        return refused(OAuthError.INVALID_CLIENT, "the client is not active");
      }
      List<ReplayMark> marks = new ArrayList<>(credentialMarks);
      evidence.ifPresent(proof -> marks.add(proof.mark()));
      return new Authentication.Accepted(new Proven(known, evidence, marks));
    }

    private Authentication refused(OAuthError error, String because) {
      return new Authentication.Refused(error, because, Optional.of(client), byHeader);
    }
  }
}
