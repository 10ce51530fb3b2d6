package dev.mayfly.bench;

import java.util.function.Supplier;

/// One kind of request at one server.
///
/// @param cost what the server has spent so far
/// @param inside what it says of itself; asked for before the first and after the last cost
record Contender(
    String name, Workload workload, Load load, Supplier<Cost> cost, Supplier<Inside> inside) {}
