package dev.mayfly.evidence;

/// A structure that is not what it claims to be. The message says which one and why, in words
/// of ours only, for the audit trail.
final class MalformedEvidence extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedEvidence(String because) {
    super(because);
  }
}
