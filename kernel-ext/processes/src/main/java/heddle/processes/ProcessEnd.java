package heddle.processes;

/**
 * How a process ended.
 *
 * {@snippet :
 * var lock = new ProcessLock();
 * new ChildProcess("forgetful", () -> lock.lock()).start().join();
 * try (var _ = lock.hold()) {
 *     System.out.println(lock.abandonedBy().name()); // forgetful
 * }
 * }
 *
 * @param name of the process, such as {@code Process-1}
 * @param pid its process id
 * @param exitCode as {@link ChildProcess#exitCode}; null where nobody knows it
 */
public record ProcessEnd(String name, long pid, Integer exitCode) {
    /** Such as {@code Process-1 (pid 4711) was killed by SIGKILL}. */
    @Override
    public String toString() {
        return name + " (pid " + pid + ") " + how(exitCode);
    }

    static String how(Integer exitCode) {
        if (exitCode == null) {
            return "ended";
        }
        return exitCode >= 0 ? "ended with exit code " + exitCode : "was killed by " + signal(-exitCode);
    }

    private static String signal(int number) {
        return switch (number) {
            case 1 -> "SIGHUP";
            case 2 -> "SIGINT";
            case 3 -> "SIGQUIT";
            case 4 -> "SIGILL";
            case 6 -> "SIGABRT";
            case 8 -> "SIGFPE";
            case 9 -> "SIGKILL";
            case 11 -> "SIGSEGV";
            case 15 -> "SIGTERM";
            default -> "signal " + number;
        };
    }
}
