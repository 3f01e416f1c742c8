package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import heddle.processes.memory.Words;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What lies where in the memory of shared collections, step by step, by one thread. */
class LayoutTest {
    private static final int NUMBER = SharedObject.Place.HEAD_LENGTH + 8;

    private static Generation generation(SharedObject object) throws Exception {
        var path = object.file().path();
        var number = Words.getLong(object.memory, NUMBER);
        return Generation.open(number, path.resolveSibling("generation-" + path.getFileName() + "." + number));
    }

    private static long files(Path directory) throws Exception {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("generation-"))
                    .count();
        }
    }

    @Test
    void aMapsEntriesAreAppendedAndCommittedByTheWordOfTheValue() throws Exception {
        try (var map = new SharedMap<Integer, Object>()) {
            var in = generation(map);
            assertEquals(16, in.getInt(MapDescriptor.CAPACITY));
            assertEquals(32, in.getInt(MapDescriptor.SLOTS));
            var firstEntry = MapDescriptor.FIRST_SLOT + 32 * MapDescriptor.SLOT_LENGTH;
            var secondEntry = firstEntry + MapDescriptor.ENTRY_LENGTH;
            var slotOf7 = MapDescriptor.FIRST_SLOT + 7 * MapDescriptor.SLOT_LENGTH;

            map.put(7, true);
            assertEquals(1, in.getInt(MapDescriptor.USED));
            assertEquals(1, in.getInt(MapDescriptor.SIZE));
            assertEquals(1, in.getInt(slotOf7));
            assertEquals(7, in.getInt(firstEntry + MapDescriptor.HASH));
            assertEquals(7L << 8 | Codec.INT, in.getLong(firstEntry + MapDescriptor.KEY));
            assertEquals(Codec.TRUE, in.getLong(firstEntry + MapDescriptor.VALUE));

            map.put(39, "text"); // the same slot, so the next one
            assertEquals(2, in.getInt(slotOf7 + MapDescriptor.SLOT_LENGTH));
            var word = in.getLong(secondEntry + MapDescriptor.VALUE);
            assertEquals(0xFF, word & 0xFF);
            assertEquals("text", in.value(word));

            map.put(39, "other"); // behind the first, which stays
            assertEquals("text", in.value(word));
            assertEquals(word + (16 + 8 << 8), in.getLong(secondEntry + MapDescriptor.VALUE));
            assertEquals(2, in.getInt(MapDescriptor.USED));

            map.remove(7);
            assertEquals(MapDescriptor.ABSENT, in.getLong(firstEntry + MapDescriptor.VALUE));
            assertEquals(1, in.getInt(slotOf7));
            assertEquals(1, in.getInt(MapDescriptor.SIZE));

            map.put(7, 1); // at the end again: the slot leads there
            assertEquals(3, in.getInt(slotOf7));
            assertEquals(MapDescriptor.ABSENT, in.getLong(firstEntry + MapDescriptor.VALUE));
            assertEquals(3, in.getInt(MapDescriptor.USED));
            assertEquals(2, in.getInt(MapDescriptor.SIZE));
            in.close();
        }
    }

    @Test
    void aFullMapMovesToTheNextGenerationWithoutWhatIsAbsent() throws Exception {
        try (var map = new SharedMap<Integer, Object>()) {
            var directory = map.file().path().getParent();
            var first = generation(map);
            for (var i = 0; i < 16; i++) {
                map.put(i, i);
            }
            map.remove(3);
            assertEquals(1, first.number);
            assertEquals(1, Words.getLong(map.memory, NUMBER));
            map.put(16, 16);
            assertEquals(2, Words.getLong(map.memory, NUMBER));
            var second = generation(map);
            assertEquals(16, second.getInt(MapDescriptor.USED));
            assertEquals(16, second.getInt(MapDescriptor.SIZE));
            assertEquals(32, second.getInt(MapDescriptor.CAPACITY));
            assertEquals(16, first.getInt(MapDescriptor.USED)); // and never changes again
            assertEquals(1, files(directory));
            first.close();
            second.close();
        }
    }

    @Test
    void aListIsCommittedByAnElementsWordOrByItsRoot() throws Exception {
        try (var list = new SharedList<Object>()) {
            var in = generation(list);
            list.add(1);
            var root = in.getLong(ListTable.ROOT);
            assertEquals(64L / 8 << 32 | 1, root);
            assertEquals(1L << 8 | Codec.INT, in.getLong(64 + 8));
            list.add(2);
            assertEquals(root + 1, in.getLong(ListTable.ROOT));
            list.set(0, 3);
            assertEquals(3L << 8 | Codec.INT, in.getLong(64 + 8));
            assertEquals(root + 1, in.getLong(ListTable.ROOT));
            list.add(1, 9); // another index, the old one stays
            var inserted = in.getLong(ListTable.ROOT);
            assertNotEquals(root >>> 32, inserted >>> 32);
            assertEquals(3, ListTable.size(inserted));
            assertEquals(2L << 8 | Codec.INT, in.getLong(64 + 16));
            assertEquals(9L << 8 | Codec.INT, in.getLong(ListTable.at(inserted, 1)));
            list.removeLast();
            assertEquals(inserted - 1, in.getLong(ListTable.ROOT));
            in.close();
        }
    }

    @Test
    void aClosedGenerationIsReadNoMoreAndTheObjectGoesOn() throws Exception {
        try (var value = new SharedValue<Object>("first")) {
            var in = generation(value);
            value.set("second");
            assertEquals(2, Words.getLong(value.memory, NUMBER)); // a first generation has no room for more
            assertEquals("first", in.value(in.getLong(8)));
            in.close();
            in.close();
            assertThrows(IllegalStateException.class, () -> in.getLong(8));
            assertEquals("second", value.get());
        }
    }

    @Test
    void aValueThatIsTooLargeForAnyMemoryIsRefusedAtOnce() throws Exception {
        try (var value = new SharedValue<Object>("small")) {
            var directory = value.file().path().getParent();
            var heap = new Heap(value);
            heap.lock();
            assertThrows(UncheckedIOException.class, () -> heap.next(1L << 55, 1L << 54));
            heap.unlock();
            assertEquals(1, files(directory));
            assertEquals("small", value.get());
        }
    }
}
