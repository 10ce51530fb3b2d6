package dev.mayfly.keys;

import static dev.mayfly.keys.SigningAlgorithm.ES256;

import com.sun.management.OperatingSystemMXBean;
import io.smallrye.mutiny.Uni;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;

/// Rough figures of this machine: operations per second on SoftHSM2 with one and four sessions, and
/// the cost of a verification by several routes. A few seconds each; not a test. Beside the rates
/// stand microseconds of processor time, which a busy machine distorts less.
final class HsmBenchmark {
  private static final Duration LENGTH = Duration.ofSeconds(3);
  private static final int IN_FLIGHT = 64;
  private static final ThreadMXBean THREAD = ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private HsmBenchmark() {}

  public static void main(String[] args) throws Exception {
    TestToken token = TestToken.of("bench");
    for (int sessions : new int[] {1, 4}) {
      HsmConfig config = token.config(TestToken.MODULE, sessions, TestToken.DEADLINE, 256);
      try (Pkcs11Hsm hsm = TestToken.started(config)) {
        if (hsm.findSigningKey("k", ES256).await().atMost(TestToken.DEADLINE).isEmpty()) {
          PublicKey _ = hsm.generateSigningKey("k", ES256).await().atMost(TestToken.DEADLINE);
        }
        var _ = hsm.ensureMacKey("m").await().atMost(TestToken.DEADLINE);
        ECPublicKey key =
            (ECPublicKey)
                hsm.findSigningKey("k", ES256).await().atMost(TestToken.DEADLINE).orElseThrow();
        HsmJwsSigner signer = new HsmJwsSigner(hsm, "k", ES256, key);
        byte[] input = new byte[600];
        for (int round = 0; round < 2; round++) { // the first warms up
          rate(sessions + " sessions, sign", () -> hsm.sign("k", ES256, input));
          rate(sessions + " sessions, mac", () -> hsm.mac("m", new byte[64]));
          rate(sessions + " sessions, JWS (hash, sign, verify)", () -> signer.sign(input));
        }
        if (sessions == 1) {
          byte[] signature = hsm.sign("k", ES256, input).await().atMost(TestToken.DEADLINE);
          verifications(key, input, signature);
        }
      }
    }
    direct(token);
  }

  /// Without queue and Uni: one thread, one session.
  private static void direct(TestToken token) throws Exception {
    try (Pkcs11Hsm _ = token.started()) {
      Pkcs11Module module = Pkcs11Module.load(TestToken.MODULE);
      try (Pkcs11Session session = new Pkcs11Session(module)) {
        session.use(token.openSession(module));
        long signing = session.find(Ck.CKO_PRIVATE_KEY, "k")[0];
        long mac = session.find(Ck.CKO_SECRET_KEY, "m")[0];
        for (int round = 0; round < 2; round++) {
          cost(
              "C_SignInit + C_Sign, ECDSA",
              () -> session.sign(signing, ES256, new byte[32], 64).length);
          cost("C_SignInit + C_Sign, HMAC", () -> session.mac(mac, new byte[64]).length);
        }
      }
    }
  }

  private static void verifications(ECPublicKey key, byte[] input, byte[] signature)
      throws Exception {
    byte[] digest = sha256(input);
    ECPublicKeyParameters custom = EcCurve.P256.verifierKey(key);
    ECNamedCurveParameterSpec spec = ECNamedCurveTable.getParameterSpec("P-256");
    ECPublicKeyParameters plain =
        new ECPublicKeyParameters(
            spec.getCurve().createPoint(key.getW().getAffineX(), key.getW().getAffineY()),
            new ECDomainParameters(spec.getCurve(), spec.getG(), spec.getN(), spec.getH()));
    X9ECParameters x9 = CustomNamedCurves.getByName("P-256");
    ECDomainParameters domain = new ECDomainParameters(x9);
    Signature jca = Signature.getInstance("SHA256withPLAIN-ECDSA", new BouncyCastleProvider());
    jca.initVerify(key);
    Signature jdk = Signature.getInstance("SHA256withECDSAinP1363Format", "SunEC");
    jdk.initVerify(key);
    for (int round = 0; round < 3; round++) {
      cost(
          "verify, lightweight, custom curve",
          () -> EcCurve.P256.verifies(custom, digest, signature));
      cost(
          "verify, lightweight, custom curve, point not kept",
          () ->
              EcCurve.P256.verifies(
                  new ECPublicKeyParameters(
                      x9.getCurve().createPoint(key.getW().getAffineX(), key.getW().getAffineY()),
                      domain),
                  digest,
                  signature));
      cost("verify, lightweight, generic curve", () -> generic(plain, digest, signature));
      cost("verify, Bouncy Castle through JCA, hash included", () -> jca(jca, input, signature));
      cost("verify, SunEC, hash included", () -> jca(jdk, input, signature));
    }
  }

  private static boolean generic(ECPublicKeyParameters key, byte[] digest, byte[] signature) {
    ECDSASigner verifier = new ECDSASigner();
    verifier.init(false, key);
    return verifier.verifySignature(
        digest, new BigInteger(1, signature, 0, 32), new BigInteger(1, signature, 32, 32));
  }

  private static boolean jca(Signature verifier, byte[] input, byte[] signature)
      throws GeneralSecurityException {
    verifier.update(input);
    return verifier.verify(signature);
  }

  private interface Step {
    Object run() throws Exception;
  }

  private static void cost(String what, Step step) throws Exception {
    long begin = System.nanoTime();
    long end = begin + LENGTH.toNanos() / 2;
    long cpu = THREAD.getCurrentThreadCpuTime();
    long times = 0;
    Object last = null;
    while (System.nanoTime() < end) {
      last = step.run();
      times++;
    }
    System.out.printf(
        "%-55s %8.1f us CPU  (%s)%n",
        what, (THREAD.getCurrentThreadCpuTime() - cpu) / 1e3 / times, last);
  }

  private static void rate(String what, Supplier<Uni<byte[]>> call) throws InterruptedException {
    Semaphore room = new Semaphore(IN_FLIGHT);
    LongAdder done = new LongAdder();
    LongAdder failed = new LongAdder();
    long cpu = PROCESS.getProcessCpuTime();
    long begin = System.nanoTime();
    long end = begin + LENGTH.toNanos();
    while (System.nanoTime() < end) {
      room.acquire();
      var _ =
          call.get()
              .subscribe()
              .with(
                  _ -> {
                    done.increment();
                    room.release();
                  },
                  _ -> {
                    failed.increment();
                    room.release();
                  });
    }
    room.acquire(IN_FLIGHT);
    System.out.printf(
        "%-55s %8.0f /s %8.1f us CPU  (%d failed)%n",
        what,
        done.sum() / ((System.nanoTime() - begin) / 1e9),
        (PROCESS.getProcessCpuTime() - cpu) / 1e3 / done.sum(),
        failed.sum());
  }

  private static byte[] sha256(byte[] input) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(input);
  }
}
