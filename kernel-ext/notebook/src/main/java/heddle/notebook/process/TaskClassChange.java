package heddle.notebook.process;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.*;
import java.lang.classfile.CodeBuilder.BlockCodeBuilder;
import java.lang.classfile.attribute.RuntimeVisibleAnnotationsAttribute;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.*;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** How {@link CellAgent} changes one of the JDK's task classes; apart from it, so that nothing of this is loaded where the change is known. */
record TaskClassChange(ClassModel model, Map<String, Consumer<ClassBuilder>> helpers, Set<String> done)
        implements ClassTransform {

    private static final String CELL = "heddle$cell";
    private static final String RECORD = "heddle$record";
    private static final ClassDesc HOOKS = ClassDesc.of(CellAgent.HOOKS);
    private static final ClassDesc OBJECTS = CD_Object.arrayType();
    private static final ClassDesc RUNNABLE = ClassDesc.of("java.lang.Runnable");
    private static final ClassDesc THREAD = ClassDesc.of("java.lang.Thread");
    private static final ClassDesc THREAD_LOCAL = ClassDesc.of("java.lang.ThreadLocal");
    private static final ClassDesc TIMER_TASK = ClassDesc.of("java.util.TimerTask");
    private static final ClassDesc QUEUE = ClassDesc.of("java.util.Queue");
    private static final ClassDesc BLOCKING_QUEUE = concurrent("BlockingQueue");
    private static final ClassDesc FUTURE_TASK = concurrent("FutureTask");
    private static final ClassDesc FORK_JOIN_TASK = concurrent("ForkJoinTask");
    private static final ClassDesc FORK_JOIN_POOL = concurrent("ForkJoinPool");
    private static final ClassDesc PROCESS = ClassDesc.of("java.lang.Process");
    private static final ClassDesc PROCESS_IMPL = ClassDesc.of("java.lang.ProcessImpl");
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

    /** The methods that are changed; what is not found in a JDK is told. */
    private static final Set<String> PLACES = Set.of(
            "Thread.start",
            "AbstractQueuedSynchronizer.release",
            "AbstractQueuedSynchronizer.releaseShared",
            "FutureTask.set",
            "FutureTask.setException",
            "ForkJoinTask.setDone",
            "CompletableFuture.internalComplete",
            "CompletableFuture.completeNull",
            "CompletableFuture.completeValue",
            "CompletableFuture.completeThrowable",
            "VirtualThread.start",
            "ThreadPoolExecutor.<init>",
            "ThreadPoolExecutor.execute",
            "ThreadPoolExecutor.runWorker",
            "ForkJoinPool.<init>",
            "ProcessBuilder.start",
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

    /** @param problems gets a sentence for each method that is not as it is known to be */
    static byte[] of(byte[] bytes, Collection<String> problems) {
        var done = new HashSet<String>();
        var model = ClassFile.of().parse(bytes);
        var change = new TaskClassChange(model, new LinkedHashMap<>(), done);
        var changed = ClassFile.of().transformClass(model, change);
        PLACES.stream()
                .filter(place -> place.startsWith(change.self().displayName() + ".") && !done.contains(place))
                .forEach(
                        place -> problems.add(
                                "This JDK's " + place
                                        + " is not as Heddle knows it: some output of threads may be shown under another cell than the one that started the work."));
        return changed;
    }

    private ClassDesc self() {
        return model.thisClass().asSymbol();
    }

    private ClassDesc superclass() {
        return model.superclass().orElseThrow().asSymbol();
    }

    @Override
    public void accept(ClassBuilder out, ClassElement element) {
        if (element instanceof MethodModel method) {
            var place = self().displayName() + "." + method.methodName().stringValue();
            if (PLACES.contains(place)) {
                out.transformMethod(
                        method,
                        MethodTransform.transformingCode(new Place(place, self(), superclass(), helpers, done)));
                return;
            }
        }
        out.with(element);
    }

    @Override
    public void atStart(ClassBuilder out) {
        if (self().equals(FUTURE_TASK) || self().equals(FORK_JOIN_TASK) || self().equals(TIMER_TASK)) {
            out.withField(CELL, CD_Object, ClassFile.ACC_TRANSIENT | ClassFile.ACC_SYNTHETIC);
        } else if (self().equals(FORK_JOIN_POOL)) {
            out.withField(CELL, CD_Object, ClassFile.ACC_SYNTHETIC);
        } else if (self().equals(POOL)) {
            out.withField(RECORD, OBJECTS, ClassFile.ACC_SYNTHETIC);
        }
    }

    @Override
    public void atEnd(ClassBuilder out) {
        helpers.values().forEach(helper -> helper.accept(out));
    }

    /** The change of one method. */
    private record Place(
            String name,
            ClassDesc self,
            ClassDesc superclass,
            Map<String, Consumer<ClassBuilder>> helpers,
            Set<String> done)
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
                case "AbstractQueuedSynchronizer.release",
                        "AbstractQueuedSynchronizer.releaseShared",
                        "FutureTask.set",
                        "FutureTask.setException",
                        "ForkJoinTask.setDone",
                        "CompletableFuture.internalComplete",
                        "CompletableFuture.completeNull",
                        "CompletableFuture.completeValue",
                        "CompletableFuture.completeThrowable" ->
                    code.invokestatic(HOOKS, "publish", MethodTypeDesc.of(CD_void));
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
                case "ForkJoinTask.<init> <init>", "ForkJoinPool.<init> <init>" -> {
                    code.with(call);
                    if (call.owner().asSymbol().equals(superclass)) { // neither this(...) nor another object's
                        code.aload(0).invokestatic(HOOKS, "current", CURRENT).putfield(self, CELL, CD_Object);
                        done.add(name);
                    }
                }
                case "ProcessBuilder.start start" -> {
                    code.with(call);
                    if (call.owner().asSymbol().equals(PROCESS_IMPL)) {
                        code.dup().invokestatic(HOOKS, "started", MethodTypeDesc.of(CD_void, PROCESS));
                        done.add(name);
                    }
                }
                case "ThreadPoolExecutor.runWorker beforeExecute" -> through(code, call, POOL, false, Place::begin);
                case "ThreadPoolExecutor.runWorker run" -> through(code, call, RUNNABLE, false, Place::unlessStopped);
                case "ForkJoinTask.doExec exec" -> through(code, call, FORK_JOIN_TASK, false, Place::bindTask);
                case "CompletableFuture.postComplete tryFire", "CompletableFuture$Completion.run tryFire" ->
                    through(code, call, FORK_JOIN_TASK, false, Place::bind);
                case "CompletableFuture$AsyncRun.run run", "CompletableFuture$AsyncSupply.run get" ->
                    through(code, call, FORK_JOIN_TASK, true, Place::bindStage);
                case "TimerThread.mainLoop run" -> through(code, call, TIMER_TASK, false, Place::bindTimerTask);
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
            bind(body, call, holder, self, (_, _) -> {});
        }

        /** As {@link #bind}, but what a stopped cell submitted is cancelled. */
        private static void bindTask(CodeBuilder body, InvokeInstruction call, ClassDesc holder, int self) {
            bind(body, call, holder, self, (block, _) -> block.aload(self).invokestatic(HOOKS, "checkTask", EXIT));
        }

        /** As {@link #bind}, but a stage that a stopped cell declared fails. */
        private static void bindStage(CodeBuilder body, InvokeInstruction call, ClassDesc holder, int self) {
            bind(
                    body,
                    call,
                    holder,
                    self,
                    (block, _) -> block.invokestatic(HOOKS, "checkStage", MethodTypeDesc.of(CD_void)));
        }

        /** As {@link #bind}, but what a stopped cell scheduled is left out. */
        private static void bindTimerTask(CodeBuilder body, InvokeInstruction call, ClassDesc holder, int self) {
            bind(
                    body,
                    call,
                    holder,
                    self,
                    (block, before) -> block.aload(self)
                            .invokestatic(HOOKS, "skips", MethodTypeDesc.of(CD_boolean, holder))
                            .ifThen(leaves -> leaves.aload(before)
                                    .invokestatic(HOOKS, "exit", EXIT)
                                    .return_()));
        }

        /** Calls unless a stopped cell submitted the task. */
        private static void unlessStopped(CodeBuilder body, InvokeInstruction call, ClassDesc holder, int self) {
            body.aload(self)
                    .invokestatic(HOOKS, "skips", MethodTypeDesc.of(CD_boolean, holder))
                    .ifThen(Opcode.IFEQ, runs -> call(runs, call))
                    .return_();
        }

        /** @param first what comes before the call; the number is the slot of what {@code exit} wants */
        private static void bind(
                CodeBuilder body,
                InvokeInstruction call,
                ClassDesc holder,
                int self,
                BiConsumer<CodeBuilder, Integer> first) {
            int before = body.allocateLocal(TypeKind.REFERENCE);
            body.aload(self)
                    .getfield(holder, CELL, CD_Object)
                    .invokestatic(HOOKS, "enter", SUBMITTED)
                    .astore(before);
            var kind = TypeKind.from(call.typeSymbol().returnType());
            body.trying(
                    block -> {
                        first.accept(block, before);
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
