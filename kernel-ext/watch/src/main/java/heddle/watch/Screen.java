package heddle.watch;

/** Where pictures go. */
public interface Screen {

    /** Shows a new picture. Called by the thread that asked for the watch, before what is watched begins. */
    View show(Picture first);

    /** A place on the screen that holds one picture. */
    interface View {
        /** Puts a newer picture into the place of the older. Called by one thread at a time, in order, the final picture last; may take its time. */
        void update(Picture newer);
    }
}
