package dev.mayfly.cli;

import dev.mayfly.oauth.ScopeSet;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./mayfly token`: the tool's side, over the public endpoints only.
@Command(
    name = "token",
    header = "Gets an access token as a tool does, and prints the token response as JSON.",
    description = {
      "",
      "Proves the client (secret) and the instance (attestation and proof of its key), and keeps"
          + " the response in <home>/tokens/R/C.json for --refresh. An attestation about to expire"
          + " is renewed first.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  ./mayfly token --realm nevocoin --client trading-bot --scope orders:write",
      "  ./mayfly token --realm nevocoin --client trading-bot --refresh",
      "  ./mayfly token --realm nevocoin --client trading-bot --dpop",
      "  ./mayfly token --realm nevocoin --client trading-bot --decode",
      "  ./mayfly token --realm nevocoin --client trading-bot --authorization-details @read.json",
      "  ./mayfly token --realm nevocoin --client trading-bot --curl | bash",
      "",
      "Exit codes: 0 a token, 1 the broker refused, 2 usage, 3 no broker or no file."
    })
final class TokenCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private InstanceOptions instance;

  @Option(
      names = "--scope",
      paramLabel = "S",
      description = "Scopes, separated by spaces. Default: what the realm grants without it.")
  private String scope;

  @Option(
      names = "--authorization-details",
      paramLabel = "JSON",
      description =
          "What the token is to be limited to, as a JSON array (RFC 9396), or @FILE. Default: as"
              + " far as the realm limits the client.")
  private String authorizationDetails;

  @Option(
      names = "--refresh",
      description =
          "Use the refresh token of the last response. If an answer is lost, run it again: the"
              + " stored token is still good.")
  private boolean refresh;

  @Option(
      names = "--dpop",
      description =
          "Bind the token to the instance key by a DPoP proof. --refresh does so by itself for a"
              + " token that was bound.")
  private boolean dpop;

  @Option(
      names = "--curl",
      description = "Print the exchange as bash with curl and openssl instead of doing it.")
  private boolean curl;

  @Option(
      names = "--decode",
      description = "Print header and claims of the access token instead of the JSON.")
  private boolean decode;

  TokenCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    requireSensible();
    HomeFiles home = invocation.home();
    Credentials credentials = instance.credentialsFile(home).read();
    if (credentials.clientSecret().isEmpty()) {
      throw CliFailure.unreachable(
          "%s has no client_secret".formatted(instance.credentialsFile(home).path()));
    }
    if (dpop && credentials.instanceKey().isEmpty()) {
      throw CliFailure.unreachable(
          "%s has no instance_key to bind a token to"
              .formatted(instance.credentialsFile(home).path()));
    }
    Path tokens = home.tokens(instance.realm, instance.client);
    Map<String, String> form = form(tokens);
    BrokerAddress address = instance.address(invocation);
    try (BrokerClient http = BrokerClient.trusting(instance.certificateAuthority(home))) {
      if (curl) {
        printScript(http, address, credentials, tokens);
      } else {
        Map<String, Object> response = response(http, address, credentials, form);
        try {
          HomeFiles.writePrivately(tokens, Json.pretty(response) + "\n");
        } finally {
          // A full disk must not cost the token that was just issued.
          print(response);
        }
      }
    }
    return 0;
  }

  private void requireSensible() {
    if (curl && decode) {
      throw CliFailure.usage("--curl and --decode exclude each other (see ./mayfly token --help)");
    }
    if (curl && dpop) {
      throw CliFailure.usage("--curl and --dpop exclude each other (see ./mayfly token --help)");
    }
    if (scope != null) {
      try {
        ScopeSet.parse(scope);
      } catch (IllegalArgumentException malformed) {
        throw CliFailure.usage("--scope: " + malformed.getMessage());
      }
    }
    if (authorizationDetails != null) {
      authorizationDetails = DetailsOption.read(authorizationDetails);
    }
  }

  private Map<String, String> form(Path tokens) {
    SequencedMap<String, String> form = new LinkedHashMap<>();
    if (refresh) {
      form.put("grant_type", "refresh_token");
      form.put("refresh_token", storedRefreshToken(tokens));
      dpop = dpop || isStoredTokenBound(tokens);
    } else {
      form.put("grant_type", "client_credentials");
    }
    if (scope != null) {
      form.put("scope", scope);
    }
    if (authorizationDetails != null) {
      form.put("authorization_details", authorizationDetails);
    }
    return form;
  }

  private String storedRefreshToken(Path tokens) {
    String first = "./mayfly token %s gets a first token".formatted(instance.arguments());
    return Json.string(HomeFiles.readJson(tokens, first), "refresh_token")
        .orElseThrow(
            () ->
                CliFailure.unreachable(
                    "the last response, %s, had no refresh token; %s".formatted(tokens, first)));
  }

  private boolean isStoredTokenBound(Path tokens) {
    return Json.string(HomeFiles.readJson(tokens, ""), "token_type")
        .filter("DPoP"::equals)
        .isPresent();
  }

  private Map<String, Object> response(
      BrokerClient http, BrokerAddress address, Credentials stored, Map<String, String> form) {
    try {
      return exchange(http, address, stored, form);
    } catch (CliFailure failure) {
      if (refresh && failure.exitCode() == CliFailure.UNREACHABLE) {
        // The broker gives the same successor to the same instance key again.
        throw CliFailure.unreachable(
            failure.getMessage() + " (the stored refresh token is still good)");
      }
      throw failure;
    }
  }

  private Map<String, Object> exchange(
      BrokerClient http, BrokerAddress address, Credentials stored, Map<String, String> form) {
    RealmEndpoints realm = RealmEndpoints.discover(http, address, instance.realm);
    Proofs proofs = new Proofs(invocation.clock());
    Credentials credentials =
        stored.attestationNeedsRenewal(invocation.clock().instant())
            ? renew(http, realm, stored)
            : stored;
    TokenExchange exchange = new TokenExchange(http, realm, proofs, dpop);
    Answer answer = exchange.request(credentials, form);
    if (answer.isError("use_fresh_attestation")) {
      answer = exchange.request(renew(http, realm, credentials), form);
    }
    if (!answer.isOk()) {
      throw answer.failure();
    }
    return answer.object();
  }

  private Credentials renew(BrokerClient http, RealmEndpoints realm, Credentials credentials) {
    Credentials renewed =
        new AttestationExchange(http, realm, new Proofs(invocation.clock())).renew(credentials);
    instance.credentialsFile(invocation.home()).write(renewed);
    return renewed;
  }

  private void printScript(
      BrokerClient http, BrokerAddress address, Credentials credentials, Path tokens) {
    if (credentials.attestationNeedsRenewal(invocation.clock().instant())) {
      renew(http, RealmEndpoints.discover(http, address, instance.realm), credentials);
    }
    if (credentials.instanceKey().orElse(null) instanceof TpmKey) {
      throw CliFailure.usage("--curl cannot sign with an instance key that is in the TPM");
    }
    HomeFiles home = invocation.home();
    CurlScript script =
        new CurlScript(
            instance.arguments(),
            address.metadataUri(instance.realm),
            instance.certificateAuthority(home),
            instance.credentialsFile(home).path(),
            tokens,
            credentials.instanceKey().isPresent(),
            refresh,
            scope == null ? "" : scope,
            authorizationDetails == null ? "" : authorizationDetails);
    if (!CurlScript.canCarry(credentials.clientSecret().orElseThrow())) {
      throw CliFailure.unreachable(
          "the client_secret has characters the printed script cannot carry; use it without"
              + " --curl");
    }
    invocation.out().print(script.text());
  }

  private void print(Map<String, Object> response) {
    if (decode) {
      TokenReading.of(Json.string(response, "access_token").orElse(""))
          .print(invocation.out(), invocation.clock());
    } else {
      invocation.out().println(Json.pretty(response));
    }
  }
}
