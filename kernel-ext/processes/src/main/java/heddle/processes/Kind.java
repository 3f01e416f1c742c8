package heddle.processes;

/** The kinds of {@link SharedObject}. */
enum Kind {
    LOCK("ProcessLock", AbstractProcessLock.LENGTH),
    REENTRANT_LOCK("ProcessReentrantLock", AbstractProcessLock.LENGTH),
    CONDITION("ProcessCondition", ConditionDescriptor.LENGTH),
    SEMAPHORE("ProcessSemaphore", SemaphoreDescriptor.LENGTH),
    EVENT("ProcessEvent", ProcessEvent.LENGTH),
    BARRIER("ProcessBarrier", BarrierDescriptor.LENGTH),
    QUEUE("ProcessQueue", ProcessQueue.LENGTH),
    JOINABLE_QUEUE("JoinableProcessQueue", JoinableQueueDescriptor.LENGTH),
    PIPE("ProcessPipe", ProcessPipe.LENGTH),
    LONG("SharedLong", SharedLong.LENGTH),
    DOUBLE("SharedDouble", SharedDouble.LENGTH),
    ARRAY("SharedArray", Kind.ALL),
    MEMORY("SharedMemory", Kind.ALL),
    MAP("SharedMap", Heap.HEAD_LENGTH),
    LIST("SharedList", Heap.HEAD_LENGTH),
    VALUE("SharedValue", Heap.HEAD_LENGTH),
    POOL_TASKS("PoolTasks", Kind.ALL),
    POOL_RESULTS("PoolResults", Kind.ALL);

    /** All of the file is mapped at once. */
    static final long ALL = -1;

    private static final Kind[] KINDS = values();

    private final String type;
    private final long head;

    Kind(String type, long head) {
        this.type = type;
        this.head = head;
    }

    static Kind of(int ordinal) {
        return KINDS[ordinal];
    }

    /** Null where there is none of that name. */
    static Kind named(String type) {
        for (var kind : KINDS) {
            if (kind.type.equals(type)) {
                return kind;
            }
        }
        return null;
    }

    /** The name of the class, and of the files. */
    String type() {
        return type;
    }

    /** How many bytes behind the head are mapped when it is opened, or {@link #ALL}. */
    long head() {
        return head;
    }

    /** Whether there are generations of it to be removed. */
    boolean hasHeap() {
        return this == MAP || this == LIST || this == VALUE;
    }

    SharedObject at(SharedObject.Place place) {
        return switch (this) {
            case LOCK -> new ProcessLock(place);
            case QUEUE -> new ProcessQueue<>(place);
            case JOINABLE_QUEUE -> new JoinableProcessQueue<>(place);
            case PIPE -> new ProcessPipe(place);
            case LONG -> new SharedLong(place);
            case DOUBLE -> new SharedDouble(place);
            case ARRAY -> SharedArray.at(place);
            case MEMORY -> new SharedMemory(place);
            case MAP -> new SharedMap<>(place);
            case LIST -> new SharedList<>(place);
            case VALUE -> new SharedValue<>(place);
            case POOL_TASKS -> new PoolTasks(place);
            case POOL_RESULTS -> new PoolResults(place);
            case REENTRANT_LOCK -> new ProcessReentrantLock(place);
            case CONDITION -> new ProcessCondition(place);
            case SEMAPHORE -> new ProcessSemaphore(place);
            case EVENT -> new ProcessEvent(place);
            case BARRIER -> new ProcessBarrier(place);
        };
    }

    /** What stands for an object that does not exist any more, or null where nothing does. */
    SharedObject gone() {
        return switch (this) {
            case QUEUE -> ended(new ProcessQueue<>());
            case JOINABLE_QUEUE -> ended(new JoinableProcessQueue<>());
            default -> null;
        };
    }

    private static SharedObject ended(SharedObject object) {
        object.close();
        return object;
    }
}
