package dev.mayfly.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./mayfly attest`: a fresh client attestation for an instance, or a new instance.
@Command(
    name = "attest",
    header = "Renews the client attestation of an instance, or joins a new instance.",
    description = {
      "",
      "An instance renews with its own key. With a join secret (./mayfly admin client join-secret)"
          + " a new key is made here, joined, and written to the credentials file (mode 0600). If"
          + " the answer to a join is lost, run the same command again.",
      "",
      "With --evidence the platform vouches for this host: a Kubernetes service account token, a"
          + " GitHub Actions job's token, or the token of any other issuer. Its audience must be"
          + " the realm's issuer, unless the realm file names another. With --evidence tpm it is"
          + " the TPM 2.0 of this host; the programs of the package tpm2-tools are needed. With"
          + " spiffe_jwt, spiffe_x509 and spiffe_wit it is the SPIFFE trust domain of this workload:"
          + " the SVID and its key are in files that the SPIFFE agent or its helper wrote.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  ./mayfly attest --realm nevocoin --client trading-bot",
      "  ./mayfly attest --realm nevocoin --client telegram-bot --join-secret-file join.txt \\",
      "      --client-secret-file secret.txt --credentials telegram-bot.json",
      "  ./mayfly attest --realm nevocoin --client trading-bot --evidence kubernetes \\",
      "      --credentials /var/lib/bot/credentials.json",
      "  ./mayfly attest --realm nevocoin --client trading-bot --evidence tpm --instance-key tpm",
      "  ./mayfly attest --realm nevocoin --client trading-bot --evidence spiffe_x509 \\",
      "      --evidence-file svid.0.pem --svid-key svid.0.key",
      "",
      "Exit codes: 0 attested, 1 the broker refused, 2 usage, 3 no broker or no file."
    })
final class AttestCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private InstanceOptions instance;

  @Option(
      names = "--join-secret-file",
      paramLabel = "FILE",
      description = "Join with the one-time secret in FILE, or on standard input with -.")
  private String joinSecretFile;

  @Option(
      names = "--evidence",
      paramLabel = "KIND",
      description =
          "Show what the platform says of this host: kubernetes, github_actions, oidc, tpm,"
              + " aws_nitro, spiffe_jwt, spiffe_x509 or spiffe_wit.")
  private String evidence;

  @Option(
      names = "--evidence-file",
      paramLabel = "FILE",
      description =
          "The platform's token, or the SVID (- : standard input, but for spiffe_x509). Default: for"
              + " kubernetes /var/run/secrets/mayfly/token; github_actions asks GitHub for it.")
  private String evidenceFile;

  @Option(
      names = "--instance-key",
      paramLabel = "PLACE",
      defaultValue = "file",
      description =
          "Where a new instance key is kept: file (the credentials file, mode 0600) or tpm (the"
              + " TPM 2.0 of this host, which it never leaves). A key that is there stays.")
  private String place;

  @Option(
      names = "--svid-key",
      paramLabel = "FILE",
      description =
          "The SVID's private key: for spiffe_x509 PEM (PKCS#8), for spiffe_wit a JWK, which"
              + " becomes the instance key.")
  private String svidKeyFile;

  @Option(
      names = "--nitro-program",
      paramLabel = "PROGRAM",
      description =
          "For aws_nitro: reads {\"nonce\", \"public_key\"} as a line of JSON, writes the attestation"
              + " document of this enclave.")
  private String nitroProgram;

  @Option(
      names = "--tcti",
      paramLabel = "TCTI",
      description =
          "How tpm2-tools reach the TPM, such as device:/dev/tpmrm0. Default: TPM2TOOLS_TCTI, else"
              + " their own default.")
  private String tcti;

  @Option(
      names = "--ek-chain",
      paramLabel = "FILE",
      description =
          "PEM file of the issuers of the TPM's EK certificate, below the realm's anchors.")
  private String chainFile;

  @Option(
      names = "--client-secret-file",
      paramLabel = "FILE",
      description = "Also put this client secret into the credentials file (- : standard input).")
  private String clientSecretFile;

  AttestCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    if ("-".equals(joinSecretFile) && "-".equals(clientSecretFile)) {
      throw CliFailure.usage("only one secret can come from standard input");
    }
    if (evidence == null ? evidenceFile != null : joinSecretFile != null) {
      throw CliFailure.usage(
          evidence == null
              ? "--evidence-file needs --evidence"
              : "--evidence and --join-secret-file exclude each other");
    }
    if (evidence != null
        && !List.of("tpm", "aws_nitro", "spiffe_x509").contains(evidence)
        && !PlatformToken.KINDS.contains(evidence)) {
      throw CliFailure.usage(
          "--evidence is tpm, aws_nitro, spiffe_x509, " + String.join(", ", PlatformToken.KINDS));
    }
    if (isNitro() != (nitroProgram != null) || (isNitro() && evidenceFile != null)) {
      throw CliFailure.usage("--evidence aws_nitro needs --nitro-program, and no --evidence-file");
    }
    if ((isX509Svid() || isWitSvid()) != (svidKeyFile != null)
        || (isX509Svid() && evidenceFile == null)) {
      throw CliFailure.usage(
          "spiffe_x509 and spiffe_wit need --evidence-file and --svid-key, and nothing else has a"
              + " --svid-key");
    }
    if (!"file".equals(place) && !"tpm".equals(place)) {
      throw CliFailure.usage("--instance-key is file or tpm");
    }
    if (isTpm() ? evidenceFile != null : chainFile != null) {
      throw CliFailure.usage("--ek-chain is for --evidence tpm, --evidence-file is not");
    }
    if (tcti != null && !isTpm() && "file".equals(place)) {
      throw CliFailure.usage("--tcti is for --evidence tpm and --instance-key tpm");
    }
    Optional<String> joinSecret = secret(joinSecretFile);
    Optional<String> clientSecret = secret(clientSecretFile);
    CredentialsFile file = instance.credentialsFile(invocation.home());
    Optional<Credentials> known =
        file.exists() || (joinSecret.isEmpty() && evidence == null && !file.whileJoining().exists())
            ? Optional.of(file.read())
            : Optional.empty();
    BrokerAddress address = instance.address(invocation);
    try (BrokerClient http =
        BrokerClient.trusting(instance.certificateAuthority(invocation.home()))) {
      AttestationExchange exchange =
          new AttestationExchange(
              http,
              RealmEndpoints.discover(http, address, instance.realm),
              new Proofs(invocation.clock()));
      Credentials attested =
          evidence == null
              ? attest(exchange, file, known, joinSecret)
              : byPlatform(exchange, file, known);
      file.write(clientSecret.map(attested::withClientSecret).orElse(attested));
    }
    forget(file.whileJoining().path());
    report(file);
    return 0;
  }

  private Optional<String> secret(String fileOrDash) {
    return Optional.ofNullable(fileOrDash).map(source -> SecretInput.read(source, invocation.in()));
  }

  private Credentials attest(
      AttestationExchange exchange,
      CredentialsFile file,
      Optional<Credentials> known,
      Optional<String> joinSecret) {
    Optional<InstanceKey> pending =
        file.whileJoining().exists() ? file.whileJoining().read().instanceKey() : Optional.empty();
    if (pending.isPresent()) {
      // The answer to an earlier join never came. If the join itself worked, its secret is spent,
      // and this key is the instance.
      Answer answer = exchange.byInstanceKey(instance.client, pending.get());
      if (answer.isOk()) {
        return joined(known, pending.get(), AttestationExchange.attestation(answer));
      }
      if (!answer.isError("invalid_client")) {
        throw answer.failure();
      }
    }
    return joinSecret
        .map(secret -> join(exchange, file, known, pending, secret))
        .orElseGet(() -> renew(exchange, known.orElseGet(file::read)));
  }

  /// With the key that is here already, so that an instance stays the one that it was; a new one
  /// is on the disk before the token is shown.
  private Credentials byPlatform(
      AttestationExchange exchange, CredentialsFile file, Optional<Credentials> known) {
    InstanceKey key =
        svidsKey()
            .or(() -> known.flatMap(Credentials::instanceKey))
            .or(() -> file.whileJoining().exists() ? pendingKey(file) : Optional.empty())
            .orElseGet(this::newKey);
    if (known.flatMap(Credentials::instanceKey).isEmpty()) {
      file.whileJoining().write(Credentials.joining(instance.client, key));
    }
    Answer answer;
    if (isTpm()) {
      answer = byTpm(exchange, key);
    } else if (isNitro()) {
      String document =
          new NitroProgram(nitroProgram).document(exchange.challenge(), key.publicJwk());
      answer = exchange.offer(instance.client, key, Map.of("type", evidence, "document", document));
    } else {
      answer = isX509Svid() ? byX509Svid(exchange, key) : byToken(exchange, key);
    }
    return joined(known, key, AttestationExchange.attestation(answer));
  }

  private InstanceKey newKey() {
    return "tpm".equals(place) ? TpmKey.make(Optional.ofNullable(tcti)) : EcPrivateJwk.generate();
  }

  private Answer byToken(AttestationExchange exchange, InstanceKey key) {
    String token =
        PlatformToken.of(
            evidence, Optional.ofNullable(evidenceFile), exchange.realm().issuer(), invocation);
    return exchange.byPlatform(instance.client, key, evidence, token);
  }

  /// The key that a WIT-SVID names is the instance key, whatever key the instance had before.
  private Optional<InstanceKey> svidsKey() {
    return isWitSvid() ? Optional.of(SvidFiles.witKey(svidKeyFile)) : Optional.empty();
  }

  private Answer byX509Svid(AttestationExchange exchange, InstanceKey key) {
    String proof =
        SvidFiles.x509Proof(
            evidenceFile,
            svidKeyFile,
            new SvidFiles.Statement(
                exchange.realm().issuer(),
                instance.client,
                key.thumbprint(),
                exchange.challenge()));
    return exchange.offer(instance.client, key, Map.of("type", evidence, "proof", proof));
  }

  private boolean isX509Svid() {
    return "spiffe_x509".equals(evidence);
  }

  private boolean isWitSvid() {
    return "spiffe_wit".equals(evidence);
  }

  private boolean isNitro() {
    return "aws_nitro".equals(evidence);
  }

  private boolean isTpm() {
    return "tpm".equals(evidence);
  }

  private Answer byTpm(AttestationExchange exchange, InstanceKey key) {
    Optional<byte[]> chain = Optional.ofNullable(chainFile).map(AttestCommand::file);
    try (TpmTools tools = new TpmTools(Optional.ofNullable(tcti))) {
      return new TpmEvidence(tools)
          .offer(exchange, new TpmEvidence.Instance(instance.client, key), chain);
    }
  }

  private static byte[] file(String name) {
    try {
      return Files.readAllBytes(Path.of(name));
    } catch (IOException | InvalidPathException _) {
      throw CliFailure.unreachable("%s cannot be read".formatted(name));
    }
  }

  private static Optional<InstanceKey> pendingKey(CredentialsFile file) {
    return file.whileJoining().read().instanceKey();
  }

  private Credentials renew(AttestationExchange exchange, Credentials credentials) {
    if (credentials.instanceKey().isEmpty()) {
      throw CliFailure.unreachable(
          "%s has no instance key to renew with; --join-secret-file joins a new instance"
              .formatted(instance.credentialsFile(invocation.home()).path()));
    }
    return exchange.renew(credentials);
  }

  private Credentials join(
      AttestationExchange exchange,
      CredentialsFile file,
      Optional<Credentials> known,
      Optional<InstanceKey> pending,
      String joinSecret) {
    InstanceKey key = pending.orElseGet(this::newKey);
    // The key is on the disk before the secret is spent: a lost answer, or a crash here, costs
    // nothing but a second run.
    file.whileJoining().write(Credentials.joining(instance.client, key));
    Answer answer = exchange.byJoinSecret(instance.client, key, joinSecret);
    if (answer.isError("invalid_client")) {
      forget(file.whileJoining().path());
    }
    return joined(known, key, AttestationExchange.attestation(answer));
  }

  private Credentials joined(Optional<Credentials> known, InstanceKey key, String attestation) {
    return known
        .orElseGet(() -> Credentials.joining(instance.client, key))
        .withInstance(key, attestation);
  }

  private static void forget(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // It holds a key that is, or never will be, an instance; the next run tries again.
    }
  }

  private void report(CredentialsFile file) {
    Credentials credentials = file.read();
    Times times = new Times(invocation.clock());
    invocation
        .out()
        .printf(
            "%s/%s is attested%s%n",
            instance.realm,
            instance.client,
            credentials
                .attestationExpiry()
                .map(expiry -> " until " + times.localAndDistance(expiry))
                .orElse(""));
    credentials
        .instanceKey()
        .ifPresent(key -> invocation.out().printf("instance    %s%n", key.thumbprint()));
    invocation.out().printf("credentials %s%n", file.path());
    if (credentials.clientSecret().isEmpty()) {
      invocation.note("it has no client_secret yet; --client-secret-file adds one");
    }
  }
}
