package heddle.lessons;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PauseTest {

    @Test
    void lastsAsLongAsItSays() {
        var began = System.nanoTime();
        Pause.seconds(0.03);
        Pause.millis(20);
        assertTrue(System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(50));
    }

    @Test
    void endsWithAnInterruptAsSleepDoes() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> Pause.seconds(3600));
        assertFalse(Thread.interrupted());
    }
}
