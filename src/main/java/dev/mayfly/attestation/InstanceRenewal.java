package dev.mayfly.attestation;

import dev.mayfly.ledger.Registration.Attested;
import dev.mayfly.ledger.Registration.Instance;
import dev.mayfly.ledger.Registration.Renewal;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.EvidenceRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/// Whether an instance may renew its attestation by its key alone: only by the rule by which it
/// was attested, as that rule is now, and only as long as the evidence may be relied on.
final class InstanceRenewal {
  private InstanceRenewal() {}

  static Renewal decide(
      Instance instance,
      Attester.Builtin attester,
      ClientId client,
      InetAddress address,
      Instant now) {
    Attested attested = instance.attested();
    if (!attested.attester().equals(attester.name())) {
      return new Renewal.Refused("the instance was attested by " + attested.attester());
    }
    if (!isAtItsPlace(instance, attester, address)) {
      return new Renewal.Refused("the instance has moved from " + instance.address());
    }
    if (attested.rule().equals(Attester.JoinSecret.NAME)) {
      return new Renewal.Granted(
          ClientAttestations.prepare(
              attester, ClientAttestations.byJoinSecret(attester), now, Optional.empty()));
    }
    Optional<EvidenceRule> rule =
        attester.rule(attested.rule()).filter(known -> known.worth().countsFor(client));
    if (rule.isEmpty()) {
      return new Renewal.Refused(attested.rule() + ": the rule is no more");
    }
    if (!rule.get().worth().renewable()) {
      return new Renewal.Refused(attested.rule() + ": it needs fresh evidence");
    }
    Instant end = instance.evidenceAt().plus(rule.get().worth().maxAge());
    if (!now.isBefore(end)) {
      return new Renewal.Refused(attested.rule() + ": the evidence is older than max_age");
    }
    return new Renewal.Granted(
        ClientAttestations.prepare(
            attester,
            ClientAttestations.byRule(attester, rule.get(), attested.subject()),
            now,
            Optional.of(end)));
  }

  private static boolean isAtItsPlace(
      Instance instance, Attester.Builtin attester, InetAddress address) {
    InetAddress joinedFrom = NetUtil.createInetAddressFromIpAddressString(instance.address());
    return attester
        .joinSecret()
        .addressPin()
        .around(joinedFrom)
        .map(network -> network.contains(address))
        .orElse(true);
  }
}
