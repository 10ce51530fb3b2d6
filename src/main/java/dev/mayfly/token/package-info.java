/// The token endpoint: who may have which token, recorded first and signed after.
package dev.mayfly.token;
