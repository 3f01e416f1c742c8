package heddle.watch;

import java.util.Locale;

/** The language of the words in a picture. */
public enum Language {
    ENGLISH,
    CHINESE;

    /** Chinese for {@code zh}, {@code zh-CN} and the like, English for everything else. */
    public static Language of(String tag) {
        return Locale.forLanguageTag(tag.replace('_', '-')).getLanguage().equals("zh") ? CHINESE : ENGLISH;
    }
}
