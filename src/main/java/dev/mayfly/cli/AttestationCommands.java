package dev.mayfly.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `./mayfly admin attestation`: the end of one attestation.
@Command(
    name = "attestation",
    header = "Revokes an attestation.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin attestation revoke 0f8f5a52-6c1e-4a71-8a5e-3c1f0d6f9b11 \\",
      "      --realm nevocoin --reason 'a copy was found'"
    })
final class AttestationCommands {
  private final Invocation invocation;

  AttestationCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(name = "revoke", header = "Ends an attestation and the grants of its instance.")
  int revoke(
      @Parameters(paramLabel = "JTI", description = "Its jti; the audit trail has it.") String jti,
      @Mixin ActOptions options) {
    return Ends.post(
        invocation,
        options,
        "/admin/api/realms/" + options.realm + "/attestations/" + Ends.segment(jti) + "/revoke",
        options.body(),
        "attestation " + jti + " is revoked");
  }
}
