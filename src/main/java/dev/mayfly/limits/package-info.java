/// Rate limits: who has asked how much, and the answer to whoever asks more.
package dev.mayfly.limits;
