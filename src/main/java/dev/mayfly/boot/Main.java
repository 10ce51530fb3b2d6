package dev.mayfly.boot;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/// `./mayfly start`: prepares the home, runs the broker until a signal ends it, puts the home
/// away. Exit code 1 and one line on the error stream when the start is refused.
@QuarkusMain
public final class Main {
  Main() {}

  public static void main(String... arguments) {
    var ending = Ending.watchForSignals();
    var exitCode = 1;
    try {
      exitCode = start(ending, arguments);
    } catch (BootException e) {
      // Ctrl-C during the preparation breaks whatever is under way; that needs no words.
      if (!ending.hasBegun()) {
        complain(e.getMessage());
      }
    } finally {
      ending.complete();
    }
    // In development the process belongs to the build tool, which calls main again after a
    // change.
    if (LaunchMode.current() != LaunchMode.DEVELOPMENT) {
      System.exit(exitCode);
    }
  }

  private static int start(Ending ending, String... arguments) {
    var clock = Clock.systemUTC();
    var settings = Settings.read(System.getenv(), Path.of("").toAbsolutePath(), arguments);
    try (var prepared = PreparedHome.prepare(settings, clock, Main::say)) {
      if (ending.hasBegun()) {
        return 0;
      }
      prepared.properties().forEach(System::setProperty);
      var outcome = new Outcome(ending);
      WarmUp.begin();
      try (var _ = prepared.watchPostgres().orElse(null)) {
        if (LaunchMode.current() == LaunchMode.DEVELOPMENT) {
          Quarkus.run(Broker.class);
        } else {
          Quarkus.run(Broker.class, outcome);
        }
      }
      return outcome.exitCode;
    }
  }

  /// How Quarkus ended. It reports a failed start only here, so that the terminal gets one line
  /// and not a stack trace.
  private static final class Outcome implements BiConsumer<Integer, Throwable> {
    private final Ending ending;
    private int exitCode;

    private Outcome(Ending ending) {
      this.ending = ending;
    }

    @Override
    public void accept(Integer code, Throwable failure) {
      exitCode = code;
      if (failure != null && !ending.hasBegun()) {
        Logger.getLogger(Main.class).error("the broker did not start", failure);
        complain(StartFailure.inOneLine(failure));
      }
    }
  }

  private static void say(String line) {
    System.out.println("mayfly: " + line);
  }

  private static void complain(String line) {
    System.err.println("mayfly: " + line);
  }
}
