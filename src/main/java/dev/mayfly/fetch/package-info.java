/// Documents of others, fetched over TLS under strict conditions: the keys of issuers and of
/// clients, and what a platform answers.
package dev.mayfly.fetch;
