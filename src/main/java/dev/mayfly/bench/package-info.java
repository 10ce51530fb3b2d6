/// `./mayfly bench`: what a request costs, measured from outside over the public endpoints. Uses
/// nothing of the broker but what any client could.
package dev.mayfly.bench;
