/// The command line: `./mayfly token`, `attest`, `admin`, `realm`. A plain `main` that starts in a
/// fraction of a second, speaks to a running broker over its public endpoints and its admin
/// endpoint, and keeps what it was given in files of mode 0600.
///
/// JSON is read with Jackson's streaming parser and JWS are signed with the JDK alone: data binding
/// and a JOSE library together would double the time a command takes to start.
package dev.mayfly.cli;
