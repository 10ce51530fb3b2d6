package dev.mayfly.evidence;

import dev.mayfly.realm.EvidenceRule;
import java.time.Instant;
import java.util.Optional;

/// What evidence amounts to under one rule.
public sealed interface Appraisal {
  /// `subject`: who the platform says it is, for people and the audit trail; at most 300
  /// characters. `singleUse`: present where the evidence enrols one instance key only.
  record Accepted(EvidenceRule rule, String subject, Optional<SingleUse> singleUse)
      implements Appraisal {
    private static final int LONGEST_SUBJECT = 300;

    public Accepted {
      subject =
          subject.length() > LONGEST_SUBJECT ? subject.substring(0, LONGEST_SUBJECT) : subject;
    }
  }

  /// `rule` is the name of the rule that failed; `because` is for the audit trail, never for the
  /// wire.
  record Refused(String rule, String because) implements Appraisal {}

  /// What makes one piece of evidence the same as another (`id`, unique within `issuer`), and
  /// until when it could be presented again.
  record SingleUse(String issuer, String id, Instant until) {}
}
