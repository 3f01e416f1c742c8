package heddle.processes.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedFileTest {
    @TempDir
    Path directory;

    @Test
    void whatOneMappingWritesAnotherReads() throws IOException {
        var made = SharedFile.create(directory.resolve("a"), 100);
        var opened = SharedFile.open(directory.resolve("a"), 100);
        Words.setInt(made.head(), 96, 7);
        assertEquals(7, Words.getInt(opened.head(), 96));
    }

    @Test
    void itGrowsByZeros() throws IOException {
        var file = SharedFile.create(directory.resolve("a"), 100);
        assertEquals(100, file.extend(200_000));
        assertEquals(200_100, file.extend(8));
        assertEquals(200_108, Files.size(file.path()));
        var part = file.map(100, 200_000);
        assertEquals(200_000, part.byteSize());
        assertEquals(-1, part.mismatch(MemorySegment.ofArray(new byte[200_000])));
    }

    @Test
    void anInterruptedThreadMapsToo() throws IOException {
        Thread.currentThread().interrupt();
        var file = SharedFile.create(directory.resolve("a"), 100);
        file.map(0, 50);
        file.extend(100_000);
        assertTrue(Thread.interrupted());
    }

    @Test
    void aDeletedFileStaysMappedAndIsNotMadeAgain() throws IOException {
        var file = SharedFile.create(directory.resolve("a"), 100);
        file.delete();
        file.delete();
        Words.setInt(file.head(), 0, 7);
        assertEquals(7, Words.getInt(file.head(), 0));
        assertThrows(NoSuchFileException.class, () -> file.map(0, 50));
        assertThrows(NoSuchFileException.class, () -> file.extend(50));
        assertFalse(Files.exists(file.path()));
    }

    @Test
    void aFileOfThatNameIsNotTakenOver() throws IOException {
        Files.writeString(directory.resolve("a"), "somebody's");
        assertThrows(FileAlreadyExistsException.class, () -> SharedFile.create(directory.resolve("a"), 100));
        assertEquals("somebody's", Files.readString(directory.resolve("a")));
    }
}
