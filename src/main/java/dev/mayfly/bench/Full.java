package dev.mayfly.bench;

/// What came of full load, each figure for one request: microseconds of processor time, and
/// commits.
///
/// @param server the compilers' part included
/// @param memory of the server at the end, KiB
record Full(
    double perSecond,
    double server,
    double compiling,
    double database,
    double commits,
    long memory) {
  static Full of(Load.Outcome outcome, Cost before, Cost after) {
    double requests = outcome.requests();
    return new Full(
        outcome.perSecond(),
        (after.server() - before.server()) / requests,
        (after.compiling() - before.compiling()) / requests,
        (after.database() - before.database()) / requests,
        (after.commits() - before.commits()) / requests,
        after.memory());
  }

  double both() {
    return server + database;
  }
}
