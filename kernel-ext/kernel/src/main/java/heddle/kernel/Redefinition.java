package heddle.kernel;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.util.List;

/** Whether a class that is declared again can be changed in place, so that its objects stay: the JVM says the rest. */
final class Redefinition {
    private Redefinition() {}

    /**
     * Whether nothing differs that a JVM would change in silence and to no effect: what runs, or is copied to other classes, once only. So the
     * static initializer and the constants must be what they were.
     */
    static boolean takesEffect(byte[] before, byte[] now) {
        var parser =
                ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG, ClassFile.LineNumbersOption.DROP_LINE_NUMBERS);
        var old = parser.parse(before);
        var changed = parser.parse(now);
        return initializer(old).equals(initializer(changed)) && constants(old).equals(constants(changed));
    }

    private static List<String> initializer(ClassModel type) {
        return type.methods().stream()
                .filter(method -> method.methodName().equalsString("<clinit>"))
                .flatMap(method -> method.code().stream())
                .flatMap(code -> code.elementList().stream())
                .map(CodeElement::toString) // of a jump it names the label itself, so that it equals nothing
                .toList();
    }

    private static List<String> constants(ClassModel type) {
        return type.fields().stream()
                .map(field -> field.fieldName().stringValue() + " = "
                        + field.findAttribute(Attributes.constantValue())
                                .map(value -> value.constant().constantValue().toString())
                                .orElse(""))
                .toList();
    }
}
