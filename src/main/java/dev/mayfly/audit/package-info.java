/// What is written down about every credential use and every admin act.
package dev.mayfly.audit;
