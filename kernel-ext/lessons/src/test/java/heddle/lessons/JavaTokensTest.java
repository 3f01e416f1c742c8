package heddle.lessons;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class JavaTokensTest {
    @Test
    void commentsAndStringsMayDiffer() {
        assertEquals(
                JavaTokens.of("%%threads\nIO.println(\"a \\\" // no comment\" + n1); // one"),
                JavaTokens.of("%%threads\nIO.println(\"不同\" + n1); /* 另\n一个 */"));
        assertEquals(List.of("a", "=", "string", ";"), JavaTokens.of("a = \"\"\"\n text \"quoted\" \n\"\"\";"));
    }

    @Test
    void everythingElseMayNot() {
        assertNotEquals(JavaTokens.of("sleep(1_000);"), JavaTokens.of("sleep(1_001);"));
        assertNotEquals(JavaTokens.of("'a'"), JavaTokens.of("'b'"));
        assertNotEquals(JavaTokens.of("名字 = 1;"), JavaTokens.of("name = 1;"));
        assertNotEquals(JavaTokens.of("\"a\" + \"b\""), JavaTokens.of("\"ab\""));
        assertNotEquals(JavaTokens.of("%%threads\n"), JavaTokens.of(""));
    }
}
