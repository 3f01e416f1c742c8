package heddle.processes;

import static heddle.processes.CensusDescriptor.*;

import heddle.processes.memory.SharedFile;
import heddle.processes.memory.Words;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who lives in a tree of processes, in memory that all of them share. Each process has a number: whatever lies in shared memory
 * names processes by their numbers. A number is the index of an entry and how often that entry has been used, so that the number of one
 * that died long ago is nobody else's.
 */
final class Census {
    /**
     * What is known of a process.
     *
     * @param pid 0 while that is not known
     * @param exitCode as {@link ChildProcess#exitCode}, or null while it lives
     */
    record Entry(int number, long pid, int parent, String name, Integer exitCode) {}

    private final MemorySegment memory;

    private Census(SharedFile file) {
        memory = file.head();
    }

    static Census create(Path path) throws IOException {
        return new Census(SharedFile.create(path, LENGTH));
    }

    static Census open(Path path) throws IOException {
        return new Census(SharedFile.open(path, LENGTH));
    }

    static int index(int number) {
        return number & INDEX_MASK;
    }

    private static long at(int index) {
        return HEAD_LENGTH + (long) index * ENTRY_LENGTH;
    }

    /**
     * Enters a process that is about to be.
     *
     * @return its number
     * @throws IllegalStateException if the tree is full
     */
    int enter(String name, int parent) {
        var first = Words.addInt(memory, NEXT, 1);
        for (var i = 0; i < ENTRIES; i++) {
            var index = (first + i) & INDEX_MASK;
            var at = at(index);
            var state = Words.getInt(memory, at + STATE);
            if ((state == FREE || state == BURIED) && Words.casInt(memory, at + STATE, state, CLAIMED)) {
                var use = (Words.getInt(memory, at + NUMBER) >>> INDEX_BITS) % LARGEST_USE + 1;
                var number = use << INDEX_BITS | index;
                memory.set(ValueLayout.JAVA_LONG, at + PID, 0);
                memory.set(ValueLayout.JAVA_INT, at + PARENT, parent);
                memory.set(ValueLayout.JAVA_INT, at + TOUCHED, 0);
                name(at, name);
                Words.setInt(memory, at + NUMBER, number);
                Words.setInt(memory, at + STATE, ALIVE);
                return number;
            }
        }
        throw new IllegalStateException(
                "there are " + ENTRIES + " processes already, and no more are allowed; end some first");
    }

    private void name(long at, String name) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        var length = Math.min(bytes.length, ENTRY_LENGTH - NAME);
        while (length < bytes.length && length > 0 && (bytes[length] & 0xC0) == 0x80) {
            length--; // not in the middle of a character
        }
        memory.set(ValueLayout.JAVA_INT, at + NAME_LENGTH, length);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at + NAME, length);
    }

    void isProcess(int number, long pid) {
        Words.setLong(memory, at(index(number)) + PID, pid);
    }

    /** Notes that this process opened something that it may leave in disorder. */
    void touch(int number) {
        Words.setInt(memory, at(index(number)) + TOUCHED, 1);
    }

    boolean hasTouched(int number) {
        return isOf(number) && Words.getInt(memory, at(index(number)) + TOUCHED) != 0;
    }

    /** Whether that process is alive, as far as anybody has noticed. */
    boolean isAlive(int number) {
        return isOf(number) && Words.getInt(memory, at(index(number)) + STATE) == ALIVE;
    }

    void died(int number, int exitCode) {
        var at = at(index(number));
        if (isOf(number)) {
            memory.set(ValueLayout.JAVA_INT, at + EXIT_CODE, exitCode);
            Words.casInt(memory, at + STATE, ALIVE, DEAD);
        }
    }

    void buried(int number) {
        if (isOf(number)) {
            Words.casInt(memory, at(index(number)) + STATE, DEAD, BURIED);
        }
    }

    private boolean isOf(int number) {
        return Words.getInt(memory, at(index(number)) + NUMBER) == number;
    }

    /** What is known of that process, or null where that has been forgotten. */
    Entry entry(int number) {
        var at = at(index(number));
        var state = Words.getInt(memory, at + STATE);
        var length = memory.get(ValueLayout.JAVA_INT, at + NAME_LENGTH);
        var bytes = new byte[Math.clamp(length, 0, ENTRY_LENGTH - NAME)];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at + NAME, bytes, 0, bytes.length);
        var entry = new Entry(
                number,
                memory.get(ValueLayout.JAVA_LONG, at + PID),
                memory.get(ValueLayout.JAVA_INT, at + PARENT),
                new String(bytes, StandardCharsets.UTF_8),
                state == DEAD || state == BURIED ? (Integer) memory.get(ValueLayout.JAVA_INT, at + EXIT_CODE) : null);
        return isOf(number) ? entry : null;
    }

    /** Those whose parent is that process and that live, or died and are not buried yet. */
    List<Entry> children(int parent) {
        var children = new ArrayList<Entry>();
        for (var index = 0; index < ENTRIES; index++) {
            var at = at(index);
            var state = Words.getInt(memory, at + STATE);
            if ((state == ALIVE || state == DEAD) && memory.get(ValueLayout.JAVA_INT, at + PARENT) == parent) {
                var entry = entry(Words.getInt(memory, at + NUMBER));
                if (entry != null) {
                    children.add(entry);
                }
            }
        }
        return children;
    }
}
