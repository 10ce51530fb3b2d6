/// Requests and answers in the shapes that the standards give them.
package dev.mayfly.http;
