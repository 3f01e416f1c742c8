package heddle.watch;

import java.util.Map;
import java.util.stream.Collectors;

/** Colours (Okabe and Ito's for the states), patterns and type of every picture. */
final class Theme {

    private static final String FONTS =
            "system-ui,-apple-system,\"Segoe UI\",\"Noto Sans\",\"Noto Sans CJK SC\",\"PingFang SC\",\"Microsoft YaHei\",sans-serif";

    private static final Map<String, String> LIGHT = Map.ofEntries(
            Map.entry("card", "fill:#fff;stroke:#d9dee3"),
            Map.entry("ink", "fill:#1f2933"),
            Map.entry("soft", "fill:#5b6874"),
            Map.entry("faint", "stroke:#e4e8ec"),
            Map.entry("axis", "stroke:#9aa5b1"),
            Map.entry("now", "stroke:#1f2933"),
            Map.entry("end", "fill:#1f2933"),
            Map.entry("band", "fill:#f3f5f7"),
            Map.entry("warnbg", "fill:#fdf0e7;stroke:#D55E00"),
            Map.entry("warn", "fill:#a34700"),
            Map.entry("arrow", "stroke:#1f2933"),
            Map.entry("depth", "stroke:#1f2933"),
            Map.entry("unseen", "stroke:#5b6874;fill:#fff"),
            Map.entry("halo", "stroke:#fff"),
            Map.entry("tip", "fill:#1f2933"),
            Map.entry("fade", "stop-color:#fff"));

    private static final Map<String, String> DARK = Map.ofEntries(
            Map.entry("card", "fill:#161b22;stroke:#30363d"),
            Map.entry("ink", "fill:#e6edf3"),
            Map.entry("soft", "fill:#9aa7b4"),
            Map.entry("faint", "stroke:#262d36"),
            Map.entry("axis", "stroke:#5b6874"),
            Map.entry("now", "stroke:#e6edf3"),
            Map.entry("end", "fill:#e6edf3"),
            Map.entry("band", "fill:#1e252e"),
            Map.entry("warnbg", "fill:#2b1c12;stroke:#D55E00"),
            Map.entry("warn", "fill:#ffb077"),
            Map.entry("arrow", "stroke:#e6edf3"),
            Map.entry("depth", "stroke:#e6edf3"),
            Map.entry("unseen", "stroke:#9aa7b4;fill:#161b22"),
            Map.entry("halo", "stroke:#161b22"),
            Map.entry("tip", "fill:#e6edf3"),
            Map.entry("fade", "stop-color:#161b22"));

    private Theme() {}

    /** The style element and the definitions, each name with the prefix. */
    static String styleAndDefs(String p) {
        return "<style>\n"
                + ("." + p + " text{font:12px " + FONTS + ";font-variant-numeric:tabular-nums}\n")
                + rule(p, "t", "font-size:14px;font-weight:600", "text")
                + rule(p, "s", "font-size:11px", "text")
                + rule(p, "run", "fill:#009E73", "")
                + rule(p, "ready", "fill:url(#" + p + "-hr)", "")
                + rule(p, "block", "fill:url(#" + p + "-hb)", "")
                + rule(p, "wait", "fill:#0072B2", "")
                + rule(p, "sleep", "fill:#56B4E9", "")
                + rule(p, "io", "fill:#CC79A7", "")
                + rule(p, "in", "fill:url(#" + p + "-gi);pointer-events:none", "")
                + rule(p, "out", "fill:url(#" + p + "-go);pointer-events:none", "")
                + rule(p, "hold", "stroke:#E69F00;stroke-width:3;fill:none", "")
                + rule(p, "arrow", "stroke-width:1.5;fill:none", "")
                + rule(p, "halo", "stroke-width:4.5;fill:none;opacity:.85;pointer-events:none", "")
                + rule(p, "depth", "stroke-width:1.5;fill:none", "")
                + rule(p, "since", "stroke:#D55E00;stroke-dasharray:3 3", "")
                + rules("", p, LIGHT)
                + ("@media (prefers-color-scheme:dark){" + rules("", p, DARK) + "}\n")
                // JupyterLab and VS Code say on the page which theme they have; the browser's wish may be another.
                + rules("[data-jp-theme-light=\"true\"] ", p, LIGHT)
                + rules("[data-jp-theme-light=\"false\"] ", p, DARK)
                + rules(".vscode-light ", p, LIGHT)
                + rules(".vscode-dark ", p, DARK)
                + "</style>\n<defs>"
                + ("<pattern id=\"" + p
                        + "-hr\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                        + "<rect width=\"6\" height=\"6\" fill=\"#009E73\" opacity=\".25\"/><rect width=\"2\" height=\"6\" fill=\"#009E73\"/></pattern>")
                + ("<pattern id=\"" + p
                        + "-hb\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\">"
                        + "<rect width=\"5\" height=\"5\" fill=\"#D55E00\"/><rect width=\"1.6\" height=\"5\" fill=\"#fff\" opacity=\".65\"/></pattern>")
                + gradient(p, "gi", ".75", "0")
                + gradient(p, "go", "0", ".75")
                + ("<marker id=\"" + p
                        + "-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"5.5\" markerHeight=\"5.5\" orient=\"auto-start-reverse\">"
                        + "<path d=\"M0 0L8 4L0 8z\" class=\"" + p + "-tip\"/></marker>")
                + "</defs>\n";
    }

    private static String gradient(String p, String id, String first, String second) {
        return "<linearGradient id=\"" + p + "-" + id + "\"><stop offset=\"0\" class=\"" + p + "-fade\" stop-opacity=\""
                + first + "\"/><stop offset=\"1\" class=\"" + p + "-fade\" stop-opacity=\"" + second
                + "\"/></linearGradient>";
    }

    private static String rule(String p, String name, String declarations, String element) {
        return "." + p + " " + element + "." + p + "-" + name + "{" + declarations + "}\n";
    }

    private static String rules(String scope, String p, Map<String, String> theme) {
        return theme.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry -> scope + "." + p + " ." + p + "-" + entry.getKey() + "{" + entry.getValue() + "}")
                        .collect(Collectors.joining())
                + "\n";
    }
}
