/// HTTP message signatures (RFC 9421) and digests (RFC 9530), as far as they are the same for
/// everybody: structured fields, the signature base, the algorithms. What we demand of a signature
/// is `check`'s. Pure.
package dev.mayfly.signature;
