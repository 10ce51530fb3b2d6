package dev.mayfly.misconduct;

/// Sleeps, under a name that says nothing.
public final class SleepyHelper {
  private SleepyHelper() {}

  public static void rest() throws InterruptedException {
    Thread.sleep(1);
  }
}
