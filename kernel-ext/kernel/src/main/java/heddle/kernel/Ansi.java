package heddle.kernel;

/** Colours of a traceback. Only those that front ends show in tones of their own theme, so that they can be read on light and on dark. */
final class Ansi {
    private Ansi() {}

    static String red(String text) {
        return "\u001b[31m" + text + "\u001b[0m";
    }

    static String boldRed(String text) {
        return "\u001b[1;31m" + text + "\u001b[0m";
    }

    static String green(String text) {
        return "\u001b[32m" + text + "\u001b[0m";
    }

    static String cyan(String text) {
        return "\u001b[36m" + text + "\u001b[0m";
    }
}
