package heddle.processes;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.management.ManagementFactory;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;

/** In a fresh JVM: milliseconds of this thread's processor time until the first value of a kind went both ways, then what came out wrong. Arguments: a {@link Serializer}, a {@link Payload} or {@code FIDELITY}. */
public final class FirstUse {
    private FirstUse() {}

    public static void main(String[] arguments) {
        var serializer = Serializer.valueOf(arguments[0]);
        if (arguments[1].equals("FIDELITY")) {
            fidelity(serializer);
            return;
        }
        var payload = Payload.valueOf(arguments[1]);
        var value = payload.value();
        var clock = ManagementFactory.getThreadMXBean();
        var beganNs = clock.getCurrentThreadCpuTime();
        var bytes = serializer.encode(value);
        var encodedNs = clock.getCurrentThreadCpuTime();
        serializer.decode(bytes);
        var decodedNs = clock.getCurrentThreadCpuTime();
        System.out.printf(
                "%s %s %.1f ms there, %.1f ms back, %d bytes%n",
                serializer, payload, (encodedNs - beganNs) / 1e6, (decodedNs - encodedNs) / 1e6, bytes.length);
    }

    private static void fidelity(Serializer serializer) {
        check(serializer, "readResolve", Payload.Singleton.ONE, back -> back == Payload.Singleton.ONE);
        check(serializer, "writeReplace", new Payload.Replaced(4), back -> ((Payload.Replaced) back).n == 8);
        check(serializer, "Externalizable", new Payload.External(), back -> ((Payload.External) back).n == 1);
        var circle = new ArrayList<>();
        circle.add(circle);
        check(serializer, "circle", circle, back -> ((ArrayList<?>) back).get(0) == back);
        check(
                serializer,
                "throwable",
                new Exception("a", new Error("b")),
                back -> ((Exception) back).getCause() instanceof Error);
        var late = new LateLoader().make();
        check(serializer, "class of a loader that no thread knows", late, back -> back.getClass() == late.getClass());
        try {
            var bytes = serializer.encode(new Payload.Holder(new Payload.NotSerializable()));
            System.out.println(serializer + " not Serializable: WRONG, taken in " + bytes.length + " bytes");
        } catch (RuntimeException e) {
            System.out.println(serializer + " not Serializable: refused, " + e.getMessage());
        }
    }

    private static void check(
            Serializer serializer, String what, Object value, java.util.function.Predicate<Object> right) {
        try {
            var good = right.test(serializer.decode(serializer.encode(value)));
            System.out.println(serializer + " " + what + ": " + (good ? "right" : "WRONG"));
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            System.out.println(serializer + " " + what + ": WRONG, " + e);
        }
    }

    /** Of a class as a notebook's cell has it: on no class path. */
    private static final class LateLoader extends ClassLoader {
        Object make() {
            var file = ClassFile.of()
                    .build(
                            ClassDesc.of("late.Late"),
                            type -> type.withFlags(AccessFlag.PUBLIC)
                                    .withInterfaceSymbols(ClassDesc.of("java.io.Serializable"))
                                    .withMethodBody(
                                            ConstantDescs.INIT_NAME,
                                            ConstantDescs.MTD_void,
                                            ClassFile.ACC_PUBLIC,
                                            code -> code.aload(0)
                                                    .invokespecial(
                                                            ConstantDescs.CD_Object,
                                                            ConstantDescs.INIT_NAME,
                                                            ConstantDescs.MTD_void)
                                                    .return_()));
            try {
                return defineClass("late.Late", file, 0, file.length)
                        .getConstructor()
                        .newInstance();
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
