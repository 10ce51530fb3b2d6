/// Dynamic client registration and its management, RFC 7591 and RFC 7592: closed unless the realm
/// opens it, and never more than the realm's registration policy.
package dev.mayfly.registration;
