package heddle.notebook.process;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeBuilder.BlockCodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.RuntimeVisibleAnnotationsAttribute;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Lets a task know the cell that submitted it, by a few small changes to the JDK's task classes while the JVM starts.
 *
 * <p>Inheritance by new threads does not suffice: a pool's thread is started by one cell and works for all. So a task carries its cell in a
 * field, taken when it is submitted and made current while it runs; and a thread gets its starter's cell, whoever constructed it. No class of
 * a learner's is changed, no stack trace shows a frame of ours, and when the JVM is up the agent listens to nothing any more.
 */
public final class CellAgent {
    private CellAgent() {}

    private static final String CELL = "heddle$cell";
    private static final String RECORD = "heddle$record";
    private static final ClassDesc HOOKS = ClassDesc.of("java.lang.HeddleCells");
    private static final ClassDesc OBJECTS = CD_Object.arrayType();
    private static final ClassDesc RUNNABLE = ClassDesc.of("java.lang.Runnable");
    private static final ClassDesc THREAD = ClassDesc.of("java.lang.Thread");
    private static final ClassDesc THREAD_LOCAL = ClassDesc.of("java.lang.ThreadLocal");
    private static final ClassDesc TIMER_TASK = ClassDesc.of("java.util.TimerTask");
    private static final ClassDesc QUEUE = ClassDesc.of("java.util.Queue");
    private static final ClassDesc BLOCKING_QUEUE = concurrent("BlockingQueue");
    private static final ClassDesc FUTURE_TASK = concurrent("FutureTask");
    private static final ClassDesc FORK_JOIN_TASK = concurrent("ForkJoinTask");
    private static final ClassDesc POOL = concurrent("ThreadPoolExecutor");
    private static final ClassDesc STAGE_TASK = concurrent("CompletableFuture$AsynchronousCompletionTask");
    private static final MethodTypeDesc CURRENT = MethodTypeDesc.of(CD_Object);
    private static final MethodTypeDesc EXIT = MethodTypeDesc.of(CD_void, CD_Object);

    /** The JDK's stack traces stay as they were: these helpers are as invisible there as a lambda's. */
    private static final RuntimeVisibleAnnotationsAttribute HIDDEN =
            RuntimeVisibleAnnotationsAttribute.of(Annotation.of(ClassDesc.of("jdk.internal.vm.annotation.Hidden")));

    private static final MethodTypeDesc SUBMITTED = MethodTypeDesc.of(CD_Object, CD_Object);

    private static ClassDesc concurrent(String name) {
        return ClassDesc.of("java.util.concurrent." + name);
    }

    /** Loaded by the time a premain runs; they are changed in place, which allows no new members. */
    private static final Set<String> LOADED = Set.of("java/lang/Thread", "java/lang/VirtualThread");

    /** In an order in which each is loaded as itself: a class before those that mention it when they are linked. */
    private static final List<String> TO_LOAD = List.of(
            "java.util.concurrent.FutureTask",
            "java.util.concurrent.ThreadPoolExecutor",
            "java.util.concurrent.ScheduledThreadPoolExecutor",
            "java.util.concurrent.ForkJoinTask",
            "java.util.concurrent.ForkJoinPool",
            "java.util.concurrent.CompletableFuture",
            "java.util.concurrent.CompletableFuture$Completion",
            "java.util.concurrent.CompletableFuture$AsyncRun",
            "java.util.concurrent.CompletableFuture$AsyncSupply",
            "java.util.TimerTask",
            "java.util.Timer",
            "java.util.TimerThread");

    /** The changes that each class is known to need, as {@code class.method}; a JDK in which one finds no place is told about. */
    private static final Set<String> PLACES = Set.of(
            "Thread.start",
            "VirtualThread.start",
            "ThreadPoolExecutor.<init>",
            "ThreadPoolExecutor.execute",
            "ThreadPoolExecutor.runWorker",
            "ScheduledThreadPoolExecutor.delayedExecute",
            "ForkJoinTask.<init>",
            "ForkJoinTask.doExec",
            "ForkJoinPool.poolSubmit",
            "CompletableFuture.postComplete",
            "CompletableFuture$Completion.run",
            "CompletableFuture$AsyncRun.run",
            "CompletableFuture$AsyncSupply.run",
            "Timer.sched",
            "TimerThread.mainLoop");

