package heddle.notebook.extension;

/**
 * A {@code %line} or {@code %%cell} magic: it turns its words into Java that is run in the notebook process.
 *
 * @see Extension#magics
 */
public sealed interface Magic {

    /** Without the percent signs. */
    String name();

    /** One line for {@code %magics}. */
    String help();

    /** {@code %name arguments}, anywhere a statement may stand. */
    record Line(String name, String help, Expansion expansion) implements Magic {
        public interface Expansion {
            /** @throws IllegalArgumentException with one sentence that says what is wrong and what to do */
            String toJava(String arguments);
        }
    }

    /**
     * {@code %%name arguments} on a cell's first line. The cell's own code runs as it would without the magic (its declarations stay), between
     * {@link Frame#before} and {@link Frame#after}; {@code after} runs also when the cell fails or is stopped.
     */
    record Cell(String name, String help, Expansion expansion) implements Magic {
        public interface Expansion {
            /** @throws IllegalArgumentException with one sentence that says what is wrong and what to do */
            Frame around(String arguments);
        }

        /** Java statements to run before and after the cell's own code. */
        public record Frame(String before, String after) {}
    }
}
