package heddle.notebook;

/** A magic that was called as a method could not do what it is for, or code given to {@link Notebook#eval} is wrong; the message is one sentence. */
public final class MagicException extends RuntimeException {

    public MagicException(String message) {
        super(message);
    }
}
