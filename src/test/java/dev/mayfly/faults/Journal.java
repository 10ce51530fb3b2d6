package dev.mayfly.faults;

import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// What the tools of a run got to see, from all threads, and what of it must never be.
final class Journal {
  private final Set<AccessToken> received = ConcurrentHashMap.newKeySet();
  private final Map<String, String> successors = new ConcurrentHashMap<>();
  private final Queue<Revoked> revoked = new ConcurrentLinkedQueue<>();
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger unavailable = new AtomicInteger();

  /// A grant whose revocation was acknowledged.
  record Revoked(UUID grant, String accessToken, String refreshToken) {
    @Override
    public String toString() {
      return "Revoked[" + grant + "]";
    }
  }

  AccessToken received(Reply.Answered answer) {
    AccessToken token = AccessToken.read(answer.text("access_token"));
    if (!received.add(token)) {
      violation("the jti " + token.jti() + " came twice");
    }
    return token;
  }

  /// One refresh token has one successor, however often it is presented.
  void succeeded(String presented, String successor) {
    String before = successors.putIfAbsent(presented, successor);
    if (before != null && !before.equals(successor)) {
      violation("two successors of one refresh token");
    }
  }

  void revoked(Revoked grant) {
    revoked.add(grant);
  }

  void lost() {
    lost.incrementAndGet();
  }

  void unavailable() {
    unavailable.incrementAndGet();
  }

  void violation(String what) {
    violations.add(what);
  }

  Set<AccessToken> received() {
    return received;
  }

  Queue<Revoked> revoked() {
    return revoked;
  }

  Queue<String> violations() {
    return violations;
  }

  int successors() {
    return successors.size();
  }

  String counts() {
    return "%d tokens, %d refreshes, %d revocations; %d answers lost, %d times 503"
        .formatted(
            received.size(), successors.size(), revoked.size(), lost.get(), unavailable.get());
  }
}
