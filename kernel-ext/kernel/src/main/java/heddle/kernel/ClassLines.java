package heddle.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.classfile.ClassFile;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * Gives a class file the source name and the line numbers that a learner knows.
 *
 * <p>The bytes are patched in place: {@code java.lang.classfile} would compute the stack maps of a changed method anew, and for that it would
 * have to know the learner's classes, which live in another process.
 */
final class ClassLines {
    private ClassLines() {}

    /**
     * @param sourceFile what stack traces name as the file
     * @param lines from the line in the class file to the line to be shown
     * @param volatiles the fields that are to be volatile: JShell drops this modifier of a variable, and a lesson on memory would lie
     */
    static byte[] rewrite(byte[] classFile, String sourceFile, IntUnaryOperator lines, Set<String> volatiles) {
        var in = ByteBuffer.wrap(classFile.clone());
        int constants = Short.toUnsignedInt(in.getShort(8));
        var utf8 = new String[constants];
        in.position(10);
        for (int i = 1; i < constants; i++) {
            int tag = in.get();
            switch (tag) {
                case 1 -> { // Utf8
                    int length = Short.toUnsignedInt(in.getShort());
                    utf8[i] = new String(in.array(), in.position(), length, UTF_8); // attribute names are ASCII
                    in.position(in.position() + length);
                }
                case 5, 6 -> { // Long, Double: two slots
                    in.position(in.position() + 8);
                    i++;
                }
                case 7, 8, 16, 19, 20 -> in.position(in.position() + 2);
                case 15 -> in.position(in.position() + 3);
                case 3, 4, 9, 10, 11, 12, 17, 18 -> in.position(in.position() + 4);
                default -> throw new IllegalArgumentException("unknown constant pool tag " + tag);
            }
        }
        int endOfConstants = in.position();
        in.position(endOfConstants + 6); // access flags, this class, super class
        skip(in, 2 * Short.toUnsignedInt(in.getShort())); // interfaces
        var patch = new Patch(in, utf8, lines, constants);
        patch.members(volatiles); // fields
        patch.members(Set.of()); // methods
        patch.attributes();

        // The new name becomes a constant of its own: the old one might be shared with a string of the learner's.
        var name = sourceFile.getBytes(UTF_8);
        var out = ByteBuffer.allocate(classFile.length + 3 + name.length);
        out.put(in.array(), 0, endOfConstants);
        out.put((byte) 1).putShort((short) name.length).put(name);
        out.put(in.array(), endOfConstants, classFile.length - endOfConstants);
        return out.putShort(8, (short) (constants + 1)).array();
    }

    private static void skip(ByteBuffer in, int bytes) {
        in.position(in.position() + bytes);
    }

    private record Patch(ByteBuffer in, String[] utf8, IntUnaryOperator lines, int newConstant) {

        void members(Set<String> volatiles) {
            for (int left = Short.toUnsignedInt(in.getShort()); left > 0; left--) {
                int flags = in.getShort(in.position());
                if (volatiles.contains(utf8[Short.toUnsignedInt(in.getShort(in.position() + 2))])) {
                    in.putShort(in.position(), (short) (flags | ClassFile.ACC_VOLATILE));
                }
                skip(in, 6); // access flags, name, descriptor
                attributes();
            }
        }

        void attributes() {
            for (int left = Short.toUnsignedInt(in.getShort()); left > 0; left--) {
                var name = utf8[Short.toUnsignedInt(in.getShort())];
                int end = in.getInt() + in.position();
                switch (name) {
                    case "SourceFile" -> in.putShort((short) newConstant);
                    case "Code" -> {
                        skip(in, 4); // max stack, max locals
                        skip(in, in.getInt()); // instructions
                        skip(in, 8 * Short.toUnsignedInt(in.getShort())); // exception table
                        attributes();
                    }
                    case "LineNumberTable" -> {
                        for (int entries = Short.toUnsignedInt(in.getShort()); entries > 0; entries--) {
                            skip(in, 2); // start
                            int line = Short.toUnsignedInt(in.getShort(in.position()));
                            in.putShort((short) lines.applyAsInt(line));
                        }
                    }
                    default -> {}
                }
                in.position(end);
            }
        }
    }
}
