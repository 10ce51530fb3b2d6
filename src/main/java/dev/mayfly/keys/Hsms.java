package dev.mayfly.keys;

import io.smallrye.mutiny.Uni;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/// The tokens of this broker, in order of preference; one in most installations.
@FunctionalInterface
public interface Hsms {
  /// Never empty, always the same.
  List<Hsm> tokens();

  static Hsms of(Hsm... tokens) {
    List<Hsm> all = List.of(tokens);
    if (all.isEmpty()) {
      throw new IllegalArgumentException("a broker needs one token at least");
    }
    return () -> all;
  }

  default Optional<Hsm> find(String tokenLabel) {
    return tokens().stream().filter(token -> token.tokenLabel().equals(tokenLabel)).findFirst();
  }

  /// The first token that serves now.
  default Optional<Hsm> firstReady() {
    return tokens().stream().filter(token -> token.state() instanceof HsmState.Ready).findFirst();
  }

  /// By the first token that is ready; by the next one when that fails. The failure is the first
  /// one's, except that a token which is down says more than one that has no such key.
  default Uni<byte[]> mac(String label, byte[] data) {
    return Uni.createFrom().deferred(() -> mac(new ArrayDeque<>(tokens()), label, data));
  }

  private static Uni<byte[]> mac(Queue<Hsm> left, String label, byte[] data) {
    Hsm token = left.remove();
    Uni<byte[]> answer = token.mac(label, data);
    if (left.isEmpty()) {
      return answer;
    }
    return answer
        .onFailure()
        .recoverWithUni(
            failure ->
                mac(left, label, data)
                    .onFailure(
                        later ->
                            failure instanceof HsmUnavailableException
                                || later instanceof HsmKeyMissingException)
                    .transform(_ -> failure));
  }
}
