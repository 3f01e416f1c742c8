/**
 * Memory that processes share, and how to wait on it. What is built of it knows processes and their ends; this knows only numbers.
 * Public for the package above; no program should lean on it.
 */
package heddle.processes.memory;
