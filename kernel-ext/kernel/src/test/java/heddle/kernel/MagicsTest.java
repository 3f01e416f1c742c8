package heddle.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.extension.Extension;
import heddle.notebook.extension.Magic;
import java.util.List;
import org.junit.jupiter.api.Test;

class MagicsTest {

    private final Magics magics = new Magics(List.of(new Extension() {
        @Override
        public List<Magic> magics() {
            return List.of(
                    new Magic.Line(
                            "twice", "says it twice", words -> "say(\"" + words + "\");\nsay(\"" + words + "\");"),
                    new Magic.Line("never", "refuses", _ -> {
                        throw new IllegalArgumentException("%never wants nothing.");
                    }),
                    new Magic.Cell(
                            "framed", "frames", words -> new Magic.Cell.Frame("open(" + words + ");", "shut();")));
        }
    }));

    @Test
    void aLineStaysALine() throws Exception {
        var expanded = magics.expand("int x;\n  %twice hi there \nint y;");
        assertEquals("int x;\n  say(\"hi there\"); say(\"hi there\");\nint y;", expanded.code());
        assertEquals(List.of(2), expanded.expandedLines());
    }

    @Test
    void theCellBelowACellMagicKeepsItsLines() throws Exception {
        var expanded = magics.expand("\n%%framed 5\nint x;\n%twice a");
        assertEquals("open(5);", expanded.before());
        assertEquals("\n\nint x;\nsay(\"a\"); say(\"a\");", expanded.code());
        assertEquals("shut();", expanded.after());
        assertEquals(List.of(2, 4), expanded.expandedLines());
    }

    @Test
    void percentSignsThatAreNoMagic() throws Exception {
        for (var code : List.of(
                "int r = a\n  % b;",
                "String s = \"\"\"\n%twice in a text block\n\\\"\"\" %twice\n\"\"\";",
                "/* comment\n%twice\n*/",
                "f(7\n%twice2);",
                "char c = '\"';\nint x = 5 % 3;")) {
            assertEquals(code, magics.expand(code).code());
        }
    }

    @Test
    void unknownMagicsAreAnsweredWithTheKnownOnes() {
        var line = assertThrows(Magics.BadMagicException.class, () -> magics.expand("int x;\n%tweice a"));
        assertEquals("There is no magic %tweice; do you mean %twice?", line.getMessage());
        assertEquals(2, line.line);
        var cell = assertThrows(Magics.BadMagicException.class, () -> magics.expand("%%nope\nx"));
        assertEquals("There is no magic %%nope; %magics lists those that there are.", cell.getMessage());
    }

    @Test
    void aPercentSignWhereAStatementBeginsIsNeverJava() throws Exception {
        for (var code : List.of("%", "%%", "int x;\n% twice a", "f();\n%%nope", "// said first\n%tweice")) {
            var refused = assertThrows(Magics.BadMagicException.class, () -> magics.expand(code), code);
            assertTrue(refused.getMessage().startsWith("There is no magic %"), refused.getMessage());
        }
        var late =
                assertThrows(Magics.BadMagicException.class, () -> magics.expand("// said first\n%%framed 5\nint x;"));
        assertEquals("%%framed must stand before everything else in its cell.", late.getMessage());
        assertEquals(2, late.line);
    }

    @Test
    void aRefusalIsPassedOn() {
        var refused = assertThrows(Magics.BadMagicException.class, () -> magics.expand("%never x"));
        assertEquals("%never wants nothing.", refused.getMessage());
    }

    @Test
    void anExtensionThatFailsIsLeftOut() {
        var left = new Magics(List.of(new Extension() {
            @Override
            public List<Magic> magics() {
                throw new IllegalStateException("broken");
            }
        }));
        assertTrue(left.problems().getFirst().endsWith("is left out: java.lang.IllegalStateException: broken"));
        assertEquals(new Magics(List.of()).names(), left.names());
    }

    @Test
    void whatTheKernelDoesIsACallThatMayStandWhereAValueMay() throws Exception {
        var call = "heddle.notebook.Notebook.lineMagic(\"jars\", java.util.List.of(\"a b.jar\", \"c\"));";
        assertEquals(call, magics.expand("%jars \"a b.jar\"  c").code());
        assertEquals(
                "List<String> added = " + call + "\nadded.size()",
                magics.expand("List<String> added = %jars \"a b.jar\" c\nadded.size()")
                        .code());
        assertEquals(
                "if (x) {\n    " + call + "\n}",
                magics.expand("if (x) {\n    %jars \"a b.jar\" c\n}").code());
    }

    @Test
    void anEqualsSignThatIsNoAssignmentBeginsNoMagic() throws Exception {
        for (var code : List.of("String s = \"a = %jars b", "int x = 5; // = %jars b", "boolean b = x == %jars b")) {
            assertEquals(code, magics.expand(code).code());
        }
        var wrong = assertThrows(Magics.BadMagicException.class, () -> magics.expand("var x = %jar a.jar"));
        assertEquals("There is no magic %jar; do you mean %jars?", wrong.getMessage());
    }

    @Test
    void whatIsNoJavaBelowACellMagicGoesToItWhole() throws Exception {
        var expanded = magics.expand("\n%%loadFromPOM test\n<a b=\"c\"/>\n%maven x\n");
        assertEquals(
                "\nheddle.notebook.Notebook.cellMagic(\"loadFromPOM\", java.util.List.of(\"test\"),"
                        + " \"<a b=\\\"c\\\"/>\\n%maven x\\n\");",
                expanded.code());
    }

    @Test
    void timedStatementsKeepTheirLinesAndTheLastOneItsValue() throws Exception {
        var last = magics.expand("%time f();\n%time g()");
        assertEquals(
                "heddle.notebook.Timing.begin(); f(); heddle.notebook.Timing.end();\nheddle.notebook.Timing.begin(); g()",
                last.code());
        assertEquals("heddle.notebook.Timing.end();", last.after());
        var whole = magics.expand("%%time\nf()");
        assertEquals("heddle.notebook.Timing.begin();", whole.before());
        assertEquals("\nf()", whole.code());
        var wrong = assertThrows(Magics.BadMagicException.class, () -> magics.expand("%time"));
        assertTrue(wrong.getMessage().startsWith("%time needs code behind it"), wrong.getMessage());
        assertTrue(magics.expand("%time %load a.java")
                .code()
                .contains("lineMagic(\"load\", java.util.List.of(\"a.java\"));"));
    }

    @Test
    void wordsComeBackAsTheyWere() {
        var words = List.of("a", "b c", "\"", "\\", "");
        assertEquals(words, Magics.words(Magics.cell("m", words, null).substring("%m ".length())));
    }
}
