package dev.mayfly.attestation;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.http.Answers;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Instances;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Registration.Instance;
import dev.mayfly.ledger.Registration.Joining;
import dev.mayfly.network.Objection;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.SecretHasher;
import io.netty.util.NetUtil;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// Joins and renews instances. The order: address, proof of the instance key, then the
/// evidence, in one transaction with its audit row; the attestation is signed after that has
/// been committed.
@ApplicationScoped
public class AttestService {
  private final Challenges challenges;
  private final Instances instances;
  private final Ledger ledger;
  private final SecretHasher hasher;

  @Inject
  AttestService(Challenges challenges, Instances instances, Ledger ledger, SecretHasher hasher) {
    this.challenges = challenges;
    this.instances = instances;
    this.ledger = ledger;
    this.hasher = hasher;
  }

  /// `joinSecret` empty: a renewal by the instance key.
  Uni<Response> attest(
      Arrival.At at, ClientId client, Optional<String> joinSecret, List<String> proofs) {
    Optional<ClientConfig> config = at.realm().config().client(client);
    Optional<Objection> objection =
        config.flatMap(
            known ->
                at.realm()
                    .config()
                    .networkPolicy(known)
                    .objection(at.facts().address(), at.facts().location(), at.facts().received()));
    if (objection.isPresent()) {
      return refuse(at, client, OAuthError.INVALID_CLIENT, objection.get().code());
    }
    return challenges
        .keys(at.facts().received())
        .chain(
            keys ->
                switch (DpopProof.verify(
                    proofs,
                    at.realm().issuer() + "/attest",
                    at.realm(),
                    keys,
                    at.facts().received())) {
                  case DpopProof.Result.Refused refused ->
                      refuse(at, client, refused.error(), refused.because());
                  case DpopProof.Result.Accepted(DpopProof proof) ->
                      attest(at, client, config, joinSecret, proof);
                });
  }

  private Uni<Response> attest(
      Arrival.At at,
      ClientId client,
      Optional<ClientConfig> config,
      Optional<String> joinSecret,
      DpopProof proof) {
    Optional<Attester.Builtin> attester =
        config.flatMap(known -> OwnAttester.of(at.realm(), known));
    if (attester.isEmpty()) {
      return refuse(
          at, client, OAuthError.INVALID_CLIENT, "our own attester does not count for this client");
    }
    Uni<Joining> joining =
        joinSecret
            .map(secret -> join(at.facts(), client, secret, proof))
            .orElseGet(() -> renew(at.facts(), client, attester.get(), proof));
    return joining.chain(
        outcome ->
            switch (outcome) {
              // The audit rows of both are written already.
              case Joining.Replayed _ -> answer(at, OAuthError.INVALID_DPOP_PROOF);
              case Joining.Refused _ -> answer(at, OAuthError.INVALID_CLIENT);
              case Joining.Joined _ -> issue(at, client, attester.get(), proof);
            });
  }

  private Uni<Joining> join(RequestFacts facts, ClientId client, String secret, DpopProof proof) {
    return hasher
        .joinDigests(facts.realm(), client, secret)
        .chain(
            digests ->
                instances.join(
                    context(facts, client),
                    facts.realm(),
                    client,
                    digests,
                    PublicKeys.thumbprint(proof.key()),
                    proof.mark()));
  }

  private Uni<Joining> renew(
      RequestFacts facts, ClientId client, Attester.Builtin attester, DpopProof proof) {
    return instances.renew(
        context(facts, client),
        facts.realm(),
        client,
        PublicKeys.thumbprint(proof.key()),
        proof.mark(),
        instance -> isAtItsPlace(instance, attester, facts.address()));
  }

  private static boolean isAtItsPlace(
      Instance instance, Attester.Builtin attester, InetAddress address) {
    InetAddress joinedFrom = NetUtil.createInetAddressFromIpAddressString(instance.address());
    return instance.attester().equals(attester.name())
        && attester
            .joinSecret()
            .addressPin()
            .around(joinedFrom)
            .map(network -> network.contains(address))
            .orElse(true);
  }

  private static Uni<Response> issue(
      Arrival.At at, ClientId client, Attester.Builtin attester, DpopProof proof) {
    return ClientAttestations.issue(
            at.realm(),
            client,
            proof.key(),
            "join_secret",
            at.facts().received(),
            attester.attestationLifetime())
        .map(
            attestation ->
                Answers.ok(
                    Answers.JSON
                        .createObjectNode()
                        .put("client_attestation", attestation)
                        .put("expires_in", attester.attestationLifetime().toSeconds())));
  }

  private static AuditContext context(RequestFacts facts, ClientId client) {
    return facts.context(Optional.of(client));
  }

  private Uni<Response> refuse(Arrival.At at, ClientId client, OAuthError error, String because) {
    AuditEvent event =
        new AuditEvent.AttestationRefused(context(at.facts(), client), error, because);
    return ledger.record(new Entry.Note(event, List.of())).chain(() -> answer(at, error));
  }

  /// One text for all: an unknown client looks like wrong evidence.
  private Uni<Response> answer(Arrival.At at, OAuthError error) {
    Response.ResponseBuilder answer = Answers.error(error, "the evidence was not accepted");
    return error != OAuthError.USE_DPOP_NONCE
        ? Uni.createFrom().item(answer.build())
        : challenges
            .issue(at.realm().name())
            .map(nonce -> answer.header("DPoP-Nonce", nonce).build());
  }
}
