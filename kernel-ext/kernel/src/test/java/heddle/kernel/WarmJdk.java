package heddle.kernel;

import jdk.jshell.JShell;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Makes JShell start, before any test counts threads, the one thread that it keeps for the JVM's life (its index of classes). */
public final class WarmJdk implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        try (var shell = JShell.builder().executionEngine("local").build()) {
            shell.sourceCodeAnalysis();
        }
    }
}
