package heddle.jshell;

import heddle.notebook.MimeBundle;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Optional;

/**
 * A kernel that runs cells in its own JVM, found and used by name: JJava and rapaio descend from IJava, and have its methods under names of their own.
 *
 * @param kernel the running kernel
 * @param updater what shows a newer value in the place of an older one
 * @param statics the class whose {@code eval} the kernel's notebooks use
 * @param dataType its class for one value in several representations
 */
record OtherKernel(String name, Object kernel, Object updater, Class<?> statics, Class<?> dataType) {

    /** Where to find what: a class and its member that is the kernel, and from there to the updater. */
    private record Names(
            String name, String holder, String kernel, List<String> toUpdater, String statics, String dataType) {}

    private static final List<Names> KNOWN = List.of(
            new Names(
                    "JJava",
                    "org.dflib.jjava.jupyter.kernel.BaseKernel",
                    "notebookKernel",
                    List.of("getIO", "display"),
                    "org.dflib.jjava.jupyter.kernel.BaseNotebookStatics",
                    "org.dflib.jjava.jupyter.kernel.display.DisplayData"),
            new Names(
                    "IJava",
                    "io.github.spencerpark.ijava.runtime.Kernel",
                    "getKernelInstance",
                    List.of("getIO", "display"),
                    "io.github.spencerpark.ijava.runtime.Kernel",
                    "io.github.spencerpark.jupyter.kernel.display.DisplayData"),
            new Names(
                    "rapaio",
                    "org.rapaio.jupyter.kernel.MainApp",
                    "kernel",
                    List.of(),
                    "org.rapaio.jupyter.kernel.global.Global",
                    "org.rapaio.jupyter.kernel.display.DisplayData"));

    /** The kernel that this JVM is; empty in one that is none of the known. */
    static Optional<OtherKernel> here() {
        return KNOWN.stream().flatMap(names -> find(names).stream()).findFirst();
    }

    private static Optional<OtherKernel> find(Names names) {
        try {
            var kernel = member(Class.forName(names.holder()), null, names.kernel());
            if (kernel == null) {
                return Optional.empty();
            }
            var updater = kernel;
            for (var name : names.toUpdater()) {
                updater = member(updater.getClass(), updater, name);
            }
            return Optional.of(new OtherKernel(
                    names.name(), kernel, updater, Class.forName(names.statics()), Class.forName(names.dataType())));
        } catch (ReflectiveOperationException e) {
            return Optional.empty();
        }
    }

    /** What a method without parameters gives, or what is in a field. */
    private static Object member(Class<?> type, Object of, String name) throws ReflectiveOperationException {
        try {
            return type.getMethod(name).invoke(of);
        } catch (NoSuchMethodException e) {
            return type.getField(name).get(of);
        }
    }

    /** Shows the bundle under the cell that runs now. */
    void show(String id, MimeBundle bundle, boolean update) {
        try {
            var constructor = dataType.getDeclaredConstructor();
            constructor.setAccessible(true); // rapaio's is not public
            var data = constructor.newInstance();
            for (var entry : bundle.data().entrySet()) {
                dataType.getMethod("putData", String.class, Object.class)
                        .invoke(data, entry.getKey(), entry.getValue());
            }
            dataType.getMethod("setDisplayId", String.class).invoke(data, id);
            if (update) {
                updater.getClass().getMethod("updateDisplay", dataType).invoke(updater, data);
            } else {
                kernel.getClass().getMethod("display", dataType).invoke(kernel, data);
            }
        } catch (ReflectiveOperationException e) {
            throw different("shows nothing of Heddle's", e);
        }
    }

    /** Evaluates the code as if a cell contained it. */
    void eval(String code) {
        try {
            statics.getMethod("eval", String.class).invoke(null, code);
        } catch (ReflectiveOperationException e) {
            throw different("could not evaluate " + code, e);
        }
    }

    private IllegalStateException different(String what, ReflectiveOperationException e) {
        return new IllegalStateException(
                name + " " + what + ": this version of it is made differently from those that Heddle knows",
                e instanceof InvocationTargetException failed ? failed.getCause() : e);
    }
}
