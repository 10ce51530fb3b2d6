package dev.mayfly.client;

import dev.mayfly.attestation.Challenges;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.http.Answers;
import dev.mayfly.http.Form;
import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.limits.Door;
import dev.mayfly.limits.Quotas;
import dev.mayfly.limits.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.registry.Arrivals;
import dev.mayfly.registry.Arrivals.Arrival;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;

/// The way in to every endpoint that clients authenticate at: arrival, form, authentication.
/// Every refusal is in the audit trail before it is answered.
@Singleton
public class ClientDoor {
  private final Arrivals arrivals;
  private final ClientAuthenticator authenticator;
  private final Challenges challenges;
  private final Ledger ledger;
  private final Quotas quotas;

  @Inject
  ClientDoor(
      Arrivals arrivals,
      ClientAuthenticator authenticator,
      Challenges challenges,
      Ledger ledger,
      Quotas quotas) {
    this.arrivals = arrivals;
    this.authenticator = authenticator;
    this.challenges = challenges;
    this.ledger = ledger;
    this.quotas = quotas;
  }

  public sealed interface Entered {
    /// `byHeader`: the client authenticated by the Authorization header.
    record In(Arrival.At at, Form form, AuthenticatedClient client, boolean byHeader)
        implements Entered {}

    record Out(Response answer) implements Entered {}
  }

  public Uni<Entered> enter(
      RoutingContext http, String realm, byte[] body, ClientEndpoint endpoint) {
    return switch (arrivals.of(http, realm)) {
      case Arrival.TurnedAway(Response answer) -> Uni.createFrom().item(new Entered.Out(answer));
      case Arrival.At at
          when at.certificate() instanceof PresentedCertificate.Unacceptable(String because) ->
          malformed(at, because);
      case Arrival.At at ->
          switch (Form.parse(
              Optional.ofNullable(http.request().getHeader(HttpHeaders.CONTENT_TYPE)), body)) {
            case Form.Parsed.Malformed(String because) -> malformed(at, because);
            case Form.Parsed.Well(Form form) ->
                authenticate(at, form, http.request().headers(), endpoint);
          };
    };
  }

  private Uni<Entered> authenticate(
      Arrival.At at, Form form, MultiMap headers, ClientEndpoint endpoint) {
    PresentedCredentials presented =
        PresentedCredentials.parse(headers.getAll(HttpHeaders.AUTHORIZATION), form);
    Optional<ClientId> claimed = presented.claimed();
    Optional<Standing> slowed = slowed(at, claimed);
    return slowed.isPresent()
        ? Uni.createFrom().item(new Entered.Out(slowed.get().refusal()))
        : authenticator
            .authenticate(at, presented, headers, endpoint)
            .invoke(authentication -> count(at, claimed, authentication))
            .chain(
                authentication ->
                    enter(at, form, authentication, headers.contains(HttpHeaders.AUTHORIZATION)));
  }

  private Optional<Standing> slowed(Arrival.At at, Optional<ClientId> claimed) {
    return quotas.slowed(Door.TOKEN, at.facts(), at.realm().config(), claimed);
  }

  private void count(Arrival.At at, Optional<ClientId> claimed, Authentication authentication) {
    if (authentication instanceof Authentication.Refused refused && isFailure(refused.error())) {
      quotas.failed(Door.TOKEN, at.facts(), at.realm().config(), claimed);
    }
  }

  /// Whoever is only sent for a challenge has not failed.
  private static boolean isFailure(OAuthError error) {
    return switch (error) {
      case USE_ATTESTATION_CHALLENGE, USE_DPOP_NONCE, USE_FRESH_ATTESTATION -> false;
      case TEMPORARILY_UNAVAILABLE -> false;
      case INVALID_REQUEST,
          INVALID_CLIENT,
          INVALID_GRANT,
          UNAUTHORIZED_CLIENT,
          UNSUPPORTED_GRANT_TYPE,
          INVALID_SCOPE,
          INVALID_TARGET,
          INVALID_AUTHORIZATION_DETAILS,
          UNSUPPORTED_TOKEN_TYPE,
          INVALID_DPOP_PROOF,
          INVALID_CLIENT_ATTESTATION ->
          true;
    };
  }

