package heddle.protocol.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import heddle.protocol.Channel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The schema that all messages are held against refuses what it must: else every other test would pass for nothing. */
class SpecTest {

    private static List<String> violations(String channel, String type, String parent, String content) {
        var header = """
                {"msg_id": "1", "session": "s", "username": "u", "date": "2026-01-02T03:04:05.678901Z", "msg_type": "%s", "version": "5.5"}""".formatted(type);
        return Spec.violations(
                Channel.valueOf(channel),
                Stream.of(type, "<IDS|MSG>", "", header, parent.equals("yes") ? header : "{}", "{}", content)
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            IOPUB   | stream | yes | {"name": "stdout", "text": "a"}
            IOPUB   | status | no  | {"execution_state": "starting"}
            IOPUB   | display_data | yes | {"data": {"text/plain": "a", "application/json": {"a": [1]}}, "metadata": {}}
            SHELL   | execute_reply | yes | {"status": "ok", "execution_count": 1, "payload": [{"source": "page"}]}
            SHELL   | execute_reply | yes | {"status": "aborted", "execution_count": 1}
            SHELL   | inspect_reply | yes | {"status": "error", "ename": "a", "evalue": "b", "traceback": ["c"]}
            SHELL   | is_complete_reply | yes | {"status": "incomplete", "indent": "  "}
            SHELL   | history_reply | yes | {"status": "ok", "history": [[1, 2, "a"], [1, 3, ["b", "c"]]]}
            CONTROL | create_subshell_reply | yes | {"status": "ok", "subshell_id": "a"}
            """)
    void takes(String channel, String type, String parent, String content) {
        assertEquals(List.of(), violations(channel, type, parent, content));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            IOPUB   | stream | yes | {"name": "stdlog", "text": "a"}
            IOPUB   | stream | yes | {"name": "stdout"}
            IOPUB   | stream | yes | {"name": "stdout", "text": "a", "more": 1}
            IOPUB   | stream | no  | {"name": "stdout", "text": "a"}
            SHELL   | stream | yes | {"name": "stdout", "text": "a"}
            IOPUB   | dance  | yes | {}
            IOPUB   | status | yes | {"execution_state": "asleep"}
            IOPUB   | display_data | yes | {"data": {"text": "a"}, "metadata": {}}
            IOPUB   | display_data | yes | {"data": {"text/html": 1}, "metadata": {}}
            IOPUB   | update_display_data | yes | {"data": {}, "metadata": {}, "transient": {}}
            IOPUB   | execute_result | yes | {"execution_count": 1, "data": {"text/html": "a"}, "metadata": {}}
            IOPUB   | clear_output | yes | {"wait": "yes"}
            SHELL   | execute_reply | yes | {"status": "ok", "execution_count": 1.5}
            SHELL   | execute_reply | yes | {"status": "ok", "execution_count": 1, "ename": "a"}
            SHELL   | execute_reply | yes | {"status": "aborted"}
            SHELL   | execute_reply | yes | {"status": "error", "execution_count": 1, "ename": "a", "evalue": "b"}
            SHELL   | inspect_reply | yes | {"status": "error", "ename": "a", "evalue": "b", "traceback": "c"}
            SHELL   | inspect_reply | yes | {"status": "ok", "found": true, "data": {}}
            SHELL   | is_complete_reply | yes | {"status": "complete", "indent": "  "}
            SHELL   | history_reply | yes | {"status": "ok", "history": [[1, 2]]}
            SHELL   | kernel_info_reply | yes | {"status": "ok"}
            SHELL   | create_subshell_reply | yes | {"status": "ok", "subshell_id": "a"}
            STDIN   | input_request | yes | {"prompt": "a", "password": 1}
            """)
    void refuses(String channel, String type, String parent, String content) {
        assertFalse(violations(channel, type, parent, content).isEmpty());
    }
}
