/// `/check`: the verdict on one request to the exchange, for proxies that ask before they pass it
/// on (forward authentication).
package dev.mayfly.check;
