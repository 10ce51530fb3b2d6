package dev.mayfly.cli;

import dev.mayfly.oauth.RealmName;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What every act of an admin in one realm takes.
final class ActOptions {
  @Option(names = "--realm", required = true, paramLabel = "R", description = "The realm.")
  RealmName realm;

  @Mixin private Reason reason;

  @Mixin AdminOptions admin;

  Map<String, Object> body() {
    return reason.body();
  }
}
