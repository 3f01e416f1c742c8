package heddle.kernel;

import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.result;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.extension.Extension;
import heddle.protocol.Content;
import heddle.protocol.testkit.Expectation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The variables of IJava and JJava. */
class SettingsTest {

    @Test
    @DisplayName("are read, JJava's before IJava's and ours before both; what is no value is said in one sentence")
    void read() {
        var settings = Settings.of(Map.of(
                "IJAVA_TIMEOUT", "30 SECONDS",
                "JJAVA_TIMEOUT", "1500",
                "IJAVA_COMPILER_OPTS", "-parameters \"-Xlint:none\"",
                "HEDDLE_LOAD_EXTENSIONS", "false",
                "JJAVA_LOAD_EXTENSIONS", "1",
                "IJAVA_WHATEVER", "x",
                "HEDDLE_LANGUAGE", "en"));
        assertEquals(Duration.ofMillis(1500), settings.timeout());
        assertEquals(List.of("-parameters", "-Xlint:none"), settings.compilerOptions());
        assertFalse(settings.loadsExtensions());
        assertEquals(List.of("IJAVA_WHATEVER is not known to this kernel and changes nothing."), settings.problems());
        assertNull(Settings.of(Map.of("IJAVA_TIMEOUT", "-1")).timeout());
        var bad = Settings.of(Map.of("IJAVA_TIMEOUT", "soon"));
        assertNull(bad.timeout());
        assertTrue(bad.problems().getFirst().startsWith("IJAVA_TIMEOUT: \"soon\" is no time; "));
    }

    @Test
    @DisplayName("options that the compiler does not take are left out, and said so; a statement ends after its time")
    void followed() throws Exception {
        var settings = Settings.of(Map.of("IJAVA_COMPILER_OPTS", "-nonsense", "JJAVA_TIMEOUT", "2 SECONDS"));
        try (var kernel = new TestKernel(new Magics(List.<Extension>of()), settings);
                var session = kernel.session()) {
            TestKernel.run(session, "6 * 7", result("42"));
            var code = "while (true) {}";
            var asked = session.execute(code).expect(busy(), input(code));
            var said = new StringBuilder();
            var content = asked.next().content();
            for (;
                    content instanceof Content.Stream text;
                    content = asked.next().content()) {
                said.append(text.text());
            }
            assertTrue(
                    said.toString()
                            .startsWith("This statement took longer than the TIMEOUT of 2.0 s and is stopped.\n"),
                    said.toString());
            assertEquals("CellStopped", ((Content.Error) content).ename());
            asked.expect(idle()).reply(Expectation.failed("CellStopped"));
        }
    }
}
