package heddle.notebook.process;

import java.lang.StackWalker.StackFrame;
import java.lang.classfile.ClassFile;
import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.List;

/**
 * Where a loop over something counted begins: of a loop that was left nobody tells, but the code that runs later knows whether it is inside.
 *
 * @param depth of the frame, from the bottom of the stack
 * @param frame of the method that has the loop
 */
record LoopPlace(int depth, StackFrame frame) {

    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final String OURS = "heddle.notebook.";

    static LoopPlace here() {
        var frames = frames();
        int own = 0;
        while (own < frames.size() - 1 && frames.get(own).getClassName().startsWith(OURS)) {
            own++;
        }
        return new LoopPlace(frames.size() - own, frames.get(own));
    }

    private static List<StackFrame> frames() {
        return STACK.walk(frames -> frames.toList());
    }

    /** Whether the calling thread is in the loop no more. */
    boolean isLeft() {
        var frames = frames();
        if (frames.size() < depth) {
            return true;
        }
        var now = frames.get(frames.size() - depth);
        if (now.getDeclaringClass() != frame.getDeclaringClass()
                || !now.getMethodName().equals(frame.getMethodName())
                || !now.getDescriptor().equals(frame.getDescriptor())) {
            return true;
        }
        int at = now.getByteCodeIndex();
        return at < frame.getByteCodeIndex() || at >= end();
    }

    /** Where the code goes on when there is nothing more; as far as one can see. */
    private int end() {
        var type = frame.getDeclaringClass();
        var bytes = type.getClassLoader() instanceof CellClassLoader cells ? cells.peek(type.getName()) : null;
        if (bytes == null) {
            return Integer.MAX_VALUE;
        }
        return ClassFile.of().parse(bytes).methods().stream()
                .filter(method -> method.methodName().equalsString(frame.getMethodName())
                        && method.methodType().equalsString(frame.getDescriptor()))
                .flatMap(method -> method.code().stream())
                .mapToInt(code -> end((CodeAttribute) code))
                .findFirst()
                .orElse(Integer.MAX_VALUE);
    }

    /** The first branch after the first question whether there is more: that of the loop itself. */
    private int end(CodeAttribute code) {
        int at = 0;
        boolean asked = false;
        for (var element : code) {
            if (element instanceof Instruction instruction) {
                if (at > frame.getByteCodeIndex()) {
                    if (asked && instruction instanceof BranchInstruction branch && branch.opcode() == Opcode.IFEQ) {
                        return code.labelToBci(branch.target());
                    }
                    asked |= instruction instanceof InvokeInstruction call
                            && call.name().equalsString("hasNext");
                }
                at += instruction.sizeInBytes();
            }
        }
        return Integer.MAX_VALUE;
    }
}
