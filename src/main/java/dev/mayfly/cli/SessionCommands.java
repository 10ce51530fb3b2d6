package dev.mayfly.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./mayfly admin login`, `logout` and `whoami`.
final class SessionCommands {
  private SessionCommands() {}

  static final class Server {
    @Option(
        names = "--server",
        paramLabel = "URL",
        description = "The broker, as browsers reach it. Default: the one of the home folder.")
    private String url;

    @Option(
        names = "--ca",
        paramLabel = "FILE",
        description =
            "The PEM file of the CA that the broker's certificate leads to. Default: the home's for"
                + " the home's broker, else those that this JDK trusts.")
    private Path ca;

    String base(Invocation invocation) {
      return Optional.ofNullable(url)
          .map(BrokerAddress::server)
          .orElseGet(() -> BrokerAddress.find(invocation, Optional.empty()).base());
    }
  }

  @Command(
      name = "login",
      header = "Signs you in, so that admin commands act in your name.",
      description = {
        "",
        "Shows a code that you type at <broker>/admin/terminal, where your passkey says yes; or, with"
            + " --totp, asks for the login secret and a code (without showing them; where there is"
            + " no terminal, on standard input, a line each).",
        "The session is kept in a file that only you can read, and ends like a browser's.",
        ""
      })
  static final class Login implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin private Server server;

    @Option(
        names = "--totp",
        paramLabel = "NAME",
        description = "Your name: by login secret and authenticator app, without a browser.")
    private String name;

    Login(Invocation invocation) {
      this.invocation = invocation;
    }

    @Override
    public Integer call() {
      String base = server.base(invocation);
      Optional<Path> trust = AdminDoor.trust(invocation, Optional.ofNullable(server.ca), base);
      KeptSessions kept = KeptSessions.of(invocation);
      try (BrokerClient http =
          trust.map(BrokerClient::trusting).orElseGet(BrokerClient::publiclyTrusted)) {
        AdminLogin login = new AdminLogin(invocation, http, base, trust, Prompt.of(invocation));
        KeptSession session = name == null ? login.byBrowser() : login.byTotp(name);
        kept.keep(session);
        invocation.out().printf("signed in at %s as %s%n", base, Table.cell(session.name()));
      }
      return 0;
    }
  }

  @Command(name = "logout", header = "Ends the session, here and at the broker.")
  static final class Logout implements Callable<Integer> {
    private static final int OVER_ALREADY = 401;

    private final Invocation invocation;

    @Mixin private Server server;

    Logout(Invocation invocation) {
      this.invocation = invocation;
    }

    @Override
    public Integer call() {
      String base = server.base(invocation);
      KeptSessions kept = KeptSessions.of(invocation);
      KeptSession session =
          kept.find(base)
              .orElseThrow(() -> CliFailure.unreachable("you are not signed in at " + base));
      // Whatever the broker says: nobody here goes on with it.
      kept.forget(base);
      try (BrokerClient http = session.client()) {
        Answer answer =
            http.delete(
                base + "/admin/api/session", Map.of("Authorization", "Bearer " + session.token()));
        if (!answer.isOk() && answer.status() != OVER_ALREADY) {
          throw answer.problem();
        }
      }
      invocation.out().printf("signed out at %s%n", base);
      return 0;
    }
  }

  @Command(name = "whoami", header = "Says as whom admin commands act, and until when.")
  static final class WhoAmI implements Callable<Integer> {
    private final Invocation invocation;

    @Mixin private AdminOptions options;

    WhoAmI(Invocation invocation) {
      this.invocation = invocation;
    }

    @Override
    public Integer call() {
      return options.ask(invocation, admin -> admin.getObject("/admin/api/me"), this::print);
    }

    private void print(Map<String, Object> me) {
      Table table = new Table();
      table.row("name", Table.cell(me.get("name")));
      table.row("roles", PeopleCommands.roles(me));
      Json.asObject(me.get("session"))
          .ifPresent(
              session -> {
                Times times = new Times(invocation.clock());
                table.row("signed in by", Table.cell(session.get("method")));
                table.row("until", times.reading(session.get("ends_at")));
                table.row("without a request", times.reading(session.get("idle_ends_at")));
              });
      table.print(invocation.out(), "");
    }
  }
}
