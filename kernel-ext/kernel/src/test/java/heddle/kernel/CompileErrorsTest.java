package heddle.kernel;

import static heddle.protocol.testkit.Expectation.result;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.protocol.testkit.Session;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a learner is told of code that does not compile. */
class CompileErrorsTest {

    private static TestKernel kernel;
    private static Session session;

    @BeforeAll
    static void start() throws Exception {
        kernel = new TestKernel();
        session = kernel.session();
        TestKernel.run(session, "int total = 0; String text = \"abc\";");
    }

    @AfterAll
    static void end() {
        session.close();
        kernel.close();
    }

    /** The error's text with a dot for the cell's number. */
    private static String said(String code) throws Exception {
        var error = TestKernel.fails(session, code);
        assertEquals("CompileError", error.ename());
        return error.traceback().stream()
                .map(line -> line.replaceAll("cell \\d+", "cell ."))
                .collect(Collectors.joining("\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '`',
            value = {
                // brackets and quotation marks
                "if (total == 3 { total = 1; } => The ( in line 1 is never closed: its ) is missing.",
                "int f0(int[] a) { return a[0; } => The [ in line 1 is never closed: its ] is missing.",
                "for (int i = 0; i < 3; i++) { // { => The { in line 1 is never closed: its } is missing.",
                "void f1() { } } => This } closes nothing: there is one too many, or its { is missing further up.",
                "String s1 = \"x; => The text is not closed: a \" is missing before the end of the line. A text of"
                        + " several lines stands between \"\"\" and \"\"\".",
                "char c1 = 'ab'; => Between ' and ' stands exactly one character; a text stands between \" and \".",
                // arguments
                "text.charAt(0, text); => charAt takes (int), but is given (int, String).",
                "Objects.requireNonNullElse(); => requireNonNullElse takes (T, T), but is given nothing.",
                "Math.max(\"1\", 2); => No max takes what it is given here: compare the number, the order and the"
                        + " types of the arguments.",
                // return
                "int f2(int x) { if (x > 1) { return 2; } } => The method promises a value, but its end can be reached"
                        + " without return: return one on every way, also after the last if or loop.",
                "void f3() { return 3; } => The method is void and gives no value back: return nothing, or declare its"
                        + " type instead of void.",
                // = for ==
                "boolean b1 = \"=\" + 1; => What stands here is of type String, but boolean is wanted.",
                "if (total = 3) { } => A single = assigns a value; to compare, write ==.",
                // semicolon
                "int a1 = 1; total = a1 total = 2; => A semicolon is missing: put ; where the mark is.",
                // names
                "totl++; => totl is not known here. Do you mean total?",
                "text.lenght(); => lenght is not known here. Do you mean length?",
                "System.out.printn(1); => printn is not known here. Do you mean println?",
                "string s2 = \"x\"; => string is not known here. Do you mean String?",
                "system.out.println(1); => system is not known here. Do you mean System?",
                "total = somewhereElse; => There is no variable somewhereElse here: declare it first, or run the cell"
                        + " that declares it.",
                "CRC32 crc = null; => CRC32 must be imported first: import java.util.zip.CRC32;",
                "Normalizer.normalize(text, null); => Normalizer must be imported first: import java.text.Normalizer;",
                // types
                "int n1 = \"5\"; => A text is not a number: Integer.parseInt(...) makes an int of it.",
                "String s3 = 5; => A number is not a text: String.valueOf(...) makes one of it, and so does \"\" + ...",
                "long big = 5; int small = big; => A value of type long may not fit into int: write (int) before it if"
                        + " it does, or declare the variable as long.",
                "AtomicInteger at1 = 5; => What stands here is of type int, but AtomicInteger is wanted.",
                // what lessons on threads add
                "void f4() { Thread.sleep(10); } => InterruptedException may be thrown here: call it inside try { ..."
                        + " } catch (InterruptedException e) { ... }, or write throws InterruptedException behind the"
                        + " method's parameters.",
                "class C1 { int v; static int g() { return v; } } => v belongs to an object, and here there is none:"
                        + " call it on an object, or declare it static.",
                "void f5() { int n = 0; Runnable r = () -> n++; } => A lambda or inner class may only use local"
                        + " variables that never change: copy the value into a new variable before, or count in an"
                        + " AtomicInteger.",
                "int f6() { while (true) { } return 1; } => This is never reached: what stands before it always"
                        + " leaves, by return, break, throw, or a loop without end.",
                "class C2 implements Runnable { } => C2 must have the method run(), because Runnable promises it.",
                "void f7() { int k; k++; } => k may have no value yet here: give it one where it is declared.",
                "void f8(int k) { int k = 1; } => k is declared already: choose another name, or leave out the type to"
                        + " give it a new value."
            })
    void commonMistakesAreExplained(String code, String advice) throws Exception {
        assertTrue(said(code).contains("\n    → " + advice), said(code));
    }

    @Test
    void adviceSpeaksBothLanguages() {
        var english = keys("en");
        assertEquals(english, keys("zh"));
        for (var key : english) {
            assertEquals(holes(Texts.in("en").say(key)), holes(Texts.in("zh").say(key)), key);
        }
        assertTrue(Texts.in("zh").say("semicolon").contains("分号"));
    }

    private static Set<String> keys(String language) {
        var keys = new TreeSet<String>();
        Texts.in(language).keys().forEach(keys::add);
        return keys;
    }

    private static Set<String> holes(String text) {
        return java.util.regex.Pattern.compile("\\{\\d}")
                .matcher(text)
                .results()
                .map(java.util.regex.MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void allErrorsOfACellAreShownInTheirPlaces() throws Exception {
        assertEquals("""
            cell .:2: incompatible types: int cannot be converted to String
                String later1 = 5;
                                ^
                → A number is not a text: String.valueOf(...) makes one of it, and so does "" + ...
            cell .:4: incompatible types: unexpected return value
                \tvoid later2() { return 3; }
                \t                       ^
                → The method is void and gives no value back: return nothing, or declare its type instead of void.
            cell .:5: cannot find symbol (symbol: variable nowhere)
                System.out.println(later1 + nowhere);
                                            ^^^^^^^
                → There is no variable nowhere here: declare it first, or run the cell that declares it.
            cell .:6: incompatible types: String cannot be converted to boolean
                public class Later3 { boolean f() { return "no" + 1; } }
                                                           ^^^^^^^^
                → What stands here is of type String, but boolean is wanted.\
            """, said("""
                        int later0 = 1;
                        String later1 = 5;
                        import java.util.zip.*;
                        \tvoid later2() { return 3; }
                        System.out.println(later1 + nowhere);
                        public class Later3 { boolean f() { return "no" + 1; } }
                        int bothOfThem() { return later0 + later1; }
                        later0 + bothOfThem()\
                        """));
        TestKernel.run(session, "later0", result("1"));
        assertTrue(
                said("bothOfThem()").contains("There is no such method bothOfThem"), "what was only looked at exists");
    }

    @Test
    void manyErrorsAreCounted() throws Exception {
        var text = said("{\n" + "  nothing();\n".repeat(15) + "}");
        assertEquals(Diagnostics.MOST, text.split("cannot find symbol", -1).length - 1);
        assertEquals(1, text.split("→", -1).length - 1);
        assertTrue(text.endsWith("\n... and 5 more errors"), text);
    }

    @Test
    void wideLettersMoveTheMark() throws Exception {
        var mark = said("var 线程 = \"😀\" + nope;").lines().toList().get(2);
        assertEquals("        　　    　    ^^^^", mark);
    }

    @Test
    void namesOfPackagesAreLeftOutWhereTheyAreClear() {
        assertEquals("String is no Thread.State", Diagnostics.simple("java.lang.String is no java.lang.Thread.State"));
        assertEquals("java.util.List is no java.awt.List", Diagnostics.simple("java.util.List is no java.awt.List"));
        assertEquals("package java.utl does not exist", Diagnostics.simple("package java.utl does not exist"));
    }
}
