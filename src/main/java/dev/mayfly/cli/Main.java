package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/// The command line of a running broker. The launcher starts it as
/// `java -cp ... dev.mayfly.cli.Main <subcommand> ...`.
@Command(
    name = "./mayfly",
    header = "Mayfly: short-lived OAuth 2.0 tokens for programs that call an exchange's API.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly token --realm nevocoin --client trading-bot --scope orders:write",
      "  ./mayfly admin client list --realm nevocoin",
      "",
      "./mayfly COMMAND --help says more. Exit codes: 0 done, 1 the broker refused, 2 usage, 3 no"
          + " broker or no file."
    })
public final class Main {
  /// A defect of this program, `EX_SOFTWARE` of sysexits.h.
  private static final int DEFECT = 70;

  /// Set while the launcher records a start for the ahead-of-time cache: all commands are to be in
  /// it, whichever is run.
  private static final String RECORDED = "mayfly.recorded";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print this help.")
  @SuppressWarnings("unused") // picocli acts on it by itself
  private boolean help;

  private Main() {}

  public static void main(String[] arguments) {
    Invocation invocation =
        new Invocation(
            System.getenv(),
            Clock.system(ZoneId.systemDefault()),
            System.in,
            new PrintWriter(System.out, false, System.out.charset()),
            new PrintWriter(System.err, true, System.err.charset()));
    System.exit(run(invocation, arguments));
  }

  static int run(Invocation invocation, String... arguments) {
    if (Boolean.getBoolean(RECORDED)) {
      var _ = all(invocation);
    }
    // To describe sixty commands takes longer than to ask for a token.
    CommandLine commandLine =
        arguments.length > 0 && arguments[0].equals("token")
            ? told(main().addSubcommand(new TokenCommand(invocation)), invocation)
            : all(invocation);
    int exitCode = commandLine.execute(arguments);
    invocation.out().flush();
    invocation.err().flush();
    return exitCode;
  }

  private static CommandLine main() {
    return new CommandLine(new Main());
  }

  private static CommandLine all(Invocation invocation) {
    return told(
        main()
            .addSubcommand(new TokenCommand(invocation))
            .addSubcommand(new AttestCommand(invocation))
            .addSubcommand(
                new CommandLine(new AdminCommand(invocation))
                    .addSubcommand(new SessionCommands.Login(invocation))
                    .addSubcommand(new SessionCommands.Logout(invocation))
                    .addSubcommand(new SessionCommands.WhoAmI(invocation))
                    .addSubcommand(
                        new CommandLine(new ClientCommands(invocation))
                            .addSubcommand(new RotateCommand(invocation)))
                    .addSubcommand(new LifecycleCommands(invocation))
                    .addSubcommand(new GrantCommands(invocation))
                    .addSubcommand(new PeopleCommands(invocation))
                    .addSubcommand(new MachineCommands(invocation))
                    // A digest may begin with a hyphen and the letter of an option.
                    .addSubcommand(
                        new CommandLine(new ApprovalCommands(invocation))
                            .setAllowOptionsAsOptionParameters(true))
                    .addSubcommand(new InstanceCommands(invocation))
                    .addSubcommand(new AttesterCommands(invocation))
                    .addSubcommand(new AttestationCommands(invocation))
                    .addSubcommand(new AuditCommands(invocation))
                    // One kid in 64 begins with a hyphen.
                    .addSubcommand(
                        new CommandLine(new KeyCommands(invocation))
                            .setUnmatchedOptionsArePositionalParams(true)))
            .addSubcommand(new RealmCommand(invocation))
            .addSubcommand(new CompletionCommand(invocation, () -> all(invocation))),
        invocation);
  }

  /// What holds for every command.
  private static CommandLine told(CommandLine commandLine, Invocation invocation) {
    return commandLine
        // An @FILE is an option's value here, never a list of arguments.
        .setExpandAtFiles(false)
        .registerConverter(RealmName.class, converter(RealmName::new))
        .registerConverter(ClientId.class, converter(ClientId::new))
        .registerConverter(GrantId.class, converter(GrantId::parse))
        .setOut(invocation.out())
        .setErr(invocation.err())
        .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
        .setUsageHelpWidth(97)
        .setUsageHelpAutoWidth(false)
        .setParameterExceptionHandler((wrong, _) -> usage(invocation, wrong))
        .setExecutionExceptionHandler((failure, _, _) -> failed(invocation, failure));
  }

  private static <T> ITypeConverter<T> converter(Function<String, T> parse) {
    return text -> {
      try {
        return parse.apply(text);
      } catch (IllegalArgumentException wrong) {
        throw new TypeConversionException(wrong.getMessage());
      }
    };
  }

  private static int usage(Invocation invocation, ParameterException wrong) {
    String message = Printable.line(wrong.getMessage());
    invocation.note(
        "%s%s (see %s --help)"
            .formatted(
                message.substring(0, 1).toLowerCase(Locale.ROOT),
                message.substring(1),
                wrong.getCommandLine().getCommandSpec().qualifiedName()));
    return CliFailure.USAGE;
  }

  private static int failed(Invocation invocation, Exception failure) {
    if (failure instanceof CliFailure cli) {
      invocation.note(cli.getMessage());
      return cli.exitCode();
    }
    // The message of an unforeseen failure may hold anything, so only its kind and place are said.
    StackTraceElement[] trace = failure.getStackTrace();
    invocation.note(
        "a defect: %s at %s; please report it"
            .formatted(
                failure.getClass().getSimpleName(), trace.length == 0 ? "unknown" : trace[0]));
    return DEFECT;
  }
}
