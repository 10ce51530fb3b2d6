/// Where a request comes from, and whether it may: addresses, networks, countries, hours.
/// Decisions are pure; the one file read here is the country data behind [GeoLookup].
package dev.mayfly.network;
