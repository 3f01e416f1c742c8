package heddle.install;

/** Says in one sentence what an older Java would say in many: compiled so that Java 8 runs it. */
public final class Main {
    private Main() {}

    private static final int NEEDED = 25;

    public static void main(String[] arguments) throws Exception {
        String problem = problem(System.getProperty("java.specification.version"));
        if (problem != null) {
            System.err.println(problem);
            System.exit(1);
        }
        Class.forName("heddle.install.Installer")
                .getMethod("main", String[].class)
                .invoke(null, (Object) arguments);
    }

    /** @return null where this Java will do */
    static String problem(String version) {
        int feature = Integer.parseInt(version.replaceFirst("^1\\.", "").replaceFirst("\\D.*", ""));
        return feature >= NEEDED
                ? null
                : "Heddle needs JDK " + NEEDED + " or later, and this is Java " + version + " ("
                        + System.getProperty("java.home")
                        + "): start this jar with the java of a newer JDK, for example from https://adoptium.net.";
    }
}
