package dev.mayfly.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.http.Answers;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Grant;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.network.Network;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.Jti;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// The last step: what is recorded is signed, and becomes a token response.
@Singleton
class Issuance {
  private final Ledger ledger;
  private final IssuedTokens issued;

  @Inject
  Issuance(Ledger ledger, IssuedTokens issued) {
    this.ledger = ledger;
    this.issued = issued;
  }

  /// Of a token on `grant`, for whoever proved what this request shows.
  static AccessTokenClaims claims(
      Entered.In in, ClientConfig client, Grant grant, Access access, Jti jti) {
    RequestFacts facts = in.at().facts();
    RealmConfig realm = in.at().realm().config();
    NetworkPolicy limits = realm.networkPolicy(client);
    Instant now = facts.received().truncatedTo(ChronoUnit.SECONDS);
    return new AccessTokenClaims(
        in.at().realm().issuer(),
        grant.client(),
        access,
        jti,
        now,
        Lifetimes.accessEnd(realm, access.scope(), now, grant.endsAt()),
        grant.id(),
        grant.attestation().kind(),
        grant.attestation().level(),
        in.client().dpop().isPresent() ? TokenType.DPOP : TokenType.BEARER,
        boundTo(in, grant),
        facts.address().getHostAddress(),
        facts.country(),
        limits.networks().map(Issuance::texts).orElse(List.of()),
        limits.countries().map(List::copyOf).orElse(List.of()),
        Optional.empty());
  }

  /// The key of this request's DPoP proof; without one the instance key, which a checker may
  /// then insist on.
  private static Optional<Confirmation> boundTo(Entered.In in, Grant grant) {
    Optional<Confirmation> shown = in.client().confirmation();
    return Confirmation.of(
        shown.flatMap(Confirmation::jkt).or(grant::instance), shown.flatMap(Confirmation::x5tS256));
  }

  private static List<String> texts(Collection<Network> networks) {
    return networks.stream().map(Network::toString).toList();
  }

  /// Only for what the ledger has recorded. RFC 6749 §5.1: the members of every token response.
  Uni<ObjectNode> sign(Entered.In in, AccessTokenClaims claims) {
    return issued
        .sign(in.at().realm(), claims.toJson())
        .map(token -> response(token, claims))
        .onFailure()
        .call(failure -> noteUnsigned(in, claims, failure));
  }

  /// `Bearer` without a DPoP proof, also where the instance key was proved.
  private static ObjectNode response(String token, AccessTokenClaims claims) {
    ObjectNode body = Answers.JSON.createObjectNode();
    body.put("access_token", token).put("token_type", claims.type().word());
    body.put("expires_in", Duration.between(claims.issuedAt(), claims.expiresAt()).toSeconds());
    body.put("scope", claims.access().scope().toString());
    if (!claims.access().details().isEmpty()) {
      // RFC 9396 §7: as granted, which is not always as asked for.
      body.set(
          "authorization_details", Answers.JSON.valueToTree(claims.access().details().members()));
    }
    return body;
  }

  /// The trail says that the recorded token was never made. If that cannot be written either,
  /// the caller still gets no token.
  Uni<Void> noteUnsigned(Entered.In in, AccessTokenClaims claims, Throwable failure) {
    AuditEvent event =
        new AuditEvent.TokenSigningFailed(
            Shown.context(in), claims.grant(), claims.jti(), String.valueOf(failure.getMessage()));
    return ledger
        .record(new Entry.Note(event, List.of()))
        .replaceWithVoid()
        .onFailure()
        .recoverWithNull();
  }
}
