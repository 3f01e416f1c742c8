package heddle.notebook.process;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The JDK's classes as {@link CellAgent} changed them when it last started, so that it need not do so at each start (it takes longer than
 * the rest of a JVM's start). Each entry holds for exactly the bytes it was made from; a file that is missing, broken, or another version's is
 * nothing worse than slow.
 */
final class ChangedClasses {
    private static final int MAGIC = 0x48444C31;
    private static final int MOST = 100;
    private static final int LONGEST = 1 << 20;

    private record Entry(long original, byte[] changed) {}

    private final Map<String, Entry> entries = new HashMap<>();
    private boolean news;

    /** @param maker stands for the version of the agent itself */
    static ChangedClasses read(Path file, long maker) {
        var read = new ChangedClasses();
        try (var in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            if (in.readInt() != MAGIC || in.readLong() != maker) {
                return new ChangedClasses();
            }
            int count = in.readInt();
            for (int i = 0; i < Math.min(count, MOST); i++) {
                var name = in.readUTF();
                long original = in.readLong();
                int length = in.readInt();
                if (length < 0 || length > LONGEST) {
                    return new ChangedClasses();
                }
                var changed = in.readNBytes(length);
                if (changed.length != length || in.readLong() != sum(changed)) {
                    return new ChangedClasses();
                }
                read.entries.put(name, new Entry(original, changed));
            }
            return read;
        } catch (IOException e) {
            return new ChangedClasses();
        }
    }

    static long sum(byte[] bytes) {
        var crc = new CRC32();
        crc.update(bytes);
        return crc.getValue() << 24 ^ bytes.length;
    }

    /** @return null when these bytes are not known */
    byte[] get(String name, byte[] original) {
        var entry = entries.get(name);
        return entry != null && entry.original == sum(original) ? entry.changed : null;
    }

    void put(String name, byte[] original, byte[] changed) {
        entries.put(name, new Entry(sum(original), changed));
        news = true;
    }

    /** Writes what is new; another process that does so at the same time writes the same. */
    void write(Path file, long maker) throws IOException {
        if (!news) {
            return;
        }
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeLong(maker);
        out.writeInt(entries.size());
        for (var entry : entries.entrySet()) {
            out.writeUTF(entry.getKey());
            out.writeLong(entry.getValue().original);
            out.writeInt(entry.getValue().changed.length);
            out.write(entry.getValue().changed);
            out.writeLong(sum(entry.getValue().changed));
        }
        var draft = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".part");
        try {
            Files.write(draft, bytes.toByteArray());
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
    }
}
