package heddle.processes;

import java.io.NotSerializableException;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Says what cannot travel, why, and what to do; by what was to travel. May take its time. */
enum Refusal {
    VALUE("another process", null, "hand it over when nobody changes it"),
    FUNCTION("another process", "make it inside the function instead", "hand it over when nobody changes it"),
    CHILD("a child process", "make it inside the task instead", "start the child when nobody changes it");

    /** What to take instead of what works among the threads of one process. */
    private static final Map<String, String> COUNTERPARTS = Map.of(
            "java.util.concurrent.CountDownLatch", "ProcessEvent or ProcessSemaphore",
            "java.util.concurrent.CyclicBarrier", "ProcessBarrier",
            "java.util.concurrent.Phaser", "ProcessBarrier",
            "java.util.concurrent.Exchanger", "ProcessPipe",
            "java.util.concurrent.ThreadPoolExecutor", "ProcessPool",
            "java.util.concurrent.ForkJoinPool", "ProcessPool");

    private final String destination;
    private final String instead;
    private final String later;

    Refusal(String destination, String instead, String later) {
        this.destination = destination;
        this.instead = instead;
        this.later = later;
    }

    /** @param what cannot travel, as the sentence names it */
    IllegalArgumentException because(String what, Throwable failure) {
        var cannot = what + " cannot travel to " + destination;
        return new IllegalArgumentException(
                switch (failure) {
                    case NotSerializableException e -> cannot + ", because " + notSerializable(what, e.getMessage());
                    case ConcurrentModificationException _ ->
                        what + " was changed by another thread while it was copied for " + destination + "; " + later;
                    case StackOverflowError _ -> cannot + ", because its objects are nested too deeply";
                    default -> cannot + ": " + failure;
                },
                failure);
    }

    private String notSerializable(String what, String culprit) {
        var remedies = new StringJoiner(", or ", "; ", "").setEmptyValue("");
        if (!culprit.matches("(java|javax|jdk|sun|com\\.sun)\\..*|.* .*")) {
            remedies.add("let it implement java.io.Serializable");
        }
        if (COUNTERPARTS.get(culprit) instanceof String counterpart) {
            remedies.add("use a " + counterpart);
        }
        if (instead != null) {
            remedies.add(instead);
        }
        var its = this == VALUE && what.endsWith("(" + culprit + ")") ? "its class" : culprit;
        return its + " is not Serializable" + remedies;
    }

    // ---- what of it

    /**
     * What a function is made of.
     *
     * @param field null for what a lambda captured
     */
    record Part(Object value, Field field) {}

    /** What of a function cannot travel, or of the innermost lambda that it captured; null where that is not known. */
    static Part culprit(Object function, Predicate<Object> travels) {
        var lambda = Functions.lambda(function);
        for (var part : lambda == null ? fields(function, Object.class) : captured(lambda)) {
            if (!travels.test(part.value())) {
                var inside = Functions.lambda(part.value()) == null ? null : culprit(part.value(), travels);
                return inside == null ? part : inside;
            }
        }
        return null;
    }

    private static List<Part> captured(SerializedLambda lambda) {
        return Stream.of(Functions.captured(lambda))
                .map(value -> new Part(value, null))
                .toList();
    }

    /** What the fields of an object hold, as far as they travel. */
    static List<Part> fields(Object object, Class<?> upTo) {
        var parts = new ArrayList<Part>();
        for (var type = (Class<?>) object.getClass(); type != upTo; type = type.getSuperclass()) {
            for (var field : type.getDeclaredFields()) {
                if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0 && field.trySetAccessible()) {
                    parts.add(new Part(Reach.value(field, object), field));
                }
            }
        }
        return parts;
    }
}
