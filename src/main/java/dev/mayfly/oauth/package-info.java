/// The words of the standards as types. Pure JDK: depends on nothing.
package dev.mayfly.oauth;
