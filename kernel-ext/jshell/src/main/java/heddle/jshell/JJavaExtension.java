package heddle.jshell;

import heddle.lessons.LessonsExtension;
import heddle.notebook.extension.Magic;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.BaseNotebookStatics;
import org.dflib.jjava.jupyter.kernel.magic.CellMagic;

/** What JJava finds in this jar and installs when the jar comes to its class path. */
public final class JJavaExtension implements Extension {

    @Override
    public void install(BaseKernel kernel) {
        CellClassFiles.give(getClass().getClassLoader());
        for (var magic : new LessonsExtension().magics()) {
            if (magic instanceof Magic.Cell cell) {
                kernel.getMagicsRegistry().registerCellMagic(cell.name(), magic(cell));
            }
        }
        Heddle.install();
    }

    private static CellMagic<Object, BaseKernel> magic(Magic.Cell magic) {
        return (kernel, arguments, body) -> {
            var frame = magic.expansion().around(String.join(" ", arguments));
            BaseNotebookStatics.eval(frame.before());
            try {
                return BaseNotebookStatics.eval(body);
            } finally {
                BaseNotebookStatics.eval(frame.after());
            }
        };
    }
}
