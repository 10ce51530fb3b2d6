package dev.mayfly.realm;

/// The files that a realm file may name, by their path relative to it.
@FunctionalInterface
interface FilesBeside {
  /// No files: a stored realm stands by itself.
  FilesBeside NONE =
      (at, _) -> {
        throw at.refuse("no such file beside the realm file");
      };

  /// Errors: [RealmConfigException] at the value that names the file.
  String read(Value at, String path);
}
