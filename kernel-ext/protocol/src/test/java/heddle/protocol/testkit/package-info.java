/**
 * The test language of the protocol: what a front end sends and exactly what must come back.
 *
 * <p>Another module's tests get it as {@code heddle-protocol} with {@code <type>test-jar</type>} and {@code <scope>test</scope>}.
 * {@link heddle.protocol.testkit.World} serves a kernel in this JVM; {@link heddle.protocol.testkit.Session#connect} talks to
 * a kernel process over its sockets.
 */
package heddle.protocol.testkit;
