/// Ending a grant, and asking whether a token still counts.
package dev.mayfly.revocation;
