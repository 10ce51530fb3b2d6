/// Classes that break the rules of `ArchitectureTest`, so that each rule is seen to fail. Nobody
/// uses them.
package dev.mayfly.misconduct;
