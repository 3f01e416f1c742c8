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
     * Shows pictures and cards in the cells of the kernel that this is called in (JJava, where it is called by itself, IJava, rapaio), imports what lessons use, and says
     * what that kernel cannot do. In any other program they are shown as text. To call it again does nothing.
     */
    public static void install() {
        if (!INSTALLED.compareAndSet(false, true)) {
            return;
        }
        var kernel = OtherKernel.here();
        kernel.ifPresent(other -> Screen.elsewhere(other::show));
        new LessonsExtension().install();
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
        var name = kernel.map(OtherKernel::name).orElse(null);
        return language.equals("zh")
                ? "Heddle 已就绪；" + (name == null ? "这里" : name)
                        + " 不显示单元格结束之后才输出的内容，中断也只停止单元格本身，不停止它启动的线程和子进程：请自己用 join() 等待或用 terminate() 结束它们。"
                : "Heddle is ready; " + (name == null ? "here" : name)
                        + " does not show what is printed after a cell has ended, and Stop ends the cell alone, not the threads and child processes that it"
                        + " started: wait for them with join(), or end them with terminate().";
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
