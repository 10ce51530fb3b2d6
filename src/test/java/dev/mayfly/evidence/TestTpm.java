package dev.mayfly.evidence;

import dev.mayfly.boot.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A TPM 2.0 in a process of its own (swtpm) with EK certificates of a CA of its own
/// (swtpm_localca), driven by tpm2-tools as a host drives its TPM.
public final class TestTpm implements AutoCloseable {
  /// The issuer of EK certificates; TPMs of one maker have the same.
  public static final class Maker {
    private final Path folder;

    public Maker() throws IOException {
      folder = Files.createTempDirectory(Path.of("target"), "tpm-maker").toAbsolutePath();
      Files.writeString(
          folder.resolve("localca.conf"),
          """
          statedir = %1$s
          signingkey = %1$s/signkey.pem
          issuercert = %1$s/issuercert.pem
          certserial = %1$s/certserial
          """
              .formatted(folder));
      Files.writeString(
          folder.resolve("localca.options"),
          """
          --platform-manufacturer Mayfly
          --platform-version 1
          --platform-model test
          """);
      Files.writeString(
          folder.resolve("setup.conf"),
          """
          create_certs_tool = /usr/bin/swtpm_localca
          create_certs_tool_config = %1$s/localca.conf
          create_certs_tool_options = %1$s/localca.options
          active_pcr_banks = sha256
          """
              .formatted(folder));
    }

    X509Certificate root() {
      return certificate("swtpm-localca-rootca-cert.pem");
    }

    X509Certificate issuer() {
      return certificate("issuercert.pem");
    }

    private X509Certificate certificate(String file) {
      try (InputStream in = Files.newInputStream(folder.resolve(file))) {
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      } catch (IOException | CertificateException e) {
        throw new AssertionError(file, e);
      }
    }
  }

  private final Path folder = Files.createTempDirectory(Path.of("target"), "tpm").toAbsolutePath();
  private final int port = FreePorts.inARow(2);
  private final Process process;

  public TestTpm(Maker maker) throws IOException {
    Path state = Files.createDirectory(folder.resolve("state"));
    run(
        "swtpm_setup",
        "--tpm2",
        "--tpmstate",
        state.toString(),
        "--create-ek-cert",
        "--config",
        maker.folder.resolve("setup.conf").toString());
    process =
        builder(
                "swtpm",
                "socket",
                "--tpm2",
                "--tpmstate",
                "dir=" + state,
                "--server",
                "type=tcp,port=" + port,
                "--ctrl",
                "type=tcp,port=" + (port + 1),
                "--flags",
                "not-need-init,startup-clear")
            .start();
    awaitListening();
    run("tpm2_nvread", "0x1c00002", "-o", "ek.crt");
    run("tpm2_createek", "-G", "rsa", "-c", "ek.ctx", "-u", "ek.pub");
    flush();
  }

  /// How tpm2-tools reach it.
  public String tcti() {
    return "swtpm:host=127.0.0.1,port=" + port;
  }

  void flush() {
    run("tpm2_flushcontext", "-t");
  }

  byte[] ekCertificate() {
    return read("ek.crt");
  }

  /// An attestation key below the EK, as `./mayfly attest` makes it. Answers its public area.
  byte[] makeAk(String name, String algorithm, String scheme) {
    run(
        "tpm2_createak",
        "-C",
        "ek.ctx",
        "-c",
        name + ".ctx",
        "-G",
        algorithm,
        "-g",
        "sha256",
        "-s",
        scheme,
        "-u",
        name + ".pub",
        "-f",
        "tss");
    flush();
    return read(name + ".pub");
  }

  /// A signing key with attributes of our choice, in the owner's hierarchy.
  byte[] makeKey(String name, String attributes) {
    run("tpm2_createprimary", "-C", "o", "-c", "parent.ctx");
    flush();
    run(
        "tpm2_create",
        "-C",
        "parent.ctx",
        "-G",
        "ecc:ecdsa-sha256:null",
        "-a",
        attributes,
        "-u",
        name + ".pub",
        "-r",
        name + ".priv",
        "-c",
        name + ".ctx");
    flush();
    return read(name + ".pub");
  }

