/// What an instance shows of where it runs, and what that proves: *evidence* in, its *appraisal*
/// out (the words of RFC 9334). Pure: keys, times and what a platform answered are handed in.
package dev.mayfly.evidence;
