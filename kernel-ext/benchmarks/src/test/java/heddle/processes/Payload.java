package heddle.processes;

import java.io.Externalizable;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.stream.IntStream;

/** What is sent in the comparison of serializers. */
public enum Payload {
    INTEGER {
        @Override
        Object value() {
            return 42;
        }
    },
    STRING {
        @Override
        Object value() {
            return "a line of forty characters, more or less";
        }
    },
    RECORD {
        @Override
        Object value() {
            return new Point(3, 4.5, "p");
        }
    },
    POJO {
        @Override
        Object value() {
            return new Person("Ann", 30, 1.7);
        }
    },
    POJOS_20 {
        @Override
        Object value() {
            var list = new ArrayList<Person>();
            for (var i = 0; i < 20; i++) {
                list.add(new Person("Ann" + i, i, i / 2.0));
            }
            return list;
        }
    },
    MAP_50 {
        @Override
        Object value() {
            var map = new HashMap<String, Integer>();
            for (var i = 0; i < 50; i++) {
                map.put("key" + i, 1000 * i);
            }
            return map;
        }
    },
    INTEGERS_1000 {
        @Override
        Object value() {
            return new ArrayList<>(IntStream.range(0, 1000).boxed().toList());
        }
    },
    THROWABLE {
        @Override
        Object value() {
            return new IllegalStateException("failed", new ArithmeticException("zero"));
        }
    },
    LAMBDA {
        @Override
        Object value() {
            var n = 5;
            return (Call<Integer>) () -> n + 1;
        }
    },
    BYTES_1M {
        @Override
        Object value() {
            return new byte[1 << 20];
        }
    };

    abstract Object value();

    record Point(int x, double y, String name) implements Serializable {}

    /** A plain class, as most are. */
    static final class Person implements Serializable {
        private static final long serialVersionUID = 1;
        private final String name;
        private final int age;
        private final double height;
        private final List<String> tags = new ArrayList<>(List.of("a", "b"));

        Person(String name, int age, double height) {
            this.name = name;
            this.age = age;
            this.height = height;
        }

        @Override
        public String toString() {
            return name + age + height + tags;
        }
    }

    // ---- what a serializer must not get wrong

    static final class Holder implements Serializable {
        final Object held;

        Holder(Object held) {
            this.held = held;
        }
    }

    static final class Singleton implements Serializable {
        static final Singleton ONE = new Singleton();

        private Object readResolve() {
            return ONE;
        }
    }

    static final class Replaced implements Serializable {
        final transient int n;

        Replaced(int n) {
            this.n = n;
        }

        private Object writeReplace() {
            return new Form(n);
        }

        private record Form(int n) implements Serializable {
            private Object readResolve() {
                return new Replaced(2 * n);
            }
        }
    }

    static final class NotSerializable {
        int n = 1;
    }

    public static final class External implements Externalizable {
        int n;

        @Override
        public void writeExternal(ObjectOutput out) throws java.io.IOException {
            out.writeInt(n + 1);
        }

        @Override
        public void readExternal(ObjectInput in) throws java.io.IOException {
            n = in.readInt();
        }
    }
}
