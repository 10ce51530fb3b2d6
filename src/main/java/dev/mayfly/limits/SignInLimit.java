package dev.mayfly.limits;

import dev.mayfly.ledger.SignInAttempts;
import dev.mayfly.ledger.SignInAttempts.Allowance;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Slows down who guesses an admin's credentials: failures are counted for an address and the
/// name that it uses, never for the name alone, so that no stranger can keep an admin out. On all
/// replicas together: whoever is sent from one to the next has no more tries.
@ApplicationScoped
public class SignInLimit {
  static final Allowance FAILURES = new Allowance(10, Duration.ofMinutes(1));

  private final SignInAttempts attempts;

  @Inject
  SignInLimit(SignInAttempts attempts) {
    this.attempts = attempts;
  }

  /// Who is tried, from where.
  public sealed interface Source {
    InetAddress from();

    record OfAdmin(InetAddress from, String name) implements Source {}

    /// Names of nobody share one count.
    record OfNobody(InetAddress from) implements Source {}

    /// Terminals that want to be confirmed, whoever is before them.
    record OfTerminals(InetAddress from) implements Source {}

    /// `admin`: the name that is used, if there is an admin of that name.
    static Source of(InetAddress from, Optional<String> admin) {
      return admin.<Source>map(name -> new OfAdmin(from, name)).orElse(new OfNobody(from));
    }

    /// A name has no blank, so that no two kinds can be taken for each other.
    private String text() {
      return Quotas.network(from())
          + switch (this) {
            case OfAdmin(_, String name) -> " admin " + name;
            case OfNobody _ -> " nobody";
            case OfTerminals _ -> " terminals";
          };
    }
  }

  /// Takes an attempt, if one is left: before it is known what comes of it, so that many at once
  /// are no more than one after the other. Else says how long until the next.
  public Uni<Optional<Duration>> take(Source source, Instant now) {
    return attempts.take(source.text(), FAILURES, now);
  }

  /// The attempt was right: it does not count.
  public Uni<Void> succeeded(Source source) {
    return attempts.giveBack(source.text(), FAILURES);
  }
}
