package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QueueTextTest {
    @Test
    @DisplayName("a queue is written as its elements, as every collection is; at its end it says that it is closed")
    void text() throws Exception {
        var queue = new ProcessQueue<Object>();
        assertEquals("[]", queue.toString());
        queue.put("soup");
        queue.put(List.of(1, 2));
        assertEquals("[soup, [1, 2]]", queue.toString());
        queue.close();
        assertEquals("[soup, [1, 2]]", queue.toString());
        assertEquals("soup", queue.take());
        assertEquals(List.of(1, 2), queue.take());
        assertTrue(queue.toString().endsWith("closed]"), queue.toString());
    }
}
