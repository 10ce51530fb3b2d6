/// SVIDs held against the bundle of the trust domain that their own SPIFFE ID is of, and no other.
/// Pure: the bundles are the realm's, nothing is fetched, and no SVID brings its own keys.
package dev.mayfly.spiffe;
