/// Where a tool runs: challenges, client attestations and their proofs of possession, and our
/// own attester.
package dev.mayfly.attestation;
