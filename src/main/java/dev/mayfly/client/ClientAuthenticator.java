package dev.mayfly.client;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.attestation.AttestationEvidence;
import dev.mayfly.attestation.AttestationGate;
import dev.mayfly.attestation.AttestationResult;
import dev.mayfly.attestation.DpopEvidence;
import dev.mayfly.attestation.DpopGate;
import dev.mayfly.attestation.DpopResult;
import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.Registered;
import dev.mayfly.registry.SecretVerifier;
import dev.mayfly.spiffe.JwtSvid;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/// Authenticates a client. The order: registration, address and hours (cheap, before any
/// cryptography), attestation, credentials, standing. Attestation comes before the secret, so
/// that nobody without an attested key learns whether a secret is right.
///
/// An unknown client walks the same path and fails at the same place as a wrong secret.
@Singleton
public class ClientAuthenticator {
  private final AttestationGate gate;
  private final DpopGate dpopGate;
  private final SecretVerifier secrets;
  private final ClientKeys keys;

  @Inject
  ClientAuthenticator(
      AttestationGate gate, DpopGate dpopGate, SecretVerifier secrets, ClientKeys keys) {
    this.gate = gate;
    this.dpopGate = dpopGate;
    this.secrets = secrets;
    this.keys = keys;
  }

  Uni<Authentication> authenticate(
      Arrival.At at, PresentedCredentials presented, MultiMap headers, ClientEndpoint endpoint) {
    return switch (presented) {
      case PresentedCredentials.Unacceptable unacceptable ->
          refuse(
              unacceptable.error(),
              unacceptable.because(),
              Optional.empty(),
              unacceptable.byHeader());
      case PresentedCredentials.Nothing _ ->
          refuse(
              endpoint.withoutCredentials(), "no client authentication", Optional.empty(), false);
      case PresentedCredentials.Named(String name) -> byProof(at, headers, endpoint, name);
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
      case PresentedCredentials.Svid svid -> bySvid(at, headers, endpoint, svid);
    };
  }

  /// Only a `client_id`: what proves it is the certificate of the connection (RFC 8705 §2) or,
  /// for `attest_jwt_client_auth`, `attest_jwt_client_auth_dpop` and `spiffe_wit`, the attestation.
  /// Where both are there the registration decides.
  private Uni<Authentication> byProof(
      Arrival.At at, MultiMap headers, ClientEndpoint endpoint, String name) {
    boolean attested = headers.contains(AttestationGate.ATTESTATION);
    if (at.certificate() instanceof PresentedCertificate.None && !attested) {
      return refuse(
          endpoint.withoutCredentials(), "no client authentication", Optional.empty(), false);
    }
    Optional<ClientId> client =
        SpiffeClients.named(at.realm(), name, AuthMethod.SPIFFE_X509)
            .or(() -> SpiffeClients.named(at.realm(), name, AuthMethod.SPIFFE_WIT));
    if (client.isEmpty()) {
      return refuse(OAuthError.INVALID_CLIENT, "no such client_id", Optional.empty(), false);
    }
    boolean ofCertificate =
        at.realm()
            .registered(client.get())
            .map(known -> known.credentials().methods().stream().anyMatch(AuthMethod::isOfTls))
            .orElse(false);
    Attempt attempt = new Attempt(at, headers, endpoint, client.get(), false);
    return at.certificate() instanceof PresentedCertificate.Chain chain
            && (ofCertificate || !attested)
        ? attempt.byCertificate(chain, name)
        : attempt.byAttestation();
  }

  /// `spiffe_jwt`: the assertion is a JWT-SVID, and its `sub` a workload's name.
  private Uni<Authentication> bySvid(
      Arrival.At at,
      MultiMap headers,
      ClientEndpoint endpoint,
      PresentedCredentials.Svid presented) {
    Optional<JwtSvid> svid = JwtSvid.read(presented.jwt());
    if (svid.isEmpty()) {
      return refuse(OAuthError.INVALID_CLIENT, "illegible JWT-SVID", Optional.empty(), false);
    }
    Optional<ClientId> client =
        SpiffeClients.named(
            at.realm(),
            presented.named().orElseGet(() -> svid.get().workload().toString()),
            AuthMethod.SPIFFE_JWT);
    if (client.isEmpty()) {
      return refuse(
          OAuthError.INVALID_CLIENT, "no one client is this workload", Optional.empty(), false);
    }
    return new Attempt(at, headers, endpoint, client.get(), false).bySvid(svid.get());
  }

