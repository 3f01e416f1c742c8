package heddle.notebook;

/** An object that knows how it is shown in a notebook. */
public interface Displayable {

    MimeBundle toMimeBundle();
}
