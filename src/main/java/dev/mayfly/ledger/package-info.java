/// The one transaction: a grant, its refresh generation, the replay entries and the audit row
/// of one request are committed together or not at all; many requests share one commit.
package dev.mayfly.ledger;