  private Uni<Authentication> byAssertion(
      Arrival.At at,
      MultiMap headers,
      ClientEndpoint endpoint,
      PresentedCredentials.Assertion presented) {
    if (!(presented.jwt() instanceof CompactJwt.Read.Legible(CompactJwt assertion))) {
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
    private final ClaimedClient claimed;

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
      this.claimed = new ClaimedClient(realm, registered);
    }

    Uni<Authentication> bySecret(PresentedCredentials.Secret presented) {
      return attested(
          (evidence, dpop) ->
              secrets
                  .isOneOf(
                      claimed.liveSecrets(presented.method(), now),
                      realm.name(),
                      client,
                      presented.secret())
                  .map(
                      right ->
                          right
                              ? accept(evidence, dpop, List.of())
                              : refused(
                                  OAuthError.INVALID_CLIENT, "unknown client or wrong secret")));
    }

    /// `name` is the `client_id` as it was given: perhaps a SPIFFE ID.
    Uni<Authentication> byCertificate(PresentedCertificate.Chain chain, String name) {
      return proved(
          known ->
              keysOf(known, chain)
                  .map(
                      own ->
                          CertificateAuthentication.objection(
                              chain, name, known, own, realm, now)));
    }

    private Uni<List<JWK>> keysOf(Credentials known, PresentedCertificate.Chain chain) {
      return known.methods().contains(AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH)
          ? keys.of(known, realm, key -> CertificateAuthentication.registers(key, chain.leaf()))
          : Uni.createFrom().item(List.of());
    }

    Uni<Authentication> bySvid(JwtSvid svid) {
      return proved(
          known -> Uni.createFrom().item(SvidAuthentication.objection(svid, known, realm, now)));
    }

    /// By what is shown beside the attestation, where there is one.
    private Uni<Authentication> proved(Function<Credentials, Uni<Optional<String>>> objection) {
      return attested(
          (evidence, dpop) ->
              registered.isEmpty()
                  ? Uni.createFrom().item(refused(OAuthError.INVALID_CLIENT, "unknown client"))
                  : objection
                      .apply(registered.get().credentials())
                      .map(
                          found ->
                              found
                                  .map(because -> refused(OAuthError.INVALID_CLIENT, because))
                                  .orElseGet(() -> accept(evidence, dpop, List.of()))));
    }

    Uni<Authentication> byAttestation() {
      return attested(
          (evidence, dpop) ->
              Uni.createFrom()
                  .item(
                      evidence.filter(this::isOwnMethod).isPresent()
                          ? accept(evidence, dpop, List.of())
                          : refused(
                              OAuthError.INVALID_CLIENT,
                              "unknown client, or the attestation is not its method")));
    }

    private boolean isOwnMethod(AttestationEvidence evidence) {
      AuthMethod method =
          switch (evidence.proof()) {
            case ATTESTATION_POP_JWT -> AuthMethod.ATTEST_JWT_CLIENT_AUTH;
            case DPOP_COMBINED -> AuthMethod.ATTEST_JWT_CLIENT_AUTH_DPOP;
            case WIT_SVID -> AuthMethod.SPIFFE_WIT;
          };
      return registered.map(known -> known.credentials().methods().contains(method)).orElse(false);
    }

    Uni<Authentication> byAssertion(CompactJwt assertion) {
      return attested(
          (evidence, dpop) -> {
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
                                ? accept(evidence, dpop, List.of(mark(assertion)))
                                : refused(
                                    OAuthError.INVALID_CLIENT,
                                    "no registered key or live secret signed the assertion"));
          });
    }

