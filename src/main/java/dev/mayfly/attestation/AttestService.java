package dev.mayfly.attestation;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.evidence.Appraisal;
import dev.mayfly.evidence.Circumstances;
import dev.mayfly.evidence.Evidence;
import dev.mayfly.evidence.InstanceKey;
import dev.mayfly.evidence.JoinSecret;
import dev.mayfly.evidence.OwnChallenges;
import dev.mayfly.evidence.PlatformEvidence;
import dev.mayfly.evidence.TpmIdentity;
import dev.mayfly.http.Answers;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Instances;
import dev.mayfly.ledger.Instances.Applicant;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Registration.Joining;
import dev.mayfly.ledger.Registration.NewAttestation;
import dev.mayfly.ledger.Registration.Renewal;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.limits.Door;
import dev.mayfly.limits.Quotas;
import dev.mayfly.limits.Standing;
import dev.mayfly.network.Objection;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.EvidenceRule;
import dev.mayfly.realm.TpmRule;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.SecretHasher;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Attests instances. The order: address, proof of the instance key, then the
/// evidence, in one transaction with its audit row; the attestation is signed after that has
/// been committed.
@ApplicationScoped
public class AttestService {
  private final Challenges challenges;
  private final Instances instances;
  private final Ledger ledger;
  private final SecretHasher hasher;
  private final Appraisers appraisers;
  private final Quotas quotas;

  @Inject
  AttestService(
      Challenges challenges,
      Instances instances,
      Ledger ledger,
      SecretHasher hasher,
      Appraisers appraisers,
      Quotas quotas) {
    this.challenges = challenges;
    this.instances = instances;
    this.ledger = ledger;
    this.hasher = hasher;
    this.appraisers = appraisers;
    this.quotas = quotas;
  }

