package heddle.protocol;

/** Frames that are no message, or one whose sender does not have the key. The text never holds the key. */
public final class MalformedMessageException extends Exception {

    MalformedMessageException(String message) {
        super(message);
    }

    MalformedMessageException(String message, Throwable cause) {
        super(message, cause);
    }
}
