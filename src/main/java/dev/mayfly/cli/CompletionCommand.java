package dev.mayfly.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `./mayfly completion`: a script for bash and zsh, made of the commands as they are.
@Command(
    name = "completion",
    header = "Prints a script that completes commands and options, for bash and zsh.",
    footer = {"", "In ~/.bashrc (or ~/.zshrc):", "  source <(/path/to/mayfly completion)"})
final class CompletionCommand implements Callable<Integer> {
  private static final String NAME = "mayfly";

  /// What the launcher does itself, and a JVM of the commands never sees.
  private static final List<String> OF_THE_LAUNCHER = List.of("test", "bench", "dev", "help");

  private final Invocation invocation;
  private final Supplier<CommandLine> commands;

  /// `commands`: all of them, anew.
  CompletionCommand(Invocation invocation, Supplier<CommandLine> commands) {
    this.invocation = invocation;
    this.commands = commands;
  }

  @Override
  public Integer call() {
    CommandLine all = commands.get().setCommandName(NAME);
    all.addSubcommand(
        "start", CommandSpec.create().addOption(OptionSpec.builder("--replica").build()));
    OF_THE_LAUNCHER.forEach(name -> all.addSubcommand(name, CommandSpec.create()));
    invocation.out().println(AutoComplete.bash(NAME, all));
    return 0;
  }
}
