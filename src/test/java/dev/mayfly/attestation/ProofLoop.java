package dev.mayfly.attestation;

import static dev.mayfly.attestation.AttestationKit.CHALLENGES;
import static dev.mayfly.attestation.AttestationKit.INSTANCE_KEY;
import static dev.mayfly.attestation.AttestationKit.NOW;
import static dev.mayfly.attestation.AttestationKit.REALM;
import static dev.mayfly.attestation.AttestationKit.dpop;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.registry.TestRealm;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// A DPoP proof, from its text to what is proved, by a key that was seen before; and by keys that
/// are not remembered.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class ProofLoop {
  /// More than are remembered of keys.
  private static final int STRANGERS = 6_000;

  private static final HttpTarget TARGET = HttpTarget.post(TestRealm.ISSUER + "/attest");

  private final List<String> headers = List.of(dpop().signedBy(INSTANCE_KEY));
  private final List<List<String>> ofStrangers =
      IntStream.range(0, STRANGERS)
          .mapToObj(
              number -> {
                ECKey key = AttestationKit.key("stranger-" + number);
                return List.of(
                    dpop().withHeader("jwk", key.toPublicJWK().toJSONString()).signedBy(key));
              })
          .toList();
  private int next;

  @Benchmark
  public CompactJwt.Read read() {
    return CompactJwt.read(headers.getFirst(), Set.of("dpop+jwt"));
  }

  @Benchmark
  public DpopProof.Result verify() {
    return DpopProof.verify(headers, TARGET, REALM, CHALLENGES, NOW);
  }

  @Benchmark
  public DpopProof.Result verifyOfAStranger() {
    next = (next + 1) % STRANGERS;
    return DpopProof.verify(ofStrangers.get(next), TARGET, REALM, CHALLENGES, NOW);
  }
}
