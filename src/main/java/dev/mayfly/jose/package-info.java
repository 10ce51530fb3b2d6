/// Reading and verifying compact JWTs by one strict rule, RFC 8725: the type and the algorithm
/// are what the caller expects, the key is the caller's, and nothing in a header is ever
/// followed.
package dev.mayfly.jose;
