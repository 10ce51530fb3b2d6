package dev.mayfly.keys;

import java.math.BigInteger;
import java.security.interfaces.ECPublicKey;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.util.BigIntegers;
import org.jboss.logging.Logger;

/// Verifies ES256 signatures by one key (FIPS 186-5 §6.4.2, RFC 7518 §3.4). Thread-safe.
///
/// Bouncy Castle decides. A key that is used again and again gets a [P256Table], which finds the
/// same point in a quarter of the time: what it finds can only confirm a signature. What it does
/// not confirm, or cannot find, Bouncy Castle looks at, as if there were no table.
public final class P256Verifier {
  private static final Logger LOG = Logger.getLogger(P256Verifier.class);

  /// By then the work that a table is has been worth it.
  static final int USES_BEFORE_A_TABLE = 500;

  private final ECPublicKeyParameters key;
  private final AtomicInteger uses = new AtomicInteger();
  private volatile Optional<P256Table> table = Optional.empty();

  /// Errors: `IllegalArgumentException` for a point that is not on the curve.
  public P256Verifier(ECPublicKey key) {
    this.key = EcCurve.P256.verifierKey(key);
  }

  /// Whether `signature` (r‖s) is one over the SHA-256 `digest`.
  public boolean verifies(byte[] digest, byte[] signature) {
    if (isConfirmed(digest, signature)) {
      return true;
    }
    if (table.isEmpty() && uses.incrementAndGet() % USES_BEFORE_A_TABLE == 0) {
      ForkJoinPool.commonPool().execute(this::workOut);
    }
    return EcCurve.P256.verifies(key, digest, signature);
  }

  private void workOut() {
    try {
      table = P256Table.of(key.getQ());
    } catch (IllegalStateException e) {
      LOG.warnf(e, "a key has to do without a table");
    }
  }

  boolean hasTable() {
    return table.isPresent();
  }

  /// By the table; false says nothing.
  boolean isConfirmed(byte[] digest, byte[] signature) {
    Optional<P256Table> multiples = table;
    if (multiples.isEmpty()
        || signature.length != 2 * P256Table.LENGTH
        || digest.length != P256Table.LENGTH) {
      return false;
    }
    BigInteger order = key.getParameters().getN();
    BigInteger r = new BigInteger(1, signature, 0, P256Table.LENGTH);
    BigInteger s = new BigInteger(1, signature, P256Table.LENGTH, P256Table.LENGTH);
    if (r.signum() == 0 || r.compareTo(order) >= 0 || s.signum() == 0 || s.compareTo(order) >= 0) {
      return false;
    }
    BigInteger inverse = BigIntegers.modOddInverseVar(order, s);
    BigInteger base = new BigInteger(1, digest).multiply(inverse).mod(order);
    try {
      return multiples
          .get()
          .abscissa(base, r.multiply(inverse).mod(order))
          .map(x -> x.mod(order).equals(r))
          .orElse(false);
    } catch (IllegalStateException noMemory) {
      return false;
    }
  }
}
