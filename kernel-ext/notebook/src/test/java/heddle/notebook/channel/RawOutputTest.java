package heddle.notebook.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawOutputTest {
    private static final String MARK = "\0heddle: so far\1";

    /** As much at a time as a pipe happens to give. */
    private static InputStream inPieces(byte[] all, int size) {
        return new ByteArrayInputStream(all) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, size));
            }
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 16, 17, 100_000})
    @DisplayName(
            "marks are seen behind all text before them and ahead of all behind them, however the bytes are cut; what only looks like one is text")
    void marks(int size) throws Exception {
        var long20k = "0123456789".repeat(2000);
        var texts = List.of("线 a", "", "\0\0heddle: so fa", long20k, "\0heddle: so far", "b\0");
        var seen = new ArrayList<String>();
        var text = new StringBuilder();
        var bytes = String.join(MARK, texts).getBytes(UTF_8);
        try (var reader = new InputStreamReader(
                new RawOutput.Reader(inPieces(bytes, size), () -> {
                    seen.add(text.toString());
                    text.setLength(0);
                }),
                UTF_8)) {
            var buffer = new char[8192];
            for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
                text.append(buffer, 0, n);
            }
        }
        seen.add(text.toString());
        assertEquals(texts, seen);
    }
}
