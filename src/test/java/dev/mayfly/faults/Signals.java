package dev.mayfly.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Signals to processes: what Java's own interface cannot send.
enum Signals {
  STOP,
  CONT,
  KILL;

  /// To these processes; one that is gone already is no error.
  void send(List<Long> pids) {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name()));
    pids.forEach(pid -> command.add(pid.toString()));
    try {
      int _ =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .onExit()
              .join()
              .exitValue();
    } catch (IOException e) {
      throw new AssertionError("cannot run kill", e);
    }
  }

  /// To a process and all its descendants.
  void sendTree(ProcessHandle root) {
    List<Long> pids = new ArrayList<>(List.of(root.pid()));
    root.descendants().forEach(child -> pids.add(child.pid()));
    send(pids);
  }
}
