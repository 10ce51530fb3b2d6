/// Wiring: what the broker is made of, what it tells about itself, and the edge of HTTP.
package dev.mayfly.server;
