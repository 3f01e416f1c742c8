package heddle.protocol;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Carries frames between a kernel and its clients: {@link Sockets}, or the memory of a test. */
public interface Transport extends AutoCloseable {

    /** What arrives. Called by one thread, which must not be kept waiting; {@link #gone} also by one that sends. */
    interface Receiver {

        /** @param frames on iopub a subscription, as XPUB reports it; on the other channels begins with the sender's identity */
        void received(Channel channel, List<byte[]> frames);

        /** The client of this identity has no connection to stdin (any more). */
        void gone(byte[] identity);
    }

    @FunctionalInterface
    interface Opener {
        Transport open(Receiver receiver) throws IOException;
    }

    /** Hands frames over for sending, in the order of the calls; never blocks, may be called by any thread, does nothing once closed. */
    void send(Channel channel, List<byte[]> frames);

    /** Completes, at once where it can, when no subscriber that reads has much to read yet, or the transport is closed. */
    default CompletableFuture<Void> room() {
        return CompletableFuture.completedFuture(null);
    }

    /** Returns when everything that had arrived before the call has been given to the receiver. */
    void drain() throws InterruptedException;

    /** Sends what was handed over, then ends; bounded in time. Idempotent. */
    @Override
    void close();
}