    private static ThreadLocal<Object> current;
    private static final List<String> PROBLEMS = new ArrayList<>();

    /** Where the current thread's cell stands; null when this JVM was started without the agent. */
    static ThreadLocal<Object> current() {
        return current;
    }

    /** What could not be changed in this JDK, one sentence each. */
    static List<String> problems() {
        return Collections.unmodifiableList(PROBLEMS);
    }

    public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
        instrumentation.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of(),
                Map.of("java.lang", Set.of(CellAgent.class.getModule())),
                Set.of(),
                Map.of());
        var hooks = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
                .defineClass(hooks());
        @SuppressWarnings("unchecked")
        var cell = (ThreadLocal<Object>) hooks.getField("CELL").get(null);
        cell.get();
        var changes = new Changes();
        instrumentation.addTransformer(changes, true);
        try {
            for (var name : TO_LOAD) {
                Class.forName(name, false, null);
            }
            instrumentation.retransformClasses(Thread.class, Class.forName("java.lang.VirtualThread"));
        } finally {
            instrumentation.removeTransformer(changes);
        }
        current = cell;
        var missing = new LinkedHashSet<>(PLACES);
        missing.removeAll(changes.done);
        PROBLEMS.addAll(changes.problems);
        missing.forEach(
                place -> PROBLEMS.add(
                        "This JDK's " + place
                                + " is not as Heddle knows it: some output of threads may be shown under another cell than the one that started the work."));
    }

    /** {@link CellHooks} under its name in {@code java.lang}: one text in the class file's constants is another. */
    private static byte[] hooks() throws IOException {
        byte[] bytes;
        try (var in = CellHooks.class.getResourceAsStream("CellHooks.class")) {
            bytes = in.readAllBytes();
        }
        // Latin-1 maps each byte to one character and back
        var text = new String(bytes, ISO_8859_1);
        var from = utf8Constant(CellHooks.class.getName());
        if (text.indexOf(from) != text.lastIndexOf(from) || !text.contains(from)) {
            throw new IOException("CellHooks.class does not name itself exactly once.");
        }
        return text.replace(from, utf8Constant(HOOKS.packageName() + "." + HOOKS.displayName()))
                .getBytes(ISO_8859_1);
    }

    private static String utf8Constant(String className) {
        var name = className.replace('.', '/');
        return "\1" + (char) (name.length() >> 8) + (char) (name.length() & 0xff) + name;
    }

    private static final class Changes implements ClassFileTransformer {
        final Set<String> done = Collections.synchronizedSet(new LinkedHashSet<>());
        final List<String> problems = Collections.synchronizedList(new ArrayList<>());

        @Override
        public byte[] transform(
                ClassLoader loader, String name, Class<?> loaded, ProtectionDomain domain, byte[] bytes) {
            if (loader != null
                    || name == null
                    || (loaded == null) == LOADED.contains(name)
                    || !(LOADED.contains(name) || TO_LOAD.contains(name.replace('/', '.')))) {
                return null;
            }
            try {
                return new Change(ClassFile.of().parse(bytes), new LinkedHashMap<>(), done).changed();
            } catch (RuntimeException | Error e) {
                problems.add("Heddle could not prepare " + name + ": " + e);
                return null;
            }
        }
    }

    /** The change of one class. */
    private record Change(ClassModel model, Map<String, Consumer<ClassBuilder>> helpers, Set<String> done)
            implements ClassTransform {

        byte[] changed() {
            return ClassFile.of().transformClass(model, this);
        }

        private ClassDesc self() {
            return model.thisClass().asSymbol();
        }

        @Override
        public void accept(ClassBuilder out, ClassElement element) {
            if (element instanceof MethodModel method) {
                var place = self().displayName() + "." + method.methodName().stringValue();
                if (PLACES.contains(place)) {
                    out.transformMethod(
                            method, MethodTransform.transformingCode(new Place(place, self(), helpers, done)));
                    return;
                }
            }
            out.with(element);
        }

        @Override
        public void atStart(ClassBuilder out) {
            if (self().equals(FUTURE_TASK) || self().equals(FORK_JOIN_TASK) || self().equals(TIMER_TASK)) {
                out.withField(CELL, CD_Object, ClassFile.ACC_TRANSIENT | ClassFile.ACC_SYNTHETIC);
            } else if (self().equals(POOL)) {
                out.withField(RECORD, OBJECTS, ClassFile.ACC_SYNTHETIC);
            }
        }

        @Override
        public void atEnd(ClassBuilder out) {
            helpers.values().forEach(helper -> helper.accept(out));
        }
    }

    /** The change of one method. */
    private record Place(String name, ClassDesc self, Map<String, Consumer<ClassBuilder>> helpers, Set<String> done)
            implements CodeTransform {

        @Override
        public void atStart(CodeBuilder code) {
            switch (name) {
                case "ThreadPoolExecutor.execute" ->
                    noteInFutureTask(
                            code,
                            otherwise -> otherwise
                                    .aload(0)
                                    .getfield(POOL, RECORD, OBJECTS)
                                    .aload(1)
                                    .aload(0)
                                    .getfield(POOL, "workQueue", BLOCKING_QUEUE)
                                    .invokestatic(
                                            HOOKS, "submit", MethodTypeDesc.of(CD_void, OBJECTS, RUNNABLE, QUEUE)));
                case "ScheduledThreadPoolExecutor.delayedExecute" -> noteInFutureTask(code, otherwise -> {});
                case "ForkJoinPool.poolSubmit" ->
                    // a stage belongs to the cell that declared it, not to the one that completed what it waited for
                    code.aload(2)
                            .instanceOf(STAGE_TASK)
                            .ifThen(
                                    Opcode.IFEQ,
                                    rebind -> rebind.aload(2)
                                            .aload(2)
                                            .getfield(FORK_JOIN_TASK, CELL, CD_Object)
                                            .invokestatic(HOOKS, "submitted", SUBMITTED)
                                            .putfield(FORK_JOIN_TASK, CELL, CD_Object));
                case "Timer.sched" ->
                    code.aload(1).invokestatic(HOOKS, "current", CURRENT).putfield(TIMER_TASK, CELL, CD_Object);
                default -> {
                    return;
                }
            }
            done.add(name);
        }

        private static void noteInFutureTask(CodeBuilder code, Consumer<BlockCodeBuilder> otherwise) {
            code.aload(1)
                    .instanceOf(FUTURE_TASK)
                    .ifThenElse(
                            note -> note.aload(1)
                                    .checkcast(FUTURE_TASK)
                                    .aload(1)
                                    .checkcast(FUTURE_TASK)
                                    .getfield(FUTURE_TASK, CELL, CD_Object)
                                    .invokestatic(HOOKS, "submitted", SUBMITTED)
                                    .putfield(FUTURE_TASK, CELL, CD_Object),
                            otherwise::accept);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            if (!(element instanceof InvokeInstruction call)) {
                code.with(element);
                return;
            }
            switch (name + " " + call.name().stringValue()) {
                case "Thread.start start0", "VirtualThread.start externalSubmitRunContinuationOrThrow" -> {
                    // on the stack: the thread; a new thread has no thread locals yet
                    code.dup()
                            .getstatic(HOOKS, "CELL", THREAD_LOCAL)
                            .swap()
                            .invokestatic(HOOKS, "current", CURRENT)
                            .invokevirtual(THREAD_LOCAL, "createMap", MethodTypeDesc.of(CD_void, THREAD, CD_Object))
                            .with(call);
                    done.add(name);
                }
                case "ThreadPoolExecutor.<init> <init>" -> {
                    code.with(call);
                    if (!call.owner().asSymbol().equals(POOL)) {
                        code.aload(0)
                                .invokestatic(HOOKS, "newRecord", MethodTypeDesc.of(OBJECTS))
                                .putfield(POOL, RECORD, OBJECTS);
                        done.add(name);
                    }
                }
                case "ForkJoinTask.<init> <init>" -> {
                    code.with(call)
                            .aload(0)
                            .invokestatic(HOOKS, "current", CURRENT)
                            .putfield(FORK_JOIN_TASK, CELL, CD_Object);
                    done.add(name);
                }
                case "ThreadPoolExecutor.runWorker beforeExecute" -> through(code, call, POOL, false, Place::begin);
                case "ForkJoinTask.doExec exec",
                        "CompletableFuture.postComplete tryFire",
                        "CompletableFuture$Completion.run tryFire" ->
                    through(code, call, FORK_JOIN_TASK, false, Place::bind);
                case "CompletableFuture$AsyncRun.run run", "CompletableFuture$AsyncSupply.run get" ->
                    through(code, call, FORK_JOIN_TASK, true, Place::bind);
                case "TimerThread.mainLoop run" -> through(code, call, TIMER_TASK, false, Place::bind);
                default -> code.with(call);
            }
        }

        /** Lets the call go through a static helper of the same class, which takes receiver, arguments and, if wanted, {@code this}. */
        private void through(
                CodeBuilder code, InvokeInstruction call, ClassDesc holder, boolean withThis, Around around) {
            var type = call.typeSymbol().insertParameterTypes(0, call.owner().asSymbol());
            if (withThis) {
                code.aload(0);
                type = type.insertParameterTypes(type.parameterCount(), self);
            }
            var helper = "heddle$" + call.name().stringValue();
            code.invokestatic(self, helper, type);
            var helperType = type;
            helpers.put(
                    helper,
                    out -> out.withMethod(
                            helper,
                            helperType,
                            ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC,
                            method -> method.with(HIDDEN).withCode(body -> {
                                int receiver = 0;
                                int self = withThis ? body.parameterSlot(helperType.parameterCount() - 1) : receiver;
                                around.generate(body, call, holder, self);
                            })));
            done.add(name);
        }

        private interface Around {
            /** @param self the slot of the task */
            void generate(CodeBuilder body, InvokeInstruction call, ClassDesc holder, int self);
        }

        /** The original call with the same arguments; the helper's first parameters are receiver and arguments. */
        private static void call(CodeBuilder body, InvokeInstruction call) {
            body.aload(0);
            var type = call.typeSymbol();
            for (int i = 0; i < type.parameterCount(); i++) {
                body.loadLocal(TypeKind.from(type.parameterType(i)), body.parameterSlot(i + 1));
            }
            body.with(call);
        }

        /** The task's cell is current during the call. */
        private static void bind(CodeBuilder body, InvokeInstruction call, ClassDesc holder, int self) {
            int before = body.allocateLocal(TypeKind.REFERENCE);
            body.aload(self)
                    .getfield(holder, CELL, CD_Object)
                    .invokestatic(HOOKS, "enter", SUBMITTED)
                    .astore(before);
            var kind = TypeKind.from(call.typeSymbol().returnType());
            body.trying(
                    block -> {
                        call(block, call);
                        block.aload(before).invokestatic(HOOKS, "exit", EXIT).return_(kind);
                    },
                    catches -> catches.catchingAll(block -> block.aload(before)
                            .invokestatic(HOOKS, "exit", EXIT)
                            .athrow()));
        }

        /** The task's cell is current from here on, until the worker begins its next task. */
        private static void begin(CodeBuilder body, InvokeInstruction call, ClassDesc pool, int self) {
            body.aload(2)
                    .instanceOf(FUTURE_TASK)
                    .ifThenElse(
                            knows -> knows.aload(2)
                                    .checkcast(FUTURE_TASK)
                                    .getfield(FUTURE_TASK, CELL, CD_Object)
                                    .invokestatic(HOOKS, "begin", EXIT),
                            recorded -> recorded.aload(self)
                                    .getfield(pool, RECORD, OBJECTS)
                                    .aload(2)
                                    .invokestatic(HOOKS, "begin", MethodTypeDesc.of(CD_void, OBJECTS, RUNNABLE)));
            call(body, call);
            body.return_();
        }
    }
}
