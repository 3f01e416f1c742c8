package heddle.notebook.process;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.util.ArrayList;
import java.util.Optional;

/** Where a lambda was written, as far as the JVM still knows: it keeps the class around it, and of that which lambdas are in it. */
final class Lambdas {
    private Lambdas() {}

    private static final String MARK = "$$Lambda";

    static boolean isLambda(Class<?> type) {
        return type.isHidden() && type.getName().contains(MARK) && type.getInterfaces().length > 0;
    }

    static String describe(Class<?> lambda) {
        var kind = Names.of(lambda.getInterfaces()[0]);
        var host = lambda.getName().substring(0, lambda.getName().indexOf(MARK));
        var place = place(lambda, host);
        return "lambda (" + kind.substring(kind.lastIndexOf('.') + 1) + ")"
                + (place.isEmpty() ? "" : Words.either(", written in ", "，写在 ") + place);
    }

    private static String place(Class<?> lambda, String host) {
        var bytes = lambda.getClassLoader() instanceof CellClassLoader cells ? cells.peek(host) : null;
        if (bytes == null) {
            return Names.readable(host);
        }
        var model = ClassFile.of().parse(bytes);
        var file = model.findAttribute(Attributes.sourceFile())
                .map(source -> source.sourceFile().stringValue())
                .orElse("?");
        return file
                + line(model, lambda.getInterfaces()[0]).map(line -> ":" + line).orElse("");
    }

    /** Of several of one kind in one class nobody can say which it is. */
    private static Optional<Integer> line(ClassModel host, Class<?> kind) {
        var lines = new ArrayList<Integer>();
        for (var method : host.methods()) {
            method.code().ifPresent(code -> linesOfLambdas(code, kind, lines));
        }
        return lines.size() == 1 ? Optional.of(lines.getFirst()) : Optional.empty();
    }

    private static void linesOfLambdas(CodeModel code, Class<?> kind, ArrayList<Integer> lines) {
        int line = 0;
        for (var element : code) {
            switch (element) {
                case LineNumber number -> line = number.line();
                case InvokeDynamicInstruction made
                when made.typeSymbol().returnType().descriptorString().equals(kind.descriptorString()) ->
                    lines.add(line);
                default -> {}
            }
        }
    }
}
