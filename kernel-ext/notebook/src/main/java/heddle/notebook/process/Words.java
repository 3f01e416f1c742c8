package heddle.notebook.process;

import heddle.notebook.Notebook;

/** What this process itself says, in the notebook's language. */
public final class Words {
    private Words() {}

    private static final class OfThisNotebook {
        static final boolean CHINESE = Notebook.language().equals("zh");
    }

    public static String either(String english, String chinese) {
        return OfThisNotebook.CHINESE ? chinese : english;
    }
}
