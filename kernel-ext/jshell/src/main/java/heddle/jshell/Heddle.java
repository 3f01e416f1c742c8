package heddle.jshell;

import heddle.lessons.LessonsExtension;
import heddle.notebook.Notebook;
import heddle.notebook.process.Screen;
import heddle.watch.Watch;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Heddle's processes, pictures and checks in another kernel that runs cells in JShell. Child processes need no installation; pictures do. */
public final class Heddle {
    private static final AtomicBoolean INSTALLED = new AtomicBoolean();

    private Heddle() {}

    /**
     * Shows pictures and cards in the cells of the kernel that this is called in (JJava, which calls it by itself, IJava, rapaio), imports what lessons use, and says
     * what that kernel cannot do. In any other program they are shown as text. To call it again does nothing.
     */
    public static void install() {
        if (!INSTALLED.compareAndSet(false, true)) {
            return;
        }
        var kernel = OtherKernel.here();
        kernel.ifPresent(other -> Screen.elsewhere(other::show));
        LessonsExtension.installAnywhere();
        Watch.idle(Heddle::isBetweenSnippets);
        if (kernel.isEmpty()) {
            Watch.screen(first -> newer -> {}); // updated pictures would be printed again and again
        }
        kernel.ifPresent(other -> {
            other.eval("import module java.base;");
            new LessonsExtension().imports().forEach(other::eval);
        });
        System.out.println(sentence(kernel, Notebook.language()));
    }

    private static String sentence(Optional<OtherKernel> kernel, String language) {
        var chinese = language.equals("zh");
        if (kernel.isEmpty()) {
            return chinese
                    ? "Heddle 已就绪，但没有图：这里不是它认识的内核（JJava、IJava、rapaio）。"
                    : "Heddle is ready, without pictures: this is none of the kernels that it knows (JJava, IJava, rapaio).";
        }
        var name = kernel.get().name();
        return chinese
                ? "Heddle 已就绪。" + name + " 做不到两件事：单元格结束之后，它的线程和子进程再输出的内容会出现在后面的单元格下，或者根本不出现；"
                        + "中断只停止单元格本身，不停止它启动的线程和子进程。请用 join() 等待它们，或用 terminate() 结束子进程。"
                : "Heddle is ready. Two things " + name
                        + " cannot do: what a cell's threads and children print after it has ended appears under a later cell"
                        + " or nowhere, and Stop ends the cell, not what it started; so wait for them with join(), or end children with terminate().";
    }

    /** A cell is run snippet by snippet: meanwhile the next one is compiled, maybe on the same thread, and none of the learner's code runs. */
    static boolean isBetweenSnippets(StackTraceElement[] frames) {
        return Arrays.stream(frames)
                .map(StackTraceElement::getClassName)
                .filter(type -> type.startsWith("REPL.") || type.startsWith("jdk.jshell.JShell"))
                .findFirst()
                .filter(type -> type.startsWith("jdk."))
                .isPresent();
    }
}
