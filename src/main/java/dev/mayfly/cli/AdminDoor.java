package dev.mayfly.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which broker an admin command goes to, and as whom: with the home's key on its management
/// port; as the person who signed in, or as a machine, on the public one.
record AdminDoor(Invocation invocation, AdminOptions options) {
  AdminClient open() {
    if (options.machineKey().isPresent()) {
      return asMachine(options.machineKey().get());
    }
    if (options.server().isPresent() || options.asMe) {
      return asPerson(kept().orElseThrow(this::signInFirst));
    }
    boolean ofHome =
        options.managementUrl().isPresent() || Files.exists(invocation.home().adminCredential());
    return ofHome ? asOwner() : anywhere().map(this::asPerson).orElseGet(this::asOwner);
  }

  private AdminClient asOwner() {
    HomeFiles home = invocation.home();
    Map<String, Object> credential =
        HomeFiles.readJson(
            home.adminCredential(), HomeFiles.IS_IT_RUNNING + ", or ./mayfly admin login");
    EcPrivateJwk key;
    try {
      key = EcPrivateJwk.of(Json.asObject(credential.get("jwk")).orElse(Map.of()));
    } catch (IllegalArgumentException wrong) {
      throw CliFailure.unreachable("%s: %s".formatted(home.adminCredential(), wrong.getMessage()));
    }
    String base = BrokerAddress.findManagement(invocation, options.managementUrl());
    BrokerClient http =
        base.startsWith("https:")
            ? BrokerClient.trusting(home.certificateAuthority())
            : BrokerClient.loopback();
    return new AdminClient(
        http,
        base,
        new AdminAuthority.HomeKey(
            key, Json.string(credential, "kid").orElse(""), new Proofs(invocation.clock())));
  }

  private AdminClient asPerson(KeptSession session) {
    BrokerClient http = options.ca().map(BrokerClient::trusting).orElseGet(session::client);
    AdminLogin login =
        new AdminLogin(invocation, http, session.server(), session.trust(), Prompt.of(invocation));
    return new AdminClient(
        http,
        session.server(),
        new AdminAuthority.Person(login, KeptSessions.of(invocation), session));
  }

  private Optional<KeptSession> kept() {
    return options.server().isPresent()
        ? KeptSessions.of(invocation).find(BrokerAddress.server(options.server().get()))
        : anywhere();
  }

  /// Where there is no choice. Errors: exit 2 where there is one.
  private Optional<KeptSession> anywhere() {
    if (invocation.variable("XDG_CONFIG_HOME").isEmpty() && invocation.variable("HOME").isEmpty()) {
      return Optional.empty();
    }
    List<KeptSession> all = KeptSessions.of(invocation).all();
    if (all.size() > 1) {
      throw CliFailure.usage(
          "you are signed in at more than one broker; --server says which: "
              + String.join(", ", all.stream().map(KeptSession::server).toList()));
    }
    return all.stream().findFirst();
  }

  private CliFailure signInFirst() {
    return CliFailure.unreachable(
        "you are not signed in%s; ./mayfly admin login"
            .formatted(options.server().map(server -> " at " + server).orElse("")));
  }

  /// Opens a session for this one command.
  private AdminClient asMachine(Path file) {
    MachineKeyFile machine = MachineKeyFile.read(file);
    Optional<String> named = options.server().map(BrokerAddress::server);
    String base = named.orElseGet(() -> BrokerAddress.find(invocation, Optional.empty()).base());
    // What an assertion is for is the broker's own name, which a replica shares.
    String issuerBase =
        named.or(() -> RunningBrokers.of(invocation.home()).issuerBase()).orElse(base);
    BrokerClient http = trusting(base);
    String assertion =
        new Proofs(invocation.clock())
            .machine(machine.key(), machine.machine(), issuerBase + "/admin/api");
    Answer answer =
        http.post(
            base + "/admin/api/session/machine",
            Map.of("Sec-Fetch-Site", "same-origin", "Content-Type", "application/json"),
            Json.compact(Map.of("client_assertion", assertion)));
    if (!answer.isOk()) {
      throw answer.problem();
    }
    String token = Json.string(answer.object(), "token").orElseThrow(answer::problem);
    return new AdminClient(http, base, new AdminAuthority.Machine(token));
  }

  private BrokerClient trusting(String base) {
    return trust(invocation, options.ca(), base)
        .map(BrokerClient::trusting)
        .orElseGet(BrokerClient::publiclyTrusted);
  }

  /// The CA file to go by: the one that is named; the home's, where the broker is the home's;
  /// else those that this JDK trusts.
  static Optional<Path> trust(Invocation invocation, Optional<Path> named, String base) {
    HomeFiles home = invocation.home();
    return named
        .map(Path::toAbsolutePath)
        .or(
            () ->
                Optional.of(home.certificateAuthority())
                    .filter(Files::exists)
                    .filter(
                        _ ->
                            BrokerAddress.find(invocation, Optional.empty())
                                .issuerBases()
                                .contains(base)));
  }
}
