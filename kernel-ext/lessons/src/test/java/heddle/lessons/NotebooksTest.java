package heddle.lessons;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is true of every lesson's file, without running it. */
class NotebooksTest {
    private static final Path NOTEBOOKS = Path.of("..", "..", "notebooks");
    private static final int TOPICS = 86;
    private static final Map<Integer, Integer> EXAMPLES = Map.of(0, 19, 1, 14, 2, 12, 3, 17, 4, 6);

    private static final Pattern CHECK = Pattern.compile("Check\\.(predict|exercise)\\(\"([^\"]+)\"");

    static List<Path> english() throws IOException {
        return inLanguage("en");
    }

    static List<Path> all() throws IOException {
        return Stream.concat(inLanguage("en").stream(), inLanguage("zh").stream())
                .toList();
    }

    private static List<Path> inLanguage(String language) throws IOException {
        try (var files = Files.list(NOTEBOOKS.resolve(language))) {
            return files.filter(file -> file.toString().endsWith(".ipynb"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void bothLanguagesHaveTheSameLessons() throws IOException {
        assertEquals(names("en"), names("zh"));
        assertTrue(names("en").contains("00-welcome.ipynb"), () -> "no lessons under " + NOTEBOOKS.toAbsolutePath());
    }

    private static List<String> names(String language) throws IOException {
        return inLanguage(language).stream()
                .map(file -> file.getFileName().toString())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("all")
    void isCleanAndNamesTheKernel(Path file) throws IOException {
        var notebook = read(file);
        assertAll(
                () -> assertEquals(4, notebook.at("/nbformat").asInt()),
                () -> assertEquals(5, notebook.at("/nbformat_minor").asInt()),
                () -> assertEquals(
                        "heddle", notebook.at("/metadata/kernelspec/name").asText()),
                () -> assertEquals(
                        "Java (Heddle)",
                        notebook.at("/metadata/kernelspec/display_name").asText()),
                () -> assertEquals(
                        "java", notebook.at("/metadata/kernelspec/language").asText()));
        var ids = new TreeSet<String>();
        for (var cell : cells(notebook)) {
            assertTrue(cell.id().matches("[a-z0-9-]{1,64}"), () -> "id " + cell.id());
            assertTrue(ids.add(cell.id()), () -> "two cells are called " + cell.id());
            if (cell.isCode()) {
                assertTrue(cell.node().get("outputs").isEmpty(), () -> cell.id() + " was saved with outputs");
                assertTrue(cell.node().get("execution_count").isNull(), () -> cell.id() + " was saved with a number");
                assertTrue(cell.source().lines().count() <= 20, () -> cell.id() + " is longer than 20 lines");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("english")
    void theCodeIsTheSameInBothLanguages(Path file) throws IOException {
        var english = cells(read(file));
        var chinese = cells(read(NOTEBOOKS.resolve("zh").resolve(file.getFileName())));
        assertEquals(
                english.stream().map(Cell::id).toList(),
                chinese.stream().map(Cell::id).toList());
        for (var i = 0; i < english.size(); i++) {
            var here = english.get(i);
            var there = chinese.get(i);
            assertEquals(here.isCode(), there.isCode(), here.id());
            assertEquals(here.metadata(), there.metadata(), here.id());
            if (here.isCode()) {
                assertEquals(JavaTokens.of(here.source()), JavaTokens.of(there.source()), here.id());
            } else {
                assertFalse(here.source().equals(there.source()), () -> here.id() + " is not translated");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyLessonAsksForPredictionsAndHasExercisesWithFoldedSolutions(Path file) throws IOException {
        var number = file.getFileName().toString().replaceFirst("^0?(\\d+)-.*", "$1");
        var asked = new TreeMap<String, List<Cell>>();
        for (var cell : cells(read(file))) {
            var check = CHECK.matcher(cell.isCode() ? cell.source() : "");
            while (check.find()) {
                asked.computeIfAbsent(check.group(2), _ -> new ArrayList<>()).add(cell);
            }
        }
        asked.forEach((id, cells) -> {
            assertTrue(id.startsWith(number + "."), () -> id + " belongs to another lesson");
            if (Exercises.GRADERS.containsKey(id)) {
                assertEquals(
                        List.of(false, true), cells.stream().map(Cell::isFolded).toList(), id);
            } else {
                assertTrue(Texts.answers().find(id).isPresent(), () -> id + " has no answer");
                assertTrue(
                        cells.getFirst().source().contains("\"?\""),
                        () -> id + " is answered in the lesson as it is given out");
            }
        });
        var exercises =
                asked.keySet().stream().filter(Exercises.GRADERS::containsKey).count();
        assertTrue(exercises >= 2, "at least two exercises");
        assertTrue(asked.size() > exercises, "at least one prediction");
    }

    @Test
    void everyAnswerIsAskedForSomewhere() throws IOException {
        var asked = new TreeSet<String>();
        for (var file : english()) {
            for (var cell : cells(read(file))) {
                CHECK.matcher(cell.source()).results().forEach(found -> asked.add(found.group(2)));
            }
        }
        var answered = new TreeSet<>(Exercises.GRADERS.keySet());
        Texts.answers().keys().forEach(key -> answered.add(key.replace(".options", "")));
        assertEquals(answered, asked);
    }

    @Test
    void theTopicsTableAccountsForEveryTopicAndEveryExample() throws IOException {
        var rows = Files.readAllLines(NOTEBOOKS.resolve("TOPICS.md")).stream()
                .filter(line -> line.matches("\\| \\d+ \\|.*"))
                .map(line -> line.split(" *\\| *"))
                .toList();
        assertEquals(
                IntStream.rangeClosed(1, TOPICS).boxed().toList(),
                rows.stream().map(row -> Integer.valueOf(row[1])).toList());
        var examples = rows.stream()
                .flatMap(row -> Stream.of(row[4].split(", ")))
                .filter(example -> !example.equals("-"))
                .sorted()
                .toList();
        var expected = EXAMPLES.entrySet().stream()
                .flatMap(document -> IntStream.rangeClosed(1, document.getValue())
                        .mapToObj(example -> "E" + document.getKey() + "." + example))
                .sorted()
                .toList();
        assertEquals(expected, examples);
        for (var row : rows) {
            for (var place : row[5].split(", ")) {
                assertExists(place);
            }
        }
    }

    private static void assertExists(String place) throws IOException {
        if (place.matches("\\d\\d \\(planned\\)")) {
            var lesson = place.substring(0, 2);
            assertTrue(
                    english().stream()
                            .noneMatch(file -> file.getFileName().toString().startsWith(lesson)),
                    () -> "lesson " + lesson + " is written; the table still says " + place);
            return;
        }
        var cell = Pattern.compile("\\[\\d\\d]\\(([^)]+)\\) `([^`]+)`").matcher(place);
        assertTrue(cell.matches(), () -> "neither a cell nor a planned lesson: " + place);
        var ids = cells(read(NOTEBOOKS.resolve(cell.group(1)))).stream()
                .map(Cell::id)
                .collect(Collectors.toSet());
        assertTrue(ids.contains(cell.group(2)), () -> "no such cell: " + place);
    }

    @ParameterizedTest
    @MethodSource("all")
    void linksLeadToLessonsThatExist(Path file) throws IOException {
        for (var cell : cells(read(file))) {
            Pattern.compile("]\\(([^)]+\\.ipynb)\\)")
                    .matcher(cell.source())
                    .results()
                    .forEach(link -> assertTrue(
                            Files.exists(file.resolveSibling(link.group(1))),
                            () -> "no such lesson: " + link.group(1)));
        }
    }

    private record Cell(JsonNode node) {
        String id() {
            return node.at("/id").asText();
        }

        boolean isCode() {
            return node.at("/cell_type").asText().equals("code");
        }

        boolean isFolded() {
            return node.at("/metadata/jupyter/source_hidden").asBoolean();
        }

        JsonNode metadata() {
            return node.get("metadata");
        }

        String source() {
            return StreamSupport.stream(node.get("source").spliterator(), false)
                    .map(JsonNode::asText)
                    .collect(Collectors.joining());
        }
    }

    private static JsonNode read(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }

    private static List<Cell> cells(JsonNode notebook) {
        return StreamSupport.stream(notebook.get("cells").spliterator(), false)
                .map(Cell::new)
                .toList();
    }
}
