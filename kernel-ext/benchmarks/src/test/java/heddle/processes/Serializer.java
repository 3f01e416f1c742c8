package heddle.processes;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.apache.fory.Fory;

/** The candidates: what the library does, Java serialization as it comes, and Apache Fory. */
public enum Serializer {
    HEDDLE {
        @Override
        byte[] encode(Object value) {
            return Codec.encode(value).toBytes();
        }

        @Override
        Object decode(byte[] bytes) {
            return Codec.read(bytes).value();
        }
    },
    JAVA {
        @Override
        byte[] encode(Object value) {
            var bytes = new ByteArrayOutputStream(256);
            try (var out = new ObjectOutputStream(bytes)) {
                out.writeObject(value);
            } catch (IOException e) {
                throw new IllegalArgumentException(e);
            }
            return bytes.toByteArray();
        }

        @Override
        Object decode(byte[] bytes) {
            try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
                return in.readObject();
            } catch (IOException | ClassNotFoundException e) {
                throw new IllegalArgumentException(e);
            }
        }
    },
    FORY {
        private Fory fory;

        /** Not before it is asked for, so that what it costs at first can be seen. */
        private Fory fory() {
            if (fory == null) {
                fory = Fory.builder()
                        .withXlang(false)
                        .withRefTracking(true)
                        .requireClassRegistration(false)
                        .suppressClassRegistrationWarnings(true)
                        .build();
            }
            return fory;
        }

        @Override
        byte[] encode(Object value) {
            return fory().serialize(value);
        }

        @Override
        Object decode(byte[] bytes) {
            return fory().deserialize(bytes);
        }
    };

    abstract byte[] encode(Object value);

    abstract Object decode(byte[] bytes);
}
