package dev.mayfly.attestation;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.evidence.Appraisal;
import dev.mayfly.evidence.Circumstances;
import dev.mayfly.evidence.GithubActionsToken;
import dev.mayfly.evidence.KubernetesToken;
import dev.mayfly.evidence.NitroAttestation;
import dev.mayfly.evidence.OidcToken;
import dev.mayfly.evidence.OwnChallenges;
import dev.mayfly.evidence.PlatformEvidence;
import dev.mayfly.evidence.SpiffeJwt;
import dev.mayfly.evidence.SpiffeWit;
import dev.mayfly.evidence.SpiffeX509;
import dev.mayfly.evidence.TpmActivation;
import dev.mayfly.fetch.KeySets;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.AwsNitroRule;
import dev.mayfly.realm.EvidenceRule;
import dev.mayfly.realm.GithubActionsRule;
import dev.mayfly.realm.KubernetesRule;
import dev.mayfly.realm.OidcRule;
import dev.mayfly.realm.SpiffeRule;
import dev.mayfly.realm.TpmRule;
import dev.mayfly.spiffe.Trust;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Appraises evidence by the attester's rules of its kind, in their order: the first that accepts
/// it decides. What a rule needs from elsewhere is fetched here; the decision itself is pure.
@ApplicationScoped
class Appraisers {
  private final KeySets keys;
  private final TokenReviews reviews;

  @Inject
  Appraisers(KeySets keys, TokenReviews reviews) {
    this.keys = keys;
    this.reviews = reviews;
  }

  /// What rules may need of the broker itself.
  ///
  /// @param trust the trust domains that the realm believes
  record Own(OwnChallenges challenges, Trust trust) {}

  /// `revoked`: rules that are not asked.
  Uni<Appraisal> appraise(
      PlatformEvidence evidence,
      Attester.Builtin attester,
      Circumstances in,
      Own own,
      Predicate<EvidenceRule> revoked) {
    List<EvidenceRule> rules =
        attester.evidence().stream()
            .filter(rule -> rule.kind().equals(evidence.kind()))
            .filter(rule -> rule.worth().countsFor(in.client()))
            .filter(revoked.negate())
            .toList();
    return appraise(evidence, rules, in, own, new ArrayList<>());
  }

  private Uni<Appraisal> appraise(
      PlatformEvidence evidence,
      List<EvidenceRule> rules,
      Circumstances in,
      Own own,
      List<String> refused) {
    if (refused.size() == rules.size()) {
      return Uni.createFrom().item(refusal(evidence, rules, refused));
    }
    return byRule(evidence, rules.get(refused.size()), in, own)
        .chain(
            appraisal ->
                switch (appraisal) {
                  case Appraisal.Accepted _ -> Uni.createFrom().item(appraisal);
                  case Appraisal.Refused(_, String because) -> {
                    refused.add(because);
                    yield appraise(evidence, rules, in, own, refused);
                  }
                });
  }

  /// Names every rule that was tried, with what it objected to.
  private static Appraisal refusal(
      PlatformEvidence evidence, List<EvidenceRule> rules, List<String> refused) {
    if (rules.isEmpty()) {
      return new Appraisal.Refused(
          evidence.kind(), "no rule of this kind counts for the client, or it was revoked");
    }
    StringBuilder others = new StringBuilder(refused.getFirst());
    for (int i = 1; i < rules.size(); i++) {
      others.append("; ").append(rules.get(i).name()).append(": ").append(refused.get(i));
    }
    return new Appraisal.Refused(rules.getFirst().name(), others.toString());
  }

  /// Precondition: the rule is of the evidence's kind.
  private Uni<Appraisal> byRule(
      PlatformEvidence evidence, EvidenceRule rule, Circumstances in, Own own) {
    return switch (evidence) {
      case KubernetesToken token when rule instanceof KubernetesRule kubernetes ->
          kubernetes(token, kubernetes, in);
      case GithubActionsToken token when rule instanceof GithubActionsRule github ->
          keys.of(github.keys(), token.keyId()).map(known -> token.appraise(github, known, in));
      case OidcToken token when rule instanceof OidcRule oidc ->
          keys.of(oidc.keys(), token.keyId()).map(known -> token.appraise(oidc, known, in));
      case TpmActivation activation when rule instanceof TpmRule tpm ->
          Uni.createFrom().item(activation.appraise(tpm, in, own.challenges()));
      case NitroAttestation document when rule instanceof AwsNitroRule nitro ->
          Uni.createFrom().item(document.appraise(nitro, in, own.challenges()));
      case SpiffeJwt svid when rule instanceof SpiffeRule spiffe ->
          Uni.createFrom().item(svid.appraise(spiffe, own.trust(), in));
      case SpiffeX509 svid when rule instanceof SpiffeRule spiffe ->
          Uni.createFrom().item(svid.appraise(spiffe, own.trust(), in, own.challenges()));
      case SpiffeWit svid when rule instanceof SpiffeRule spiffe ->
          Uni.createFrom().item(svid.appraise(spiffe, own.trust(), in));
      case KubernetesToken _,
          GithubActionsToken _,
          OidcToken _,
          TpmActivation _,
          NitroAttestation _,
          SpiffeJwt _,
          SpiffeX509 _,
          SpiffeWit _ ->
          anotherKind(rule);
    };
  }

  /// The cluster is asked last, and only about what could be accepted.
  private Uni<Appraisal> kubernetes(KubernetesToken token, KubernetesRule rule, Circumstances in) {
    Uni<List<JWK>> known =
        rule.keys()
            .map(source -> keys.of(source, token.keyId()))
            .orElseGet(() -> Uni.createFrom().item(List.of()));
    return known.chain(
        all ->
            rule.review().isEmpty() || !token.isWorthAsking(rule, all, in)
                ? Uni.createFrom().item(token.appraise(rule, all, Optional.empty(), in))
                : reviews
                    .review(rule.review().get(), token.token(), rule.audience().orElse(in.issuer()))
                    .map(answer -> token.appraise(rule, all, Optional.of(answer), in)));
  }

  private static Uni<Appraisal> anotherKind(EvidenceRule rule) {
    return Uni.createFrom()
        .item(new Appraisal.Refused(rule.name(), "the rule is of another kind of evidence"));
  }
}
