package heddle.protocol.testkit;

import heddle.protocol.Content;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.Content.ExecutionState;
import heddle.protocol.Content.Reply;
import heddle.protocol.Json;
import java.util.function.Predicate;

/** What the next message must be: the words of the test language. */
public sealed interface Expectation {

    /** Exactly one message. */
    record One(String words, Predicate<Content> test) implements Expectation {
        @Override
        public String toString() {
            return words;
        }
    }

    /** One or more stream messages in a row that together make the text: for kernels that cut or join output as they see fit. */
    record Streamed(String name, String text) implements Expectation {
        @Override
        public String toString() {
            return "streamed " + name + " \"" + text + "\"";
        }
    }

    static Expectation is(Content content) {
        return new One(content.toString(), content::equals);
    }

    static Expectation matching(String words, Predicate<Content> test) {
        return new One(words, test);
    }

    static Expectation any(Class<? extends Content> type) {
        return new One("any " + type.getSimpleName(), type::isInstance);
    }

    static Expectation busy() {
        return is(new Content.Status(ExecutionState.BUSY));
    }

    static Expectation idle() {
        return is(new Content.Status(ExecutionState.IDLE));
    }

    static Expectation input(String code) {
        return new One(
                "execute_input \"" + code + "\"",
                content -> content instanceof Content.ExecuteInput input
                        && input.code().equals(code));
    }

    static Expectation input(String code, int executionCount) {
        return is(new Content.ExecuteInput(code, executionCount));
    }

    /** One message on stdout with just this text. */
    static Expectation stream(String text) {
        return is(Content.Stream.stdout(text));
    }

    static Expectation stderr(String text) {
        return is(Content.Stream.stderr(text));
    }

    static Expectation streamed(String name, String text) {
        return new Streamed(name, text);
    }

    /** A result whose plain text is this. */
    static Expectation result(String plainText) {
        return new One(
                "result " + plainText,
                content -> content instanceof Content.ExecuteResult result
                        && Json.plain(plainText)
                                .get("text/plain")
                                .equals(result.data().get("text/plain")));
    }

    static Expectation display(String mimeType, String text) {
        return new One(
                "display " + mimeType + " " + text,
                content -> content instanceof Content.DisplayData display
                        && display.data().containsKey(mimeType)
                        && display.data().get(mimeType).asText().equals(text));
    }

    static Expectation error(String ename) {
        return new One(
                "error " + ename,
                content ->
                        content instanceof Content.Error error && error.ename().equals(ename));
    }

    static Expectation ok() {
        return new One(
                "a reply ok",
                content -> content instanceof Reply reply && reply.status().equals("ok"));
    }

    static Expectation ok(int executionCount) {
        return new One(
                "execute_reply ok " + executionCount,
                content -> content instanceof ExecuteReply.Ok ok && ok.executionCount() == executionCount);
    }

    static Expectation failed(String ename) {
        return new One("a reply error " + ename, content -> switch (content) {
            case ExecuteReply.Error error -> error.ename().equals(ename);
            case Content.ErrorReply error -> error.ename().equals(ename);
            default -> false;
        });
    }

    static Expectation aborted() {
        return any(ExecuteReply.Aborted.class);
    }
}
