package heddle.jshell;

import heddle.notebook.MimeBundle;
import java.lang.reflect.InvocationTargetException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A kernel that runs cells in its own JVM, found and used by name: IJava and JJava have one origin, and so the same methods under different names.
 *
 * @param kernel the running kernel
 * @param statics the class whose {@code eval} the kernel's notebooks use
 * @param dataType its class for one value in several representations
 */
record OtherKernel(String name, Object kernel, Class<?> statics, Class<?> dataType) {

    private record Names(String name, String holder, String getter, String statics, String dataType) {}

    private static final Names[] KNOWN = {
        new Names(
                "JJava",
                "org.dflib.jjava.jupyter.kernel.BaseKernel",
                "notebookKernel",
                "org.dflib.jjava.jupyter.kernel.BaseNotebookStatics",
                "org.dflib.jjava.jupyter.kernel.display.DisplayData"),
        new Names(
                "IJava",
                "io.github.spencerpark.ijava.runtime.Kernel",
                "getKernelInstance",
                "io.github.spencerpark.ijava.runtime.Kernel",
                "io.github.spencerpark.jupyter.kernel.display.DisplayData")
    };

    /** The kernel that this JVM is; empty in one that is none of the known. */
    static Optional<OtherKernel> here() {
        return Stream.of(KNOWN).flatMap(names -> find(names).stream()).findFirst();
    }

    private static Optional<OtherKernel> find(Names names) {
        try {
            var kernel = Class.forName(names.holder()).getMethod(names.getter()).invoke(null);
            return kernel == null
                    ? Optional.empty()
                    : Optional.of(new OtherKernel(
                            names.name(), kernel, Class.forName(names.statics()), Class.forName(names.dataType())));
        } catch (ReflectiveOperationException e) {
            return Optional.empty();
        }
    }

    /** Shows the bundle under the cell that runs now; with none, it is lost, as all that this kernel shows. */
    void show(String id, MimeBundle bundle, boolean update) {
        try {
            var data = dataType.getConstructor().newInstance();
            for (var entry : bundle.data().entrySet()) {
                dataType.getMethod("putData", String.class, Object.class)
                        .invoke(data, entry.getKey(), entry.getValue());
            }
            dataType.getMethod("setDisplayId", String.class).invoke(data, id);
            if (update) {
                var io = kernel.getClass().getMethod("getIO").invoke(kernel);
                var stream = io.getClass().getField("display").get(io);
                stream.getClass().getMethod("updateDisplay", dataType).invoke(stream, data);
            } else {
                kernel.getClass().getMethod("display", dataType).invoke(kernel, data);
            }
        } catch (ReflectiveOperationException e) {
            throw otherwise("shows nothing of Heddle's", e);
        }
    }

    /** Evaluates the code as if a cell contained it. */
    void eval(String code) {
        try {
            statics.getMethod("eval", String.class).invoke(null, code);
        } catch (ReflectiveOperationException e) {
            throw otherwise("could not evaluate " + code, e);
        }
    }

    private IllegalStateException otherwise(String what, ReflectiveOperationException e) {
        return new IllegalStateException(
                name + " " + what + ": this version of it is made differently from those that Heddle knows",
                e instanceof InvocationTargetException failed ? failed.getCause() : e);
    }
}