  Uni<Response> attest(Arrival.At at, ClientId client, Evidence evidence, List<String> proofs) {
    Optional<ClientConfig> config = at.realm().client(client);
    Optional<Standing> tooMany = tooMany(at, client, config);
    if (tooMany.isPresent()) {
      return Uni.createFrom().item(tooMany.get().refusal());
    }
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
                    HttpTarget.post(at.realm().issuer() + "/attest"),
                    at.realm(),
                    keys,
                    at.facts().received())) {
                  case DpopProof.Result.Refused refused ->
                      refuse(at, client, refused.error(), refused.because());
                  case DpopProof.Result.Accepted(DpopProof proof) ->
                      attest(at, client, config, evidence, proof, keys);
                });
  }

  /// Before anything that costs. A client's quota is only looked at: nobody takes from it who has
  /// not shown evidence.
  private Optional<Standing> tooMany(
      Arrival.At at, ClientId claimed, Optional<ClientConfig> config) {
    return quotas
        .slowed(Door.ATTEST, at.facts(), at.realm().config(), Optional.of(claimed))
        .or(
            () ->
                config.flatMap(
                    client ->
                        quotas.exhausted(Door.ATTEST, at.facts(), at.realm().config(), client)));
  }

  private Uni<Response> attest(
      Arrival.At at,
      ClientId client,
      Optional<ClientConfig> config,
      Evidence evidence,
      DpopProof proof,
      ChallengeKeys keys) {
    Optional<Attester.Builtin> attester =
        config.flatMap(known -> OwnAttester.of(at.realm(), known));
    if (attester.isEmpty()) {
      return refuse(
          at, client, OAuthError.INVALID_CLIENT, "our own attester does not count for this client");
    }
    if (evidence instanceof JoinSecret
        && at.realm().isRevoked(attester.get().name(), Attester.JoinSecret.NAME)) {
      return refuse(at, client, OAuthError.INVALID_CLIENT, "join_secret: the rule was revoked");
    }
    Applicant who =
        new Applicant(
            context(at.facts(), client),
            at.facts().realm(),
            client,
            PublicKeys.thumbprint(proof.key()),
            proof.mark());
    OwnChallenges own = keys.of(at.realm().name(), at.facts().received());
    return switch (evidence) {
      case JoinSecret(String secret) -> answer(at, who, join(who, attester.get(), secret), proof);
      case InstanceKey _ -> answer(at, who, renew(at, who, attester.get()), proof);
      case PlatformEvidence platform ->
          answer(at, who, enrol(at, who, attester.get(), platform, own), proof);
      case TpmIdentity tpm ->
          invite(
              at, who, attester.get(), tpm, keys.issue(at.realm().name(), who.context().at()), own);
    };
  }

  /// The first of two steps: nothing is attested yet.
  private Uni<Response> invite(
      Arrival.At at,
      Applicant who,
      Attester.Builtin attester,
      TpmIdentity tpm,
      String challenge,
      OwnChallenges own) {
    List<TpmRule> rules =
        attester.evidence().stream()
            .filter(rule -> rule.worth().countsFor(who.client()))
            .filter(rule -> !isRevoked(at, attester, rule))
            .filter(TpmRule.class::isInstance)
            .map(TpmRule.class::cast)
            .toList();
    return switch (tpm.invite(rules, challenge, circumstances(at, who), own)) {
      case TpmIdentity.Invitation.Refused(String because) ->
          refuse(at, who.client(), OAuthError.INVALID_CLIENT, because);
      case TpmIdentity.Invitation.Invited invited ->
          ledger
              .claim(who.context(), List.of(who.proof()))
              .chain(
                  fresh ->
                      fresh
                          ? Uni.createFrom().item(TpmInvitation.answer(challenge, invited))
                          : answer(at, who.client(), OAuthError.INVALID_DPOP_PROOF));
    };
  }

  private Uni<Response> answer(
      Arrival.At at, Applicant who, Uni<Joining> joining, DpopProof proof) {
    return joining.chain(
        outcome ->
            switch (outcome) {
              // The audit rows of both are written already.
              case Joining.Replayed _ -> answer(at, who.client(), OAuthError.INVALID_DPOP_PROOF);
              case Joining.Refused _ -> answer(at, who.client(), OAuthError.INVALID_CLIENT);
              case Joining.Joined(_, NewAttestation attestation) -> {
                count(at, who.client());
                yield issue(at, who.client(), attestation, proof);
              }
            });
  }

  /// What is attested is attested; of those that come after it the first too many waits.
  private void count(Arrival.At at, ClientId client) {
    var _ =
        at.realm()
            .client(client)
            .flatMap(config -> quotas.take(Door.ATTEST, at.facts(), at.realm().config(), config));
  }

  private Uni<Joining> join(Applicant who, Attester.Builtin attester, String secret) {
    NewAttestation attestation =
        ClientAttestations.prepare(
            attester,
            ClientAttestations.byJoinSecret(attester),
            who.context().at(),
            Optional.empty());
    return hasher
        .joinDigests(who.realm(), who.client(), secret)
        .chain(digests -> instances.join(who, digests, attestation));
  }

  private Uni<Joining> renew(Arrival.At at, Applicant who, Attester.Builtin attester) {
    return instances.renew(
        who,
        instance ->
            at.realm().isRevoked(attester.name(), instance.attested().rule())
                ? new Renewal.Refused(instance.attested().rule() + ": the rule was revoked")
                : InstanceRenewal.decide(
                    instance, attester, who.client(), at.facts().address(), who.context().at()));
  }

  private Uni<Joining> enrol(
      Arrival.At at,
      Applicant who,
      Attester.Builtin attester,
      PlatformEvidence evidence,
      OwnChallenges own) {
    return appraisers
        .appraise(
            evidence,
            attester,
            circumstances(at, who),
            new Appraisers.Own(own, at.realm().trust()),
            rule -> isRevoked(at, attester, rule))
        .chain(
            appraisal ->
                switch (appraisal) {
                  case Appraisal.Refused(String rule, String because) ->
                      note(at, who.client(), OAuthError.INVALID_CLIENT, rule + ": " + because)
                          .replaceWith(new Joining.Refused(because));
                  case Appraisal.Accepted accepted -> enrol(who, attester, accepted);
                });
  }

  private static boolean isRevoked(Arrival.At at, Attester.Builtin attester, EvidenceRule rule) {
    return at.realm().isRevoked(attester.name(), rule.name());
  }

  private Uni<Joining> enrol(
      Applicant who, Attester.Builtin attester, Appraisal.Accepted accepted) {
    EvidenceRule rule = accepted.rule();
    Instant now = who.context().at();
    NewAttestation attestation =
        ClientAttestations.prepare(
            attester,
            ClientAttestations.byRule(attester, rule, accepted.subject()),
            now,
            Optional.of(now.plus(rule.worth().maxAge())));
    Optional<ReplayMark> single =
        accepted
            .singleUse()
            .map(
                use ->
                    ReplayMark.of(
                        "evidence", who.realm().value(), use.issuer(), use.id(), use.until()));
    return instances.enrol(who, single, attestation);
  }

  private static Uni<Response> issue(
      Arrival.At at, ClientId client, NewAttestation attestation, DpopProof proof) {
    Instant now = at.facts().received();
    return ClientAttestations.sign(at.realm(), client, proof.key(), attestation, now)
        .map(
            text ->
                Answers.ok(
                    Answers.JSON
                        .createObjectNode()
                        .put("client_attestation", text)
                        .put(
                            "expires_in",
                            Duration.between(now, attestation.expiresAt()).toSeconds())));
  }

  private static Circumstances circumstances(Arrival.At at, Applicant who) {
    return new Circumstances(at.realm().issuer(), who.client(), who.jkt(), who.context().at());
  }

  private static AuditContext context(RequestFacts facts, ClientId client) {
    return facts.context(Optional.of(client));
  }

  private Uni<Response> refuse(Arrival.At at, ClientId client, OAuthError error, String because) {
    return note(at, client, error, because).chain(() -> answer(at, client, error));
  }

  private Uni<Void> note(Arrival.At at, ClientId client, OAuthError error, String because) {
    AuditEvent event =
        new AuditEvent.AttestationRefused(context(at.facts(), client), error, because);
    return ledger.record(new Entry.Note(event, List.of())).replaceWithVoid();
  }

  /// One text for all: an unknown client looks like wrong evidence.
  private Uni<Response> answer(Arrival.At at, ClientId claimed, OAuthError error) {
    if (error != OAuthError.USE_DPOP_NONCE) {
      quotas.failed(Door.ATTEST, at.facts(), at.realm().config(), Optional.of(claimed));
    }
    Response.ResponseBuilder answer = Answers.error(error, "the evidence was not accepted");
    return error != OAuthError.USE_DPOP_NONCE
        ? Uni.createFrom().item(answer.build())
        : challenges
            .issue(at.realm().name())
            .map(nonce -> answer.header("DPoP-Nonce", nonce).build());
  }
}
