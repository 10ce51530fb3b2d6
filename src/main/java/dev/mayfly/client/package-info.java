/// Who a client is: credentials and attestation in, an authenticated client out.
package dev.mayfly.client;
