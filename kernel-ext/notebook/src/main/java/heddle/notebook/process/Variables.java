package heddle.notebook.process;

import java.util.Map;

/** The variables that cells declared, once {@link NotebookMain} runs cells. */
public final class Variables {
    private Variables() {}

    private static volatile CellClassLoader cells;

    static void connect(CellClassLoader connected) {
        cells = connected;
    }

    public static Map<String, Object> now() {
        var connected = cells;
        return connected == null ? Map.of() : connected.variables();
    }
}