  private Uni<Entered> enter(
      Arrival.At at, Form form, Authentication authentication, boolean byHeader) {
    return switch (authentication) {
      case Authentication.Accepted(AuthenticatedClient client) ->
          Uni.createFrom().item(new Entered.In(at, form, client, byHeader));
      case Authentication.Refused refused -> refuse(at, refused);
    };
  }

  private Uni<Entered> malformed(Arrival.At at, String because) {
    Optional<Standing> slowed = slowed(at, Optional.empty());
    if (slowed.isPresent()) {
      return Uni.createFrom().item(new Entered.Out(slowed.get().refusal()));
    }
    quotas.failed(Door.TOKEN, at.facts(), at.realm().config(), Optional.empty());
    return record(at, Optional.empty(), OAuthError.INVALID_REQUEST, because)
        .map(_ -> new Entered.Out(Answers.error(OAuthError.INVALID_REQUEST, because).build()));
  }

  private Uni<Entered> refuse(Arrival.At at, Authentication.Refused refused) {
    return record(at, refused.claimed(), refused.error(), refused.because())
        .chain(() -> answer(at, refused.error(), refused.because(), refused.byHeader()))
        .map(Entered.Out::new);
  }

  private Uni<Void> record(
      Arrival.At at, Optional<ClientId> claimed, OAuthError error, String because) {
    AuditEvent event =
        new AuditEvent.ClientAuthenticationFailed(at.facts().context(claimed), error, because);
    return ledger.record(new Entry.Note(event, List.of())).replaceWithVoid();
  }

  /// Also for refusals that only the ledger can know: a replayed proof, a client that is not
  /// active any more.
  public Uni<Response> answer(Arrival.At at, OAuthError error, String because, boolean byHeader) {
    Response.ResponseBuilder answer = Answers.error(error, description(error, because));
    if (error == OAuthError.INVALID_CLIENT && byHeader) {
      answer.header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"" + at.realm().name() + "\"");
    }
    Optional<String> header = header(error);
    return header.isEmpty()
        ? Uni.createFrom().item(answer.build())
        : challenges
            .issue(at.realm().name())
            .map(challenge -> answer.header(header.get(), challenge).build());
  }

  /// Which header brings the challenge with which the client has to try again.
  private static Optional<String> header(OAuthError error) {
    return switch (error) {
      case USE_ATTESTATION_CHALLENGE -> Optional.of("OAuth-Client-Attestation-Challenge");
      case USE_DPOP_NONCE, INVALID_DPOP_PROOF -> Optional.of("DPoP-Nonce");
      case INVALID_REQUEST,
          INVALID_CLIENT,
          INVALID_GRANT,
          UNAUTHORIZED_CLIENT,
          UNSUPPORTED_GRANT_TYPE,
          INVALID_SCOPE,
          INVALID_TARGET,
          INVALID_AUTHORIZATION_DETAILS,
          UNSUPPORTED_TOKEN_TYPE,
          TEMPORARILY_UNAVAILABLE,
          USE_FRESH_ATTESTATION,
          INVALID_CLIENT_ATTESTATION ->
          Optional.empty();
    };
  }

  /// Only a malformed request is told what is wrong with it.
  private static String description(OAuthError error, String because) {
    return switch (error) {
      case INVALID_REQUEST -> because;
      case INVALID_CLIENT -> "client authentication failed";
      case USE_ATTESTATION_CHALLENGE -> "send a PoP with the challenge of this answer";
      case INVALID_DPOP_PROOF -> "the DPoP proof is missing or was not accepted";
      case USE_DPOP_NONCE -> "send a DPoP proof with the nonce of this answer";
      case USE_FRESH_ATTESTATION -> "get a new client attestation";
      case INVALID_CLIENT_ATTESTATION -> "the client attestation was not accepted";
      // Only of a client that has proved who it is.
      case UNAUTHORIZED_CLIENT -> because;
      case INVALID_GRANT,
          UNSUPPORTED_GRANT_TYPE,
          INVALID_SCOPE,
          INVALID_TARGET,
          INVALID_AUTHORIZATION_DETAILS,
          UNSUPPORTED_TOKEN_TYPE,
          TEMPORARILY_UNAVAILABLE ->
          "the request was refused";
    };
  }
}
