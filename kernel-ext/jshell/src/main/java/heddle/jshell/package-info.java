/** Heddle in kernels that are not its own, as one jar. */
package heddle.jshell;
