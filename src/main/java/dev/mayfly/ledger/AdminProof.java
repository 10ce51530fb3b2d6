package dev.mayfly.ledger;

import java.util.List;
import java.util.UUID;

/// What an admin showed, verified as far as that goes without the tables; spent in the
/// transaction that believes it.
public sealed interface AdminProof {
  String MACHINE_KEY = "machine_key";
  String MACHINE_CERTIFICATE = "machine_certificate";

  /// As audit rows and sessions say it.
  String method();

  /// `challenge`: the trace of the answered challenge. `signCount`: of the authenticator; the one
  /// in the table must be smaller, or both nought.
  record ByPasskey(ReplayMark challenge, String credentialId, long signCount)
      implements AdminProof {
    @Override
    public String method() {
      return "passkey";
    }
  }

  /// `step`: the time step of the code; it counts once, and those before it never again.
  record ByTotp(long step) implements AdminProof {
    @Override
    public String method() {
      return "totp";
    }
  }

  /// `login`: the terminal that an admin has confirmed; `digest`: as it is kept of the secret that
  /// the terminal has shown.
  record ByTerminal(UUID login, String digest) implements AdminProof {
    @Override
    public String method() {
      return "terminal";
    }
  }

  /// `assertion`: the trace of a signed assertion of a machine.
  record ByMachineKey(ReplayMark assertion) implements AdminProof {
    @Override
    public String method() {
      return MACHINE_KEY;
    }
  }

  /// TLS has proved, on this very connection, that the machine holds its key.
  record ByMachineCertificate() implements AdminProof {
    @Override
    public String method() {
      return MACHINE_CERTIFICATE;
    }
  }

  /// `digests`: what may stand in the table for the code, one for each MAC key.
  record ByRecoveryCode(List<String> digests) implements AdminProof {
    public ByRecoveryCode {
      digests = List.copyOf(digests);
    }

    @Override
    public String method() {
      return "recovery_code";
    }
  }
}
