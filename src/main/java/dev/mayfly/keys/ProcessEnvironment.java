package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The environment as the C library sees it, which is where native modules look for their settings.
/// `System.getenv` is a copy from the start of the JVM and does not change.
@SuppressWarnings("restricted") // a native call, see decision 0005
public final class ProcessEnvironment {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle SETENV =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("setenv"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));

  private ProcessEnvironment() {}

  /// Sets a variable, replacing what it was. To be done early: `setenv` is not safe beside a
  /// `getenv` on another thread.
  /// Errors: `IllegalArgumentException` for a name that is empty or holds `=`.
  public static void set(String name, String value) {
    int result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment nativeName = arena.allocateFrom(name);
      MemorySegment nativeValue = arena.allocateFrom(value);
      result = (int) SETENV.invokeExact(nativeName, nativeValue, 1);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (result != 0) {
      throw new IllegalArgumentException("cannot set the environment variable '" + name + "'");
    }
  }
}