    /// Precondition: no objection, so the client is registered.
    private Uni<Boolean> isSigned(CompactJwt assertion) {
      return assertion.isBySecret()
          ? secrets.signedByOneOf(claimed.liveSecrets(AuthMethod.CLIENT_SECRET_JWT, now), assertion)
          : keys.of(
                  registered.orElseThrow().credentials(),
                  realm,
                  key -> ClientAssertion.isCandidate(assertion, key))
              .map(candidates -> candidates.stream().anyMatch(assertion::isSignedBy));
    }

    private ReplayMark mark(CompactJwt assertion) {
      return ClientAssertion.mark(assertion, realm.name().value(), client.value());
    }

    private Uni<Authentication> attested(
        BiFunction<Optional<AttestationEvidence>, Optional<DpopEvidence>, Uni<Authentication>>
            next) {
      Optional<String> misplaced = claimed.misplaced(at.facts());
      if (misplaced.isPresent()) {
        return Uni.createFrom().item(refused(OAuthError.INVALID_CLIENT, misplaced.get()));
      }
      return dpop()
          .chain(
              dpop ->
                  switch (dpop) {
                    case DpopResult.Refused(OAuthError error, String because) ->
                        Uni.createFrom().item(refused(error, "dpop: " + because));
                    case DpopResult.Absent _ -> attested(Optional.empty(), next);
                    case DpopResult.Accepted(DpopEvidence proof) ->
                        attested(Optional.of(proof), next);
                  });
    }

    /// A proof is looked at where tokens are bound, and where it has to serve as the PoP.
    private Uni<DpopResult> dpop() {
      boolean combined =
          headers.contains(AttestationGate.ATTESTATION) && !headers.contains(AttestationGate.POP);
      return endpoint.bindsTokens() || combined
          ? dpopGate.verify(at, endpoint.path(), headers)
          : Uni.createFrom().item(new DpopResult.Absent());
    }

    private Uni<Authentication> attested(
        Optional<DpopEvidence> proof,
        BiFunction<Optional<AttestationEvidence>, Optional<DpopEvidence>, Uni<Authentication>>
            next) {
      return gate.verify(at, client, claimed.attesters(), headers, proof)
          .chain(
              result ->
                  switch (result) {
                    case AttestationResult.Refused(OAuthError error, String because) ->
                        Uni.createFrom().item(refused(error, because));
                    case AttestationResult.Absent _ ->
                        endpoint.demandsAttestation() && claimed.isAttested()
                            ? Uni.createFrom()
                                .item(
                                    refused(
                                        OAuthError.INVALID_CLIENT, "the attestation is missing"))
                            : next.apply(Optional.empty(), proof);
                    case AttestationResult.Accepted(AttestationEvidence evidence) ->
                        next.apply(Optional.of(evidence), proof);
                  });
    }

    /// Precondition: the credentials are proved, so the client is registered.
    private Authentication accept(
        Optional<AttestationEvidence> evidence,
        Optional<DpopEvidence> dpop,
        List<ReplayMark> credentialMarks) {
      Registered known = registered.orElseThrow();
      if (known.state().standing() == Standing.PENDING) {
        return refused(OAuthError.UNAUTHORIZED_CLIENT, "the client waits for approval");
      }
      if (known.state().standing() != Standing.ACTIVE) {
        return refused(OAuthError.INVALID_CLIENT, "the client is not active");
      }
      // In combined mode one proof is both: a set.
      Set<ReplayMark> marks = new LinkedHashSet<>(credentialMarks);
      evidence.ifPresent(proof -> marks.add(proof.mark()));
      dpop.ifPresent(proof -> marks.add(proof.mark()));
      return new Authentication.Accepted(
          new Proven(known, evidence, dpop, claimed.boundTo(at.certificate()), List.copyOf(marks)));
    }

    private Authentication refused(OAuthError error, String because) {
      return new Authentication.Refused(error, because, Optional.of(client), byHeader);
    }
  }
}
