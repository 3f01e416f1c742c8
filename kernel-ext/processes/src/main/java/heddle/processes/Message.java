package heddle.processes;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What a process and its child say to each other on their private socket. */
sealed interface Message {
    /** Child, first of all: proves with its secret which of the launched JVMs it is. */
    record Hello(byte[] secret) implements Message {}

    /** Parent, first of all: proves with the other secret that it is the parent. */
    record Welcome(byte[] secret) implements Message {}

    /** Parent, to a JVM of the reserve: run this parcel as an exercise, then go on waiting. */
    record Rehearse(byte[] parcel) implements Message {}

    /** Parent: be this child. */
    record Start(byte[] parcel) implements Message {}

    /** Child: the exercise is done. */
    record Ready() implements Message {}

    /** Child: its shutdown hooks are running. */
    record Ending() implements Message {}

    /** Parent, in answer to that: nothing more comes from here, unless it is asked. */
    record Bye() implements Message {}

    record ClassWanted(String name) implements Message {}

    record ClassFound(byte[] classFile) implements Message {}

    record ClassMissing() implements Message {}

    default byte kind() {
        return switch (this) {
            case Hello _ -> 1;
            case Welcome _ -> 2;
            case Rehearse _ -> 3;
            case Start _ -> 4;
            case ClassWanted _ -> 5;
            case ClassFound _ -> 6;
            case ClassMissing _ -> 7;
            case Ready _ -> 8;
            case Ending _ -> 9;
            case Bye _ -> 10;
        };
    }

    default byte[] body() {
        return switch (this) {
            case Hello(var secret) -> secret;
            case Welcome(var secret) -> secret;
            case Rehearse(var parcel) -> parcel;
            case Start(var parcel) -> parcel;
            case ClassWanted(var name) -> name.getBytes(StandardCharsets.UTF_8);
            case ClassFound(var classFile) -> classFile;
            case ClassMissing(), Ready(), Ending(), Bye() -> new byte[0];
        };
    }

    static Message of(byte kind, byte[] body) {
        Objects.requireNonNull(body);
        return switch (kind) {
            case 1 -> new Hello(body);
            case 2 -> new Welcome(body);
            case 3 -> new Rehearse(body);
            case 4 -> new Start(body);
            case 5 -> new ClassWanted(new String(body, StandardCharsets.UTF_8));
            case 6 -> new ClassFound(body);
            case 7 -> new ClassMissing();
            case 8 -> new Ready();
            case 9 -> new Ending();
            case 10 -> new Bye();
            default -> throw new IllegalArgumentException("a message of unknown kind " + kind);
        };
    }
}
