package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin client rotate`: for cron and CI.
@Command(
    name = "rotate",
    header = "Drives the rotation of a client's secret to its end.",
    description = {
      "",
      "Makes a second secret, brings it to its destination, tries it over the public endpoint, and"
          + " ends the first one. Run again with the same id after any failure: it goes on where it"
          + " was, and a finished rotation is not done again.",
      ""
    },
    footer = {
      "",
      "Example:",
      "  ./mayfly admin client rotate web-dashboard --realm nevocoin --rotation-id 2026-11 \\",
      "      --to file:/etc/dashboard/secret --reason 'monthly'",
      "",
      "Exit codes: 0 finished, now or before; 1 the broker refused, or the new secret did not pass",
      "its test (the first is still good); 2 usage; 3 no broker, or the destination cannot be written."
    })
final class RotateCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(paramLabel = "CLIENT", description = "The client id.")
  private ClientId client;

  @Mixin private ActOptions options;

  @Option(
      names = "--rotation-id",
      required = true,
      paramLabel = "ID",
      description = "A name for this rotation: the same one, the same rotation.")
  private String id;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "PLACE",
      description = "Where the tool takes its secret from: file:/path (mode 0600, swapped whole).")
  private String destination;

  RotateCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    return new SecretRotation(invocation, options, client, id, SecretDestination.parse(destination))
        .run();
  }
}
