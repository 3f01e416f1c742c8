package heddle.lessons;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Java's tokens as far as two languages may not differ: no comments, and a string is only a string. */
final class JavaTokens {
    private static final Pattern TOKEN = Pattern.compile("""
            (?<comment>//[^\\n]*|/\\*(?s:.*?)\\*/)\
            |(?<string>\"""(?s:.*?)\"""|"(?:\\\\.|[^"\\\\])*")\
            |(?<other>[\\p{L}_$][\\p{L}\\p{N}_$]*|\\p{N}[\\p{L}\\p{N}_.]*|'(?:\\\\.|[^'\\\\])'|%%?[a-z]+|\\S)\
            """);

    private JavaTokens() {}

    static List<String> of(String source) {
        return TOKEN.matcher(source)
                .results()
                .filter(token -> token.group("comment") == null)
                .map(JavaTokens::text)
                .toList();
    }

    private static String text(MatchResult token) {
        return token.group("string") == null ? token.group() : "string";
    }
}
