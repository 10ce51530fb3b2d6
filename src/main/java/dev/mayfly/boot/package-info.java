/// Before Quarkus: the home folder and its locks, the embedded PostgreSQL, the SoftHSM token,
/// the TLS files. [Main] prepares them in this order, hands their facts to Quarkus as system
/// properties, runs it, and puts away what it started. Everything here is idempotent: a crash
/// between any two steps is repaired by the next start.
package dev.mayfly.boot;
