package heddle.lessons;

import heddle.notebook.Cell;
import heddle.notebook.MimeBundle;
import heddle.notebook.Notebook;
import heddle.watch.Picture;
import heddle.watch.Screen;

/** Shows pictures under the cell that asked for them, and keeps them up to date there. */
final class NotebookScreen implements Screen {

    @Override
    public View show(Picture first) {
        var cell = Cell.current();
        var id = Notebook.display(bundle(first));
        // Newer pictures come from a thread of the watch, which is nobody's work.
        return newer -> Cell.run(cell, () -> Notebook.updateDisplay(id, bundle(newer)));
    }

    static MimeBundle bundle(Picture picture) {
        return MimeBundle.text(picture.text())
                .and("image/svg+xml", picture.svg())
                .and("text/html", picture.html());
    }

    /** What a picture is called: {@code Cell 12}, in Chinese {@code 单元格 12}; empty where there is no cell. */
    static String title(Cell cell, String language) {
        return cell == null ? "" : cell.label().replaceFirst("^cell\\b", language.equals("zh") ? "单元格" : "Cell");
    }
}
