package heddle.processes;

/**
 * A value came from another process but could not be rebuilt here: its class is not to be found (the cause is then a {@link ClassNotFoundException}), its own
 * {@code readObject} failed, or its bytes are damaged. The value is lost; what it came through goes on working.
 *
 * {@snippet :
 * class Fragile implements Serializable {
 *     private void readObject(ObjectInputStream in) throws IOException {
 *         throw new IOException("broken on the way");
 *     }
 * }
 *
 * var queue = new ProcessQueue<Fragile>();
 * queue.put(new Fragile());
 * try {
 *     queue.take();
 * } catch (UnreadableValueException e) {
 *     System.out.println(e.getCause().getMessage()); // broken on the way
 * }
 * queue.close();
 * }
 */
public final class UnreadableValueException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreadableValueException(String message, Throwable cause) {
        super(message, cause);
    }
}
