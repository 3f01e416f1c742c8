package heddle.processes;

import heddle.processes.memory.Words;
import java.io.IOException;
import java.io.ObjectStreamException;
import java.lang.foreign.MemorySegment;

/**
 * Two {@link Connection}s that are joined: what is sent into one is received from the other.
 *
 * {@snippet :
 * var pipe = new ProcessPipe();
 * var here = pipe.first();
 * var there = pipe.second();
 * new ChildProcess(() -> {
 *             var question = (String) there.receive();
 *             there.send(question.length());
 *         })
 *         .start();
 * here.send("How long is this?");
 * System.out.println(here.receive()); // 17
 * pipe.close();
 * }
 *
 * <p>An end belongs to the processes that it was sent to, and to those that use it. When all of them have closed it or have ended, the other end gets what was
 * sent before, and then an {@link java.io.EOFException}. A process that made a pipe and only handed an end on does not own that end, so it need not close it.
 *
 * <p>Messages are whole or not there at all, and several processes may use one end. Follows Python's {@code multiprocessing.Pipe}.
 */
public final class ProcessPipe extends SharedObject {
    private static final long serialVersionUID = 1;

    /*
     *   64 growth   128 one way (int)   132 given up by its maker (int)   192 stream from first to second   then stream from second to first, owners of first, owners of second
     */
    private static final int GROWTH = Place.HEAD_LENGTH;
    private static final int ONE_WAY = GROWTH + 64;
    private static final int GIVEN_UP = ONE_WAY + 4;
    private static final long STREAMS = ONE_WAY + 64;
    private static final long OWNERS = STREAMS + 2 * RecordsDescriptor.LENGTH;
    static final long LENGTH = OWNERS + 2 * Owners.LENGTH - Place.HEAD_LENGTH;

    /** What may be unread before sending waits, in bytes. */
    private static final long MOST = 1 << 20;

    private final transient Growth growth;
    private final transient Records[] streams = new Records[2];
    private final transient Owners[] owners = new Owners[2];
    private final transient Connection[] ends = new Connection[2];
    /** While one end is packed. */
    private transient boolean packsEnd;

    /** A pipe for both directions. */
    public ProcessPipe() {
        this(false);
    }

    private ProcessPipe(boolean oneWay) {
        super(Place.make(Kind.PIPE, LENGTH));
        Words.setInt(memory, ONE_WAY, oneWay ? 1 : 0);
        Records.format(stream(0), 0, MOST);
        Records.format(stream(1), 0, MOST);
        growth = new Growth(file(), GROWTH, self());
        connect();
    }

    ProcessPipe(Place place) {
        super(place);
        growth = new Growth(file(), GROWTH, self());
        connect();
    }

    /** A pipe for one direction: from {@link #second} to {@link #first}. */
    public static ProcessPipe oneWay() {
        return new ProcessPipe(true);
    }

    private void connect() {
        for (var end = 0; end < 2; end++) {
            var writers = end;
            Records.Peers peers = producers -> {
                var other = producers ? writers : 1 - writers;
                return areGone(other) || ends[1 - other].isClosed();
            };
            owners[end] = new Owners(memory, OWNERS + end * Owners.LENGTH);
            streams[end] = new Records(stream(end), growth, self(), peers);
            ends[end] = new Connection(this, end);
        }
    }

    private MemorySegment stream(int end) {
        return memory.asSlice(STREAMS + end * RecordsDescriptor.LENGTH, RecordsDescriptor.LENGTH);
    }

    /** One end; in a one-way pipe the one to receive from. */
    public Connection first() {
        return ends[0];
    }

    /** The other end; in a one-way pipe the one to send into. */
    public Connection second() {
        return ends[1];
    }

    /** Gives up both ends in this process. */
    @Override
    public void close() {
        ends[0].close();
        ends[1].close();
    }

    // ---- for the ends

    /** What is sent into that end. */
    Records from(int end) {
        return streams[end];
    }

    boolean isOneWay() {
        return Words.getInt(memory, ONE_WAY) != 0;
    }

    /** Whether nobody is left at that end. */
    boolean areGone(int end) {
        return owners[end].areGone(self());
    }

    void use(int end) {
        if (!owners[end].has(self(), Owners.USES)) {
            owners[end].add(self(), Owners.USES);
        }
    }

    /** This process has closed that end. */
    void giveUp(int end) {
        owners[end].remove(self());
        owners[end].somebody(1);
        rouse();
        if (self() == maker() && ends[0].isClosed() && ends[1].isClosed()) {
            Words.setInt(memory, GIVEN_UP, 1);
        }
        releaseIfOver();
    }

    /** Nobody has either end, and nobody can be given one any more. */
    private void releaseIfOver() {
        if (Words.getInt(memory, GIVEN_UP) != 0 && areGone(0) && areGone(1)) {
            try {
                file().delete();
            } catch (IOException e) {
                // a system that does not remove what is in use: it goes with the directory
            }
            super.close();
        }
    }

    private void rouse() {
        streams[0].rouse();
        streams[1].rouse();
    }

    @Override
    void bury(int dead) {
        growth.bury(dead);
        for (var end = 0; end < 2; end++) {
            owners[end].bury(dead);
            streams[end].bury(dead);
        }
        if (maker() == dead) {
            Words.setInt(memory, GIVEN_UP, 1);
        }
        releaseIfOver();
    }

    // ---- on the way

    @Override
    void travels() {
        var destination = Destination.ofThisThread();
        if (!packsEnd && destination != 0) {
            give(0, destination, Owners.HOLDS);
            give(1, destination, Owners.HOLDS);
        }
    }

    /**
     * An end is about to be sent.
     *
     * @return the pipe's stand-in on the way
     */
    synchronized Object pack(int end) throws ObjectStreamException {
        packsEnd = true;
        try {
            var handle = writeReplace();
            var destination = Destination.ofThisThread();
            if (destination != 0) {
                give(end, destination, Owners.USES);
            } else {
                owners[end].add(self(), Owners.ON_ITS_WAY);
            }
            return handle;
        } finally {
            packsEnd = false;
        }
    }

    /** It is to be buried here even if it dies before it has opened this. */
    private void give(int end, int destination, long what) {
        tree().census().touch(destination);
        owners[end].add(destination, what);
    }

    /** @param sender who may have counted as its owner so far */
    synchronized Connection arrived(int end, int sender) {
        if (ends[end].isClosed()) {
            ends[end] = new Connection(this, end);
        }
        owners[end].add(self(), Owners.USES);
        owners[end].arrived(sender);
        return ends[end];
    }
}
