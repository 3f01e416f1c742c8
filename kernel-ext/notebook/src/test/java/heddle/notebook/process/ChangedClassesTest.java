package heddle.notebook.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangedClassesTest {

    private static final byte[] ORIGINAL = {1, 2, 3};
    private static final byte[] CHANGED = {4, 5, 6, 7};

    @TempDir
    Path folder;

    private Path written() throws Exception {
        var file = folder.resolve("kept");
        var classes = new ChangedClasses();
        classes.put("A", ORIGINAL, CHANGED);
        classes.write(file, 7);
        return file;
    }

    @Test
    void whatIsKeptHoldsForTheSameBytesOfTheSameMaker() throws Exception {
        var file = written();
        assertArrayEquals(CHANGED, ChangedClasses.read(file, 7).get("A", ORIGINAL));
        assertNull(ChangedClasses.read(file, 7).get("A", CHANGED));
        assertNull(ChangedClasses.read(file, 7).get("B", ORIGINAL));
        assertNull(ChangedClasses.read(file, 8).get("A", ORIGINAL));
        assertNull(ChangedClasses.read(folder.resolve("none"), 7).get("A", ORIGINAL));
    }

    @Test
    void aBrokenFileHoldsNothing() throws Exception {
        var file = written();
        var whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertNull(ChangedClasses.read(file, 7).get("A", ORIGINAL), "cut to " + length);
        }
        for (int i = 0; i < whole.length; i++) {
            var broken = whole.clone();
            broken[i] ^= 0x55;
            Files.write(file, broken);
            var got = ChangedClasses.read(file, 7).get("A", ORIGINAL);
            assertEquals(true, got == null || Arrays.equals(got, CHANGED), "byte " + i);
        }
    }

    @Test
    void aSecondStartUsesWhatTheFirstKept() throws Exception {
        var before = System.setProperty(NotebookLaunch.CACHE_PROPERTY, folder.toString());
        try {
            byte[] kept = null;
            for (int start = 1; start <= 2; start++) {
                try (var notebook = NotebookUnderTest.start()) {
                    notebook.run(
                            1,
                            "public static ExecutorService e = Executors.newFixedThreadPool(1);",
                            "e.submit(() -> {}).get();");
                    notebook.run(2, "", "e.submit(() -> System.out.println(Cell.current())).get();");
                    assertEquals("cell 2\n", notebook.out(2));
                    assertEquals("", notebook.err(1));
                }
                try (var files = Files.list(folder)) {
                    var now = Files.readAllBytes(files.toList().getFirst());
                    if (kept != null) {
                        assertArrayEquals(kept, now);
                    }
                    kept = now;
                }
            }
        } finally {
            if (before == null) {
                System.clearProperty(NotebookLaunch.CACHE_PROPERTY);
            } else {
                System.setProperty(NotebookLaunch.CACHE_PROPERTY, before);
            }
        }
    }
}
