package dev.mayfly.cli;

import java.util.Map;

/// By what an admin's requests are believed.
sealed interface AdminAuthority {
  /// Of the next request.
  Map<String, String> headers();

  /// Shows once more that it is the admin, where an act asks for that. False: there is no way.
  boolean confirm();

  /// The request was refused as nobody's. What to do about it.
  String remedy();

  private static Map<String, String> bearer(String token) {
    return Map.of("Authorization", "Bearer " + token);
  }

  /// The owner of the machine: each request signed with the home's admin credential.
  record HomeKey(EcPrivateJwk key, String kid, Proofs proofs) implements AdminAuthority {
    @Override
    public Map<String, String> headers() {
      return bearer(proofs.admin(key, kid));
    }

    @Override
    public boolean confirm() {
      return false;
    }

    @Override
    public String remedy() {
      return "is <home>/admin/credential.json this broker's?";
    }
  }

  /// A person, by the session that `login` left.
  final class Person implements AdminAuthority {
    private final AdminLogin login;
    private final KeptSessions kept;
    private KeptSession session;

    Person(AdminLogin login, KeptSessions kept, KeptSession session) {
      this.login = login;
      this.kept = kept;
      this.session = session;
    }

    @Override
    public Map<String, String> headers() {
      return bearer(session.token());
    }

    @Override
    public boolean confirm() {
      session = login.confirm(session);
      kept.keep(session);
      return true;
    }

    @Override
    public String remedy() {
      kept.forget(session.server());
      return "your session is over: ./mayfly admin login --server " + session.server();
    }
  }

  /// A machine, by the session that its key has just opened.
  record Machine(String token) implements AdminAuthority {
    @Override
    public Map<String, String> headers() {
      return bearer(token);
    }

    @Override
    public boolean confirm() {
      return false;
    }

    @Override
    public String remedy() {
      return "the machine was suspended, or has other keys by now";
    }

    @Override
    public String toString() {
      return "Machine[redacted]";
    }
  }
}
