package heddle.processes;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.lang.reflect.Proxy;

/** Object graphs by Java serialization, with classes from {@link Loaders}. */
final class Graph {
    private Graph() {}

    static String name(Object value) {
        return value == null ? "null" : value.getClass().getTypeName();
    }

    static Object read(byte[] bytes, int offset) throws IOException, ClassNotFoundException {
        try (var in = reader(bytes, offset)) {
            return in.readObject();
        }
    }

    static ObjectInputStream reader(byte[] bytes, int offset) throws IOException {
        var in = new Reader(new ByteArrayInputStream(bytes, offset, bytes.length - offset));
        in.setObjectInputFilter(new Bound(bytes.length));
        return in;
    }

    static class Writer extends ObjectOutputStream {
        Writer(OutputStream out) throws IOException {
            super(out);
            enableReplaceObject(true);
        }

        @Override
        protected Object replaceObject(Object object) {
            return PathName.orSame(object);
        }

        @Override
        protected void annotateClass(Class<?> type) {
            Loaders.remember(type);
        }

        @Override
        protected void writeStreamHeader() {
            // both sides are of one make
        }
    }

    private static final class Reader extends ObjectInputStream {
        Reader(ByteArrayInputStream in) throws IOException {
            super(in);
        }

        @Override
        protected void readStreamHeader() {}

        @Override
        protected Class<?> resolveClass(ObjectStreamClass described) throws IOException, ClassNotFoundException {
            try {
                return Loaders.find(described.getName());
            } catch (ClassNotFoundException e) {
                return super.resolveClass(described); // primitive types
            }
        }

        @Override
        protected Class<?> resolveProxyClass(String[] interfaces) throws ClassNotFoundException {
            var types = new Class<?>[interfaces.length];
            var loader = ClassLoader.getSystemClassLoader();
            for (var i = 0; i < types.length; i++) {
                types[i] = Loaders.find(interfaces[i]);
                if (Reach.isShipped(types[i])) {
                    loader = types[i].getClassLoader();
                }
            }
            return Proxy.newProxyInstance(loader, types, (_, _, _) -> null).getClass();
        }
    }

    /** Damaged bytes may claim an array of any length, but no class makes one that has many times more elements than there are bytes. */
    private record Bound(int bytes) implements ObjectInputFilter {
        private static final int DEEPEST = 100_000;

        @Override
        public Status checkInput(FilterInfo info) {
            return info.arrayLength() > 64 + 16L * bytes || info.depth() > DEEPEST ? Status.REJECTED : Status.UNDECIDED;
        }
    }
}
