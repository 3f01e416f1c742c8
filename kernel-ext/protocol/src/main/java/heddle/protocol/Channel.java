package heddle.protocol;

/** A kernel's five sockets. */
public enum Channel {
    SHELL,
    CONTROL,
    STDIN,
    IOPUB,
    HEARTBEAT
}
