package heddle.lessons;

import heddle.notebook.MimeBundle;

/**
 * What a check shows: a small self-contained card, and the same words as plain text.
 *
 * @param title which question, at the left
 * @param status the verdict in a word or two, at the right; may be empty
 * @param body one or more lines; {@code `code`} is set as code
 */
record Card(State state, String title, String status, String body) {

    /** Said by shape and by colour: each reads without the other. */
    enum State {
        OPEN("?"),
        RIGHT("✓"),
        TRY_AGAIN("↻");

        final String mark;

        State(String mark) {
            this.mark = mark;
        }

        String cssClass() {
            return switch (this) {
                case OPEN -> "open";
                case RIGHT -> "right";
                case TRY_AGAIN -> "again";
            };
        }
    }

    MimeBundle bundle() {
        return MimeBundle.text(text()).and("text/html", html());
    }

    String text() {
        return state.mark + " " + title + (status.isEmpty() ? "" : " · " + status) + "\n  "
                + body.replace("`", "").replace("\n", "\n  ");
    }

    // JupyterLab's own themes do not set prefers-color-scheme; where it names its theme, that wins over the guess.
    private static final String STYLE = """
            <style>
            .heddle-check{--bg:#ffffff;--line:#d9dee3;--ink:#1f2933;--soft:#5b6874;--code:#f1f3f5;--mark:#0072B2;\
            max-width:860px;box-sizing:border-box;margin:2px 0;padding:10px 16px 12px;border:1px solid var(--line);\
            border-left:4px solid var(--mark);border-radius:8px;background:var(--bg);color:var(--ink);\
            font:13px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;\
            font-variant-numeric:tabular-nums}
            .heddle-check-right{--mark:#00795a}.heddle-check-open{border-left-style:dashed;--mark:#5b6874}
            .heddle-check-head{display:flex;align-items:center;gap:8px}
            .heddle-check-mark{flex:none;width:20px;height:20px;line-height:20px;border-radius:10px;text-align:center;\
            font-weight:700;color:#ffffff;background:var(--mark)}
            .heddle-check-title{font-size:14px;font-weight:600}
            .heddle-check-status{margin-left:auto;color:var(--soft);font-size:12px}
            .heddle-check-body{margin:4px 0 0 28px}
            .heddle-check code{padding:0 3px;border-radius:3px;background:var(--code);color:inherit;\
            font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12px}
            @media (prefers-color-scheme:dark){.heddle-check{DARK}}
            [data-jp-theme-light="false"] .heddle-check{DARK}
            [data-jp-theme-light="true"] .heddle-check{LIGHT}
            </style>
            """.replace(
                    "DARK", "--bg:#161b22;--line:#30363d;--ink:#e6edf3;--soft:#9aa7b4;--code:#262d36")
            .replace("LIGHT", "--bg:#ffffff;--line:#d9dee3;--ink:#1f2933;--soft:#5b6874;--code:#f1f3f5");

    String html() {
        return STYLE + """
                <div class="heddle-check heddle-check-%s" role="status"><div class="heddle-check-head">\
                <span class="heddle-check-mark" aria-hidden="true">%s</span><span class="heddle-check-title">%s</span>\
                <span class="heddle-check-status">%s</span></div><div class="heddle-check-body">%s</div></div>\
                """.formatted(state.cssClass(), state.mark, escaped(title), escaped(status), withCode(body));
    }

    private static String withCode(String text) {
        return escaped(text).replaceAll("`([^`]*)`", "<code>$1</code>").replace("\n", "<br>");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
