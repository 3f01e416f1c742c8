/** CPU scheduling as textbooks have it: jobs and a policy give a {@link heddle.scheduling.Schedule}, always the same one. */
package heddle.scheduling;