  /// What TPM2_ActivateCredential gives; fails where the TPM refuses.
  byte[] activate(String ak, byte[] blob, byte[] secret) {
    write(
        "credential.blob",
        ByteBuffer.allocate(8 + blob.length + secret.length)
            .putLong(0xBADCC0DE_00000001L)
            .put(blob)
            .put(secret)
            .array());
    run("tpm2_startauthsession", "--policy-session", "-S", "session.ctx");
    run("tpm2_policysecret", "-S", "session.ctx", "-c", "e");
    try {
      run(
          "tpm2_activatecredential",
          "-c",
          ak + ".ctx",
          "-C",
          "ek.ctx",
          "-i",
          "credential.blob",
          "-o",
          "credential",
          "-P",
          "session:session.ctx");
    } finally {
      boolean _ = runs("tpm2_flushcontext", "-s");
      boolean _ = runs("tpm2_flushcontext", "-l");
      flush();
    }
    return read("credential");
  }

  record Quoted(byte[] quote, byte[] signature, SortedMap<Integer, byte[]> pcrs) {}

  Quoted quote(String ak, byte[] qualifyingData, Integer... registers) {
    List<String> selection = Arrays.stream(registers).map(String::valueOf).toList();
    run(
        "tpm2_quote",
        "-c",
        ak + ".ctx",
        "-l",
        "sha256:" + String.join(",", selection),
        "-q",
        HexFormat.of().formatHex(qualifyingData),
        "-m",
        "quote.msg",
        "-s",
        "quote.sig",
        "-f",
        "tss",
        "-o",
        "quote.pcrs",
        "-F",
        "values",
        "-g",
        "sha256");
    flush();
    SortedMap<Integer, byte[]> values = new TreeMap<>();
    byte[] all = read("quote.pcrs");
    for (int i = 0; i < registers.length; i++) {
      values.put(registers[i], Arrays.copyOfRange(all, i * 32, (i + 1) * 32));
    }
    return new Quoted(read("quote.msg"), read("quote.sig"), values);
  }

  void extend(int register, String what) {
    run(
        "tpm2_pcrextend",
        register
            + ":sha256="
            + HexFormat.of()
                .formatHex(TpmHash.SHA256.digest(what.getBytes(StandardCharsets.US_ASCII))));
  }

  byte[] read(String file) {
    try {
      return Files.readAllBytes(folder.resolve(file));
    } catch (IOException e) {
      throw new AssertionError(file, e);
    }
  }

  void write(String file, byte[] bytes) {
    try {
      Files.write(folder.resolve(file), bytes);
    } catch (IOException e) {
      throw new AssertionError(file, e);
    }
  }

  /// Errors: `AssertionError` with what the program said.
  void run(String... command) {
    if (!runs(command)) {
      throw new AssertionError(
          command[0] + ": " + new String(read("said"), StandardCharsets.UTF_8));
    }
  }

  private boolean runs(String... command) {
    try {
      Process started = builder(command).start();
      if (!started.waitFor(60, TimeUnit.SECONDS)) {
        started.destroyForcibly();
        throw new AssertionError(command[0] + " does not end");
      }
      return started.exitValue() == 0;
    } catch (IOException e) {
      throw new AssertionError(command[0] + ": swtpm-tools and tpm2-tools are needed", e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private ProcessBuilder builder(String... command) {
    List<String> words = new ArrayList<>(List.of(command));
    Path program = Path.of("/usr/sbin").resolve(command[0]);
    if (Files.isExecutable(program)) {
      words.set(0, program.toString()); // not on everybody's path
    }
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(command[0].equals("swtpm") ? "log" : "said").toFile());
    builder.environment().put("TPM2TOOLS_TCTI", tcti());
    return builder;
  }

  /// On the control port: the other one serves a single connection.
  private void awaitListening() throws IOException {
    long start = System.nanoTime();
    while (process.isAlive() && System.nanoTime() - start < Duration.ofSeconds(20).toNanos()) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port + 1), 200);
        return;
      } catch (IOException _) {
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      }
    }
    throw new AssertionError(
        "swtpm does not listen: " + new String(read("log"), StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    process.destroyForcibly();
    var _ = process.onExit().join();
  }
}
