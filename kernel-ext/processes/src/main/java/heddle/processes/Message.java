package heddle.processes;

import java.nio.charset.StandardCharsets;

/**
 * What a process and its child say to each other on their private socket.
 *
 * <p>An enum and bytes rather than a sealed interface and patterns: linking a pattern switch takes a JVM that has just begun
 * several milliseconds, each.
 */
record Message(Kind kind, byte[] body) {
    enum Kind {
        /** Child, first of all: the secret that proves which of the launched JVMs it is. It has been told what to do. */
        HELLO,
        /** Child, first of all: the same, but it is one of the reserve. */
        IDLE,
        /** Parent, first of all: the other secret, that proves that it is the parent. */
        WELCOME,
        /** Parent, to a JVM of the reserve: run this parcel as an exercise, then go on waiting. */
        REHEARSE,
        /** Child: the exercise is done. */
        READY,
        /** Parent, to a JVM of the reserve: be the child in this parcel. */
        START,
        /** Child: give me the class file of the class of this name. */
        CLASS_WANTED,
        CLASS_FOUND,
        CLASS_MISSING;

        private static final Kind[] ALL = values();

        static Kind of(byte number) {
            if (number < 0 || number >= ALL.length) {
                throw new IllegalArgumentException("a message of unknown kind " + number);
            }
            return ALL[number];
        }
    }

    private static final byte[] NOTHING = new byte[0];

    static Message of(Kind kind) {
        return new Message(kind, NOTHING);
    }

    static Message of(Kind kind, String text) {
        return new Message(kind, text.getBytes(StandardCharsets.UTF_8));
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
