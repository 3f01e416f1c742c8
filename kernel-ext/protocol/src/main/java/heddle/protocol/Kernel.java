package heddle.protocol;

import heddle.protocol.Content.CommClose;
import heddle.protocol.Content.CommInfoReply;
import heddle.protocol.Content.CommInfoRequest;
import heddle.protocol.Content.CommMsg;
import heddle.protocol.Content.CommOpen;
import heddle.protocol.Content.CompleteReply;
import heddle.protocol.Content.CompleteRequest;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.Content.ExecuteRequest;
import heddle.protocol.Content.HistoryReply;
import heddle.protocol.Content.HistoryRequest;
import heddle.protocol.Content.InspectReply;
import heddle.protocol.Content.InspectRequest;
import heddle.protocol.Content.IsCompleteReply;
import heddle.protocol.Content.IsCompleteRequest;
import heddle.protocol.Content.KernelInfoReply;
import java.util.List;
import java.util.Map;

/**
 * What a kernel must provide: one method per request. A reply is made from its request.
 *
 * <p>Requests on shell come one at a time on one thread; {@link #kernelInfo}, {@link #interrupt} and {@link #shutdown}
 * also on another, while a cell runs. A kernel whose information names {@link #SUBSHELLS} is given the requests for a subshell on a
 * thread of that subshell, at the same time as all others. Whatever a method throws, errors of the JVM included, becomes an error reply and
 * a line on stderr.
 */
public interface Kernel {

    /** Among {@link KernelInfoReply#supportedFeatures}: what comes on shell may come on several threads. */
    String SUBSHELLS = "kernel subshells";

    /** May be called while a cell runs; answer at once. */
    KernelInfoReply kernelInfo(Exchange exchange);

    /**
     * Runs a cell. Publishes {@link Content.ExecuteInput} first (unless silent), then what the cell puts out, and on
     * failure {@link Content.Error}; everything published before the return is sent before the status is idle again.
     *
     * @throws InterruptedException when the cell was interrupted; answered as an error of that name
     */
    ExecuteReply execute(ExecuteRequest request, Exchange exchange) throws InterruptedException;

    default CompleteReply complete(CompleteRequest request, Exchange exchange) throws InterruptedException {
        return new CompleteReply(List.of(), request.cursorPos(), request.cursorPos());
    }

    default InspectReply inspect(InspectRequest request, Exchange exchange) throws InterruptedException {
        return InspectReply.notFound();
    }

    default IsCompleteReply isComplete(IsCompleteRequest request, Exchange exchange) throws InterruptedException {
        return new IsCompleteReply("unknown");
    }

    default HistoryReply history(HistoryRequest request, Exchange exchange) throws InterruptedException {
        return new HistoryReply(List.of());
    }

    default CommInfoReply commInfo(CommInfoRequest request, Exchange exchange) throws InterruptedException {
        return new CommInfoReply(Map.of());
    }

    /** A front end opens a comm; where nobody is at home under the target's name, the protocol's answer is to close it. */
    default void commOpen(CommOpen open, Exchange exchange) throws InterruptedException {
        exchange.publish(new CommClose(open.commId(), Map.of()));
    }

    default void commMsg(CommMsg message, Exchange exchange) throws InterruptedException {}

    default void commClose(CommClose close, Exchange exchange) throws InterruptedException {}

    /** Stops the running cell, if one runs; called while it runs. */
    void interrupt(Exchange exchange);

    /**
     * Stops everything, for good or before a restart. The reply is sent after the return, then {@link KernelServer#awaitShutdown} returns.
     */
    void shutdown(boolean restart, Exchange exchange);
}
