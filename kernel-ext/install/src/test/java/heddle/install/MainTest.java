package heddle.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MainTest {

    @Test
    @DisplayName("an older Java is refused in one sentence, which Java 8 can say")
    void olderJava() throws Exception {
        assertTrue(Main.problem("1.8").startsWith("Heddle needs JDK 25 or later, and this is Java 1.8 ("));
        assertTrue(Main.problem("24").startsWith("Heddle needs JDK 25 or later, and this is Java 24 ("));
        assertNull(Main.problem("25"));
        assertNull(Main.problem("26-ea"));
        try (var in = new DataInputStream(Main.class.getResourceAsStream("Main.class"))) {
            in.readInt();
            in.readUnsignedShort();
            assertEquals(52, in.readUnsignedShort(), "the class file's version");
        }
    }
}
